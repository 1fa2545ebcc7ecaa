import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import { type Channel, IPCWriter, mostOnTheWay, pacedSender } from "../../../src/runtime/ipc";
import { type GenerateEvent, generateProgress, generateRequest } from "../../../src/runtime/protocol";
import { RuntimeService } from "../../../src/runtime/service";
import { starterFolder } from "./engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const config = { maxNewTokens: 300, temperature: 0, topK: 0, topP: 1, seed: 1, stop: [] };
const params = { model, prompt: "export function ", config, topAlternatives: 10 };

/** A receiver that takes messages when it is told to. */
function receiver() {
  const waiting: (() => void)[] = [];
  const events: number[] = [];
  return {
    events,
    send: (event: number) => {
      events.push(event);
      return new Promise<void>((resolve) => void waiting.push(resolve));
    },
    take: (count: number) => {
      for (const resolve of waiting.splice(0, count)) resolve();
    },
  };
}

describe("the way from the runtime", () => {
  it("lets so many messages be on the way, and then waits for the oldest", async () => {
    const { events, send, take } = receiver();
    const paced = pacedSender(send, new AbortController().signal);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent++) await paced(sent);
    })();
    await turn();
    assert.equal(events.length, mostOnTheWay + 1);
    take(10);
    await turn();
    assert.equal(events.length, mostOnTheWay + 11);
    for (let i = 0; i < 200; i++) {
      take(1);
      await turn();
    }
    await sending;
    assert.deepEqual(events, [...Array(200).keys()]);
  });

  it("waits no longer once the request is cancelled", async () => {
    const { send } = receiver();
    const controller = new AbortController();
    const paced = pacedSender(send, controller.signal);
    for (let i = 0; i < mostOnTheWay; i++) await paced(i);
    const stuck = paced(mostOnTheWay);
    controller.abort();
    await stuck;
    await paced(0);
  });

  it("computes no further ahead of a receiver that does not read", async () => {
    const service = new RuntimeService();
    const { events, send, take } = receiver();
    const controller = new AbortController();
    const paced = pacedSender((_: GenerateEvent) => send(0), controller.signal);
    const run = service.generate(params, { signal: controller.signal }, paced);
    const settled = async (count: number) => {
      while (events.length < count) await sleep(20);
      await sleep(300);
      assert.equal(events.length, count);
    };
    await settled(mostOnTheWay + 1);
    take(20);
    await settled(mostOnTheWay + 21);
    controller.abort();
    assert.equal((await run).finishReason, "cancelled");
    await service.dispose();
  });

  it("loses nothing and keeps the order though the receiver sleeps now and then", async () => {
    const child: ChildProcess = fork(join(__dirname, "../../../src/runtime/main.ts"), [], {
      serialization: "advanced",
    });
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
    try {
      const places: number[] = [];
      let text = "";
      connection.onProgress(generateProgress, 1, (event) => {
        if (event.kind !== "token") return;
        places.push(event.token.start);
        text += event.textDelta;
        // Nothing is read meanwhile.
        if (places.length % 40 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
      });
      const result = await connection.sendRequest(generateRequest, { ...params, streamToken: 1 });
      assert.equal(places.length, 300);
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      );
      assert.equal(text, result.text);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("resolves a write when it was taken, and rejects it when the channel is gone", async () => {
    let taken: (error: Error | null) => void = () => assert.fail("nothing was sent");
    const send = (_message: unknown, _handle: unknown, _options: unknown, callback: typeof taken) => {
      taken = callback;
      return true;
    };
    const channel = { send, on: () => channel } as unknown as Channel;
    const writer = new IPCWriter(channel);
    let written = false;
    const write = writer.write({ jsonrpc: "2.0" }).then(() => {
      written = true;
    });
    await turn();
    assert.equal(written, false);
    taken(null);
    await write;
    const failed = writer.write({ jsonrpc: "2.0" });
    taken(new Error("gone"));
    await assert.rejects(failed, /gone/);
  });
});
