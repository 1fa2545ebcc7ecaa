/** Runs mocha inside the extension host: `run` is what VS Code calls for `extensionTestsPath`. */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** One test of the host, as the file of results holds it. */
export interface HostResult {
  readonly title: string;
  readonly state: "passed" | "failed" | "pending";
  readonly error?: string;
}

/** Runs every test; rejects when one fails. The results file, written last, says that the run was complete. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 90_000, retries: 1, reporter: "min" });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import("./suite");
  await import("./models");
  await import("./inline");
  await import("./surprisal");
  await import("./history");
  await import("./chat");
  await import("./selectionPrompts");
  await import("./classifiers");
  await import("./promptFiles");
  await import("./comparisonTests");
  const results: HostResult[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on("pass", (test) => results.push({ title: test.fullTitle(), state: "passed" }));
    runner.on("pending", (test) => results.push({ title: test.fullTitle(), state: "pending" }));
    runner.on("fail", (test, error) =>
      results.push({ title: test.fullTitle(), state: "failed", error: String(error?.stack ?? error) }),
    );
  });
  const file = process.env.GPTW_HOST_RESULTS;
  if (file) writeFileSync(file, JSON.stringify({ done: true, results }));
  if (failures > 0) throw new Error(`${failures} tests failed in the extension host`);
}
