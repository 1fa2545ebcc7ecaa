import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { starterFolder } from "./starter";

/** onnxruntime's own event store: what the library writes when nobody tells it not to. */
const eventStore = ".onnxruntime";

/** Files that a run of `gptw` on the starter leaves in its user's home. */
function filesLeft(): string[] {
  const home = mkdtempSync(join(tmpdir(), "gptw-home-"));
  const cli = join(__dirname, "../../../../src/runtime/cli.ts");
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...inherited } = process.env;
  try {
    const args = ["--import", "tsx", cli, "score", "--model", starterFolder, "--device", "cpu", "--ids", "1,2,3"];
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { ...inherited, HOME: home },
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return readdirSync(home, { recursive: true, encoding: "utf8" });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe("telemetry", () => {
  it("of onnxruntime is off: a run leaves no events behind", () => {
    assert.deepEqual(
      filesLeft().filter((name) => name.includes(eventStore) || name.includes("Microsoft")),
      [],
    );
  });
});
