/** `gptw` as a process: streams, signals and exit codes. */
import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { deviceNames } from "../../../../src/runtime/protocol";
import { root } from "../checkpoint/support";
import { jsonLines } from "./fakeTerminal";

const starter = ["--model", join(root, "media/models/starter"), "--device", "cpu"];

function start(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", join(root, "src/runtime/cli.ts"), ...args], {
    cwd: root,
    ...options,
  });
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

async function finish(child: ChildProcess, input = ""): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin?.end(input);
  const [code, signal] = await once(child, "close");
  return { code, signal, out, err };
}

describe("the gptw process", function () {
  this.timeout(240_000);

  it("ends with 0 and writes only the result to standard output", async () => {
    const text = "Fellow citizens of the Senate: ";
    const { code, out, err } = await finish(start(["score", ...starter, "-"]), text);
    assert.equal(code, 0, err);
    assert.equal(
      jsonLines(out)
        .map(({ token }) => token)
        .join(""),
      text,
    );
    assert.match(err, /^starter on cpu: /);
  });

  it("ends with 1 on a failure and 2 on wrong usage, with nothing on standard output", async () => {
    const failed = await finish(start(["score", "--model", "/nowhere", "--ids", "1"]));
    assert.deepEqual([failed.code, failed.out], [1, ""]);
    assert.match(failed.err, /^gptw: \/nowhere is not a model folder/);
    const wrong = await finish(start(["score", "--ids", "1"]));
    assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  });

  it("ends with 130 soon after an interrupt", async () => {
    const child = start(["generate", ...starter, "--max-new-tokens", "100000", "--temperature", "0", "The "]);
    const ended = finish(child);
    await once(child.stdout ?? assert.fail(), "data");
    child.kill("SIGINT");
    const { code, signal, out } = await ended;
    assert.deepEqual([code, signal], [130, null]);
    assert.ok(out.length > 0);
  });

  it("stops quietly when the reader of its output goes", async () => {
    const child = start(["generate", ...starter, "--max-new-tokens", "400", "--temperature", "1", "--json", "The "]);
    let err = "";
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    await once(child.stdout ?? assert.fail(), "data");
    child.stdout?.destroy();
    const [code, signal] = await once(child, "exit");
    assert.deepEqual([code, signal, err], [0, null, ""]);
  });

  it("lists the devices, the CPU among them, as JSON", async () => {
    const { code, out, err } = await finish(start(["devices", "--refresh", "--json"]));
    assert.equal(code, 0, err);
    const devices: { device: string; available: boolean; reason: string; automatic: boolean }[] = JSON.parse(out);
    assert.deepEqual(new Set(devices.map(({ device }) => device)), new Set(deviceNames));
    assert.equal(devices.filter(({ automatic }) => automatic).length, 1);
    assert.equal(devices.find(({ device }) => device === "cpu")?.available, true);
    assert.ok(devices.every(({ reason }) => reason.length > 0));
  });

  it("lists the devices as a table", async () => {
    const { code, out } = await finish(start(["devices"]));
    assert.equal(code, 0);
    assert.match(out, /^DEVICE +AVAILABLE +REASON\n(.+\n){5}$/);
    assert.match(out, /^cpu +yes +works/m);
  });
});
