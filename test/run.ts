/** `npm test [stage …]`: every check, stage by stage, and one line of totals at the end. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { findChromium, webgpuEnvironment } from "./vscode/install";

const root = resolve(__dirname, "..");
const resultsFolder = join(root, "test-results");

/** Tests of a stage by outcome. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, and why. */
  readonly messages?: readonly string[] | undefined;
}

interface Stage {
  readonly name: string;
  readonly about: string;
  /** Stages without which this one cannot run. */
  readonly needs?: readonly string[];
  /** Not part of `npm test` without a stage's name; may be skipped as a whole. */
  readonly onlyOnRequest?: boolean;
  readonly run: () => Counts;
}

const results = z.object({
  done: z.literal(true),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  messages: z.array(z.string()).optional(),
});

const stages: readonly Stage[] = [
  {
    name: "typecheck",
    about: "TypeScript, each side with its own settings",
    run: () => script("typecheck"),
  },
  { name: "lint", about: "Biome", run: () => script("lint") },
  { name: "build", about: "the bundles", run: () => script("build") },
  { name: "unit", about: "every part by itself, two to four minutes", run: () => mocha("unit") },
  {
    name: "parity",
    about: "numbers against the reference data, on CPU and on a software GPU, seven to fourteen minutes",
    run: parity,
  },
  { name: "webview", about: "panels in Chromium, four to seven minutes", needs: ["build"], run: webview },
  { name: "e2e", about: "a real VS Code, four to eight minutes", needs: ["build"], run: () => mocha("e2e") },
  {
    name: "peers",
    about:
      "against transformers, lm-evaluation-harness and promptfoo, where they can be had; the first time ten minutes",
    needs: ["build"],
    onlyOnRequest: true,
    run: () => mocha("peers"),
  },
];

/** Runs a script of package.json: one check, which passes or fails. */
function script(name: string): Counts {
  // npm as a script of Node.js, where we know it: on Windows `npm` itself is a batch file.
  const npm = process.env.npm_execpath;
  const [program, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(program, [...args, "run", "-s", name], { cwd: root, stdio: "inherit" });
  if (error) console.error(`  ${error.message}`);
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Runs a folder of mocha tests. Its own report is the only thing believed: a runner that dies leaves none. */
function mocha(stage: string, environment: NodeJS.ProcessEnv = {}): Counts {
  const file = join(resultsFolder, `${stage}.json`);
  rmSync(file, { force: true });
  mkdirSync(resultsFolder, { recursive: true });
  const args = ["--config", `test/${stage}/.mocharc.json`, "--reporter", join(__dirname, "reporter.cjs")];
  const env = { ...process.env, ...environment, GPTW_TEST_RESULTS: file };
  const program = join(root, "node_modules/mocha/bin/mocha.js");
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: "inherit", env });
  return counts(
    file,
    status,
    stages.some(({ name, onlyOnRequest }) => name === stage && onlyOnRequest === true),
  );
}

function counts(file: string, status: number | null, mayBeSkipped: boolean): Counts {
  const parsed = results.safeParse(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null);
  if (!parsed.success) return failure("the run ended before its report was complete");
  const { passed, failed, skipped, messages } = parsed.data;
  if (passed + failed === 0 && !(mayBeSkipped && skipped > 0)) return failure("no test ran");
  if (status !== 0 && failed === 0) return failure(`mocha ended with ${status} though no test failed`);
  return { passed, failed, skipped, messages };
}

function failure(reason: string): Counts {
  console.error(`  ${reason}`);
  return { passed: 0, failed: 1, skipped: 0, messages: [reason] };
}

/** With a software GPU where there is no other: then WebGPU must work. */
function parity(): Counts {
  const gpu = webgpuEnvironment(join(tmpdir(), "gpt-workbench-runtime"));
  if (!gpu) console.log("  No driver for WebGPU here: its half of this stage is skipped.");
  return mocha("parity", gpu ? { ...gpu, GPTW_REQUIRE_WEBGPU: "1" } : {});
}

function webview(): Counts {
  return mocha("webview", { CHROMIUM: findChromium() });
}

function main(): number {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    console.error(`Unknown stage ${unknown.join(", ")}. Stages: ${stages.map(({ name }) => name).join(", ")}.`);
    return 2;
  }
  const usual = stages.filter(({ onlyOnRequest }) => !onlyOnRequest).map(({ name }) => name);
  const chosen = withNeeds(wanted.length > 0 ? wanted : usual);
  const failed = new Set<string>();
  const messages: string[] = [];
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const stage of stages.filter(({ name }) => chosen.has(name))) {
    const result = runStage(stage, failed);
    if (result.failed > 0) failed.add(stage.name);
    messages.push(...(result.messages ?? []).map((message) => `${stage.name}: ${message}`));
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
  }
  // Once more, where it is found without reading through hours of output.
  for (const message of messages) console.log(`\n${message}`);
  if (failed.size > 0) console.log(`Failed: ${[...failed].join(", ")}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
  return total.failed > 0 ? 1 : 0;
}

function withNeeds(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    stages.filter(({ name }) => names.includes(name)).flatMap(({ name, needs }) => [name, ...(needs ?? [])]),
  );
}

function runStage(stage: Stage, failed: ReadonlySet<string>): Counts {
  console.log(`\n== ${stage.name}: ${stage.about}`);
  const missing = stage.needs?.filter((need) => failed.has(need)) ?? [];
  if (missing.length > 0) return failure(`not run, because ${missing.join(", ")} failed`);
  const started = Date.now();
  const result = attempt(stage);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(
    `== ${stage.name}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped in ${seconds} s`,
  );
  return result;
}

function attempt(stage: Stage): Counts {
  try {
    return stage.run();
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
}

process.exitCode = main();
