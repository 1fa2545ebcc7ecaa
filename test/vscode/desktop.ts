/** The tests of the extension host in desktop VS Code, which `@vscode/test-electron` downloads into the cache. */
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { cacheFolder } from "./cacheFolder";

/** What to run. */
export interface DesktopTests {
  /** The extension's folder. */
  readonly root: string;
  /** The bundle with the tests. */
  readonly tests: string;
  /** File that the tests write their results to. */
  readonly resultsFile: string;
}

/** Chromium's sandbox does not run for root, as which containers often run. */
const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** Runs the tests in desktop VS Code (stable). Rejects when VS Code cannot be had or a test fails. */
export async function runDesktopTests({ root, tests, resultsFile }: DesktopTests): Promise<void> {
  console.log("Running in desktop VS Code. The first time it is downloaded, which may take some minutes.");
  await runTests({
    version: "stable",
    cachePath: join(cacheFolder(), "vscode-desktop"),
    extensionDevelopmentPath: root,
    extensionTestsPath: tests,
    launchArgs: [join(root, "samples"), "--disable-extensions", "--disable-workspace-trust", ...asRoot],
    extensionTestsEnv: { GPTW_HOST_RESULTS: resultsFile },
  });
}
