/** Prompt runs through the runtime process, asked as the extension asks. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import {
  type PromptRunEvent,
  promptLintRequest,
  promptPreviewRequest,
  promptRunProgress,
  promptRunRequest,
  promptSensitivityRequest,
} from "../../../src/runtime/promptProtocol";
import { scoreRequest } from "../../../src/runtime/protocol";
import { starterFolder } from "./engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;

/** A prompt file over as many inputs. */
function source(inputs: number) {
  const input = Array.from({ length: inputs }, (_, i) => ({ text: `It was number ${i}.`, label: "good" }));
  const variants = [{ name: "plain", template: "{{ text }} That is {{ answer }}" }];
  const text = JSON.stringify({ task: "classification", labels: { good: "good", bad: "bad" }, input, variants });
  return { path: join(__dirname, "numbers.prompt.yaml"), text };
}

describe("prompt runs in the runtime process", function () {
  this.timeout(240_000);
  let child: ChildProcess;
  let connection: MessageConnection;

  before(() => {
    child = fork(join(__dirname, "../../../src/runtime/main.ts"), [], { serialization: "advanced" });
    connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
  });
  after(() => child.kill("SIGKILL"));

  it("stream their events, and end with the record", async () => {
    const events: PromptRunEvent[] = [];
    connection.onProgress(promptRunProgress, 21, (event) => void events.push(event));
    const result = await connection.sendRequest(promptRunRequest, { model, source: source(450), streamToken: 21 });
    assert.equal(result.record.complete, true);
    assert.equal(events[0]?.kind, "begin");
    assert.deepEqual(
      events.flatMap((event) => (event.kind === "items" ? [event.from] : [])),
      [0, 200, 400],
    );
    const cells = events.flatMap((event) => (event.kind === "cells" ? event.cells : []));
    assert.deepEqual(
      cells.map(({ item }) => item),
      Array.from({ length: 450 }, (_, i) => i),
    );
    assert.equal(result.record.variants[0]?.correct, cells.filter(({ correct }) => correct).length);
  });

  it("that are cancelled answer with what they had, and let others in meanwhile", async () => {
    const cancellation = new CancellationTokenSource();
    const cells: number[] = [];
    let other: Promise<unknown> | undefined;
    connection.onProgress(promptRunProgress, 22, (event) => {
      if (event.kind !== "cells") return;
      cells.push(...event.cells.map(({ item }) => item));
      other ??= connection
        .sendRequest(scoreRequest, { model, input: { kind: "text", text: "let x = 1;" }, topK: 0 })
        .then(() => cancellation.cancel());
    });
    const request = { model, source: source(5000), streamToken: 22 };
    const { record, folder } = await connection.sendRequest(promptRunRequest, request, cancellation.token);
    await other;
    assert.deepEqual([record.complete, folder, record.items], [false, null, 5000]);
    assert.ok(cells.length < 5000);
    assert.ok((record.variants[0]?.cells ?? 0) >= cells.length);
  });

  it("have their hazards told, and their sensitivity measured", async () => {
    const problems = await connection.sendRequest(promptLintRequest, { model, source: source(2) });
    assert.ok(problems.every(({ code }) => code.startsWith("token.")));
    const options = { axis: "labelWords", samples: 10, seed: 0 } as const;
    const found = await connection.sendRequest(promptSensitivityRequest, { model, source: source(6), ...options });
    assert.deepEqual([found.metric, found.items, found.exhaustive], ["accuracy", 6, true]);
    assert.equal(found.arms.length, 2, "as it is, and swapped");
    assert.ok(found.best >= found.mean && found.mean >= found.worst);
  });

  it("are previewed, and wrong files are told with their place", async () => {
    const preview = await connection.sendRequest(promptPreviewRequest, {
      model,
      source: source(2),
      variant: 0,
      item: 1,
    });
    assert.equal(preview.prompt, "It was number 1. That is");
    const bad = { model, source: { ...source(1), text: "task: nothing\n" }, variant: 0, item: 0 };
    await assert.rejects(connection.sendRequest(promptPreviewRequest, bad), (error) => {
      assert.ok(error instanceof ResponseError);
      assert.equal(error.data?.code, "invalidPrompt");
      return true;
    });
  });
});
