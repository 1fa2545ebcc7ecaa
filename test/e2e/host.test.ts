/** Runs test/e2e/host inside the extension host of a real VS Code. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as esbuild from "esbuild";
import { z } from "zod";
import { runDesktopTests } from "../vscode/desktop";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { startServer } from "../vscode/server";
import { launchBrowser, openWorkbench } from "../vscode/workbench";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const bundle = join(root, "out/test/host.js");
const resultsFile = join(root, "test-results/host.json");

const resultsSchema = z.object({
  done: z.literal(true),
  results: z.array(
    z.object({ title: z.string(), state: z.enum(["passed", "failed", "pending"]), error: z.string().optional() }),
  ),
});

async function buildTests(): Promise<void> {
  await esbuild.build({
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    entryPoints: [join(__dirname, "host/index.ts")],
    outfile: bundle,
    logLevel: "warning",
  });
}

/** In the VS Code from the npm registry. A killed host reports success, so only the results file counts. */
async function runInServer(): Promise<void> {
  await installCodeServer();
  const server = await startServer({ testDriver: true, environment: { GPTW_HOST_RESULTS: resultsFile } });
  const browser = await launchBrowser();
  const folder = copySamples("host");
  try {
    const { testsEnded } = await openWorkbench(browser, server, { folder, extension: root, tests: bundle });
    await Promise.race([testsEnded, sleep(300_000, undefined, { ref: false })]);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("in the extension host", () => {
  it("every test passes", async () => {
    mkdirSync(join(root, "test-results"), { recursive: true });
    rmSync(resultsFile, { force: true });
    await buildTests();
    const desktop = process.env.GPTW_VSCODE === "desktop" || !canUseCodeServer();
    await (desktop ? runDesktopTests({ root, tests: bundle, resultsFile }) : runInServer());
    assert.ok(existsSync(resultsFile), "the host ended before its results were complete");
    const { results } = resultsSchema.parse(JSON.parse(readFileSync(resultsFile, "utf8")));
    for (const { title, state, error } of results) console.log(`      ${state}: ${title}${error ? `\n${error}` : ""}`);
    assert.ok(results.length >= 51, "tests are missing");
    assert.deepEqual(
      results.filter(({ state }) => state !== "passed").map(({ title }) => title),
      [],
    );
  });
});
