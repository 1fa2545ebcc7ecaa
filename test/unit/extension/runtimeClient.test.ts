import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { join } from "node:path";
import { systemClock } from "../../../src/extension/clock";
import { RuntimeClient, type RuntimeClientOptions } from "../../../src/extension/runtimeClient";
import type { CallOptions } from "../../../src/extension/runtimeProcess";
import type { RuntimeState } from "../../../src/extension/states";
import { CancelledError, RuntimeError } from "../../../src/runtime/errors";
import { type GenerateEvent, generateRequest, type WorkProgress } from "../../../src/runtime/protocol";
import { FakeClock, fakeRuntimePath, generateParams, isAlive, recordingLogger, until } from "./support";

describe("runtimeClient", () => {
  const clients: RuntimeClient[] = [];

  function makeClient(options: Partial<RuntimeClientOptions> = {}) {
    const logger = recordingLogger();
    const client = new RuntimeClient({ modulePath: fakeRuntimePath, logger, ...options });
    const states: RuntimeState[] = [];
    const crashes: string[] = [];
    client.onDidChangeState((state) => states.push(state));
    client.onDidCrash((reason) => crashes.push(reason));
    clients.push(client);
    const generate = (prompt: string, call: CallOptions = {}) =>
      client.request(generateRequest, generateParams(prompt), call);
    return { client, logger, states, crashes, generate };
  }

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()));
  });

  function pidOf(client: RuntimeClient): number {
    assert.equal(client.state.kind, "ready");
    return client.state.kind === "ready" ? client.state.pid : 0;
  }

  async function rejection(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      () => assert.fail("did not reject"),
      (error: unknown) => error,
    );
  }

  async function exitedError(promise: Promise<unknown>): Promise<RuntimeError> {
    const error = await rejection(promise);
    assert.ok(error instanceof RuntimeError, String(error));
    assert.equal(error.code, "runtimeExited");
    return error;
  }

  it("forks on the first request, not before, and one process for all", async () => {
    const { client, states, generate } = makeClient();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(client.state, { kind: "stopped" });
    await Promise.all([generate("stream 1"), generate("stream 2")]);
    const pid = pidOf(client);
    await generate("stream 1");
    assert.equal(pidOf(client), pid);
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ["starting", "ready"],
    );
  });

  it("gives progress and stream in order, before the result, each request its own", async () => {
    const { generate } = makeClient();
    const run = async (count: number) => {
      const events: GenerateEvent[] = [];
      const progress: WorkProgress[] = [];
      const result = await generate(`stream ${count}`, {
        onEvent: (event) => events.push(event),
        onProgress: (step) => progress.push(step),
      });
      // What had arrived when the answer did: nothing may trail behind it.
      return { result, events: [...events], progress: [...progress] };
    };
    for (const [index, { result, events, progress }] of (await Promise.all([run(50), run(20)])).entries()) {
      const count = index === 0 ? 50 : 20;
      assert.equal(result.tokens, count);
      assert.deepEqual(
        events.map((event) => (event.kind === "token" ? event.textDelta : event.kind)),
        Array.from({ length: count }, (_, i) => `${i}`),
      );
      assert.deepEqual(
        progress.map(({ done }) => done),
        Array.from({ length: count }, (_, i) => i),
      );
    }
  });

  it("passes typed arrays as such", async () => {
    const { generate } = makeClient();
    const events: unknown[] = [];
    await generate("arrays", { onEvent: (event) => events.push(event) });
    assert.deepEqual(events, [new Float32Array([1.5, -2])]);
  });

  it("turns a refusal into the runtime's own error, and stays up", async () => {
    const { client, crashes, generate } = makeClient();
    const error = await rejection(generate("fail"));
    assert.ok(error instanceof RuntimeError);
    assert.deepEqual(error.toInfo(), {
      code: "tensorMissing",
      message: 'model.safetensors: tensor "wte" is missing.',
      hint: "Copy it again.",
    });
    assert.equal(client.state.kind, "ready");
    assert.deepEqual(crashes, []);
  });

  it("cancels a running request in the process", async () => {
    const { generate, client } = makeClient();
    const controller = new AbortController();
    const hanging = generate("hang", { signal: controller.signal });
    await until(() => client.state.kind === "ready", "ready");
    controller.abort();
    assert.ok((await rejection(hanging)) instanceof CancelledError);
    assert.equal((await generate("stream 3")).tokens, 3);
  });

  it("keeps what a cancelled generation had", async () => {
    const { generate } = makeClient();
    const controller = new AbortController();
    let seen = 0;
    const result = await generate("stream 100000", {
      signal: controller.signal,
      onEvent: () => {
        seen++;
        if (seen === 5) controller.abort();
      },
    });
    assert.equal(result.finishReason, "cancelled");
    assert.ok(result.tokens >= 5 && result.tokens < 100_000, `${result.tokens} tokens`);
    assert.equal(seen, result.tokens);
  });

  it("rejects at once when the signal is aborted before or during the start", async () => {
    const { generate, client } = makeClient();
    assert.ok((await rejection(generate("hang", { signal: AbortSignal.abort() }))) instanceof CancelledError);
    const controller = new AbortController();
    const starting = generate("hang", { signal: controller.signal });
    controller.abort();
    assert.ok((await rejection(starting)) instanceof CancelledError);
    await until(() => client.state.kind === "ready", "the start goes on for the next request");
  });

  it("warns in the log when a cancelled request goes on for two seconds", async () => {
    const clock = new FakeClock();
    const { generate, client, logger } = makeClient({ clock, graceMs: 0 });
    const controller = new AbortController();
    const stuck = rejection(generate("never", { signal: controller.signal }));
    await until(() => client.state.kind === "ready", "ready");
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    clock.advance(1_999);
    assert.ok(!logger.lines.some((line) => line.startsWith("warn")));
    clock.advance(1);
    assert.ok(logger.lines.some((line) => /^warn engine\/generate still runs 2000 ms/.test(line)));
    await client.restart();
    await stuck;
  });

  it("rejects every pending request when the process is killed, tells once, and starts anew", async () => {
    const { client, states, crashes, generate } = makeClient();
    const received: GenerateEvent[] = [];
    const pending = [
      exitedError(generate("crash 3", { onEvent: (event) => received.push(event) })),
      exitedError(generate("hang")),
      exitedError(generate("hang")),
    ];
    await until(() => client.state.kind === "ready", "ready");
    const pid = pidOf(client);
    for (const error of await Promise.all(pending)) assert.match(error.message, /SIGKILL/);
    assert.equal(received.length, 3);
    assert.equal(crashes.length, 1);
    assert.equal(client.state.kind, "crashed");
    assert.equal((await generate("stream 2")).tokens, 2);
    assert.notEqual(pidOf(client), pid);
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ["starting", "ready", "crashed", "starting", "ready"],
    );
  });

  it("waits longer after each crash in a row, and no more after a success", async () => {
    const clock = new FakeClock();
    const { client, states, generate } = makeClient({ clock, graceMs: 0 });
    const delays: number[] = [];
    for (let crash = 0; crash < 9; crash++) {
      const crashing = exitedError(generate("crash 0"));
      await until(() => client.state.kind === "waiting" || client.state.kind === "ready", "waiting or ready");
      if (client.state.kind === "waiting") {
        delays.push(client.state.delayMs);
        clock.advance(client.state.delayMs - 1);
        assert.equal(client.state.kind, "waiting");
        clock.advance(1);
      } else {
        delays.push(0);
      }
      await crashing;
    }
    assert.deepEqual(delays, [0, 0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    const next = generate("stream 1");
    await until(() => client.state.kind === "waiting", "waiting");
    clock.advance(30_000);
    await next;
    await exitedError(generate("crash 0"));
    states.length = 0;
    await generate("stream 1");
    assert.ok(!states.some(({ kind }) => kind === "waiting"));
  });

  it("counts a crash after a minute of health as the first", async () => {
    const clock = new FakeClock();
    const { client, states, generate } = makeClient({ clock, graceMs: 0 });
    await exitedError(generate("crash 0"));
    const second = exitedError(generate("crash 0"));
    await until(() => client.state.kind === "ready", "ready");
    clock.advance(60_000);
    await second;
    states.length = 0;
    await generate("stream 1");
    assert.ok(!states.some(({ kind }) => kind === "waiting"));
  });

  it("can be cancelled and restarted while it waits", async () => {
    const clock = new FakeClock();
    const { client, generate } = makeClient({ clock, graceMs: 0 });
    await exitedError(generate("crash 0"));
    await exitedError(generate("crash 0"));
    const controller = new AbortController();
    const cancelled = generate("stream 1", { signal: controller.signal });
    const waiting = generate("stream 1");
    const rejected = exitedError(waiting);
    await until(() => client.state.kind === "waiting", "waiting");
    controller.abort();
    assert.ok((await rejection(cancelled)) instanceof CancelledError);
    await client.restart();
    await rejected;
    assert.equal((await generate("stream 1")).tokens, 1);
  });

  it("reports a process that dies at its start, with the exit code", async () => {
    const { client, crashes, generate } = makeClient({ env: { FAKE_CRASH_AT_START: "3" } });
    assert.match((await exitedError(generate("stream 1"))).message, /3/);
    assert.deepEqual(client.state, { kind: "crashed", reason: "exit code 3" });
    assert.equal(crashes.length, 1);
  });

  it("reports a bundle that is missing, with what Node says of it in the log", async () => {
    const { generate, logger } = makeClient({ modulePath: join(__dirname, "no-such-runtime.js") });
    await exitedError(generate("stream 1"));
    await until(() => logger.lines.some((line) => line.includes("Cannot find module")), "Node's message");
  });

  it("kills a process that does not answer its first request", async () => {
    const clock = new FakeClock();
    const silent = join(__dirname, "fixtures", "silentRuntime.cjs");
    const { generate, crashes } = makeClient({ clock, modulePath: silent, graceMs: 0 });
    const failed = exitedError(generate("stream 1"));
    await until(() => clock.waiting.includes(60_000), "the start's time limit");
    clock.advance(60_000);
    await failed;
    assert.equal(crashes.length, 1);
  });

  it("ends a process that refuses its first request, and tries anew with the next", async () => {
    const { client, generate, crashes, logger } = makeClient({ env: { FAKE_REFUSES_INFO: "1" } });
    const error = await rejection(generate("stream 1"));
    assert.ok(error instanceof RuntimeError && error.message === "no info");
    assert.deepEqual(client.state, { kind: "crashed", reason: "no info" });
    await rejection(generate("stream 1"));
    assert.deepEqual(crashes, ["no info", "no info"]);
    assert.ok(logger.lines.includes("error Runtime ended unasked: no info."));
  });

  it("restarts: pending requests end, the old process is gone, no crash is reported", async () => {
    const { client, crashes, generate } = makeClient();
    const hanging = exitedError(generate("hang"));
    await until(() => client.state.kind === "ready", "ready");
    const pid = pidOf(client);
    const info = await client.restart();
    await hanging;
    assert.notEqual(info.pid, pid);
    assert.equal(pidOf(client), info.pid);
    assert.ok(!isAlive(pid));
    assert.deepEqual(crashes, []);
  });

  it("kills a process that ignores the request to end", async () => {
    const { client, generate, logger } = makeClient({ env: { FAKE_IGNORES_DISCONNECT: "1" }, graceMs: 100 });
    await generate("stream 1");
    const pid = pidOf(client);
    await client.dispose();
    assert.ok(!isAlive(pid));
    assert.ok(logger.lines.includes("warn Runtime did not end when asked: killed."));
  });

  it("leaves no process after dispose, and refuses further requests", async () => {
    const { client, generate, crashes } = makeClient();
    const hanging = exitedError(generate("hang"));
    await until(() => client.state.kind === "ready", "ready");
    const pid = pidOf(client);
    await client.dispose();
    await hanging;
    assert.ok(!isAlive(pid));
    await exitedError(generate("stream 1"));
    assert.deepEqual(crashes, []);
  });

  it("leaves no process when its own process is killed", async () => {
    const parent = fork(join(__dirname, "fixtures", "clientProcess.ts"), [], { execArgv: ["--import", "tsx"] });
    const pid = await new Promise<number>((resolve, reject) => {
      parent.once("message", (message) => resolve(Number(message)));
      parent.once("exit", (code) => reject(new Error(`exited with ${code}`)));
    });
    assert.ok(isAlive(pid));
    parent.removeAllListeners("exit");
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid), "the child to end");
  });

  it("forwards streams and log lines, level by level", async () => {
    const { generate, logger } = makeClient();
    await generate("noise");
    for (const line of ["info runtime: to stdout", "warn runtime: to stderr", "debug runtime: to the log"]) {
      await until(() => logger.lines.includes(line), line);
    }
  });

  it("hands down its environment, as a plain Node without the parent's debugger, telemetry off", async () => {
    const { generate } = makeClient({ env: { EXTENSION_BUNDLE_PATH: "/l10n/bundle.l10n.de.json" } });
    const { text } = await generate("environment");
    assert.deepEqual(JSON.parse(text), {
      EXTENSION_BUNDLE_PATH: "/l10n/bundle.l10n.de.json",
      ELECTRON_RUN_AS_NODE: "1",
      ORT_DISABLE_TELEMETRY: "1",
      execArgv: [],
    });
  });

  it("has a real clock whose timers fire and can be cancelled", async () => {
    let fired = 0;
    systemClock.after(1, () => fired++);
    systemClock.after(1, () => (fired += 10)).dispose();
    await until(() => fired > 0, "the timer");
    assert.equal(fired, 1);
  });
});
