/** The runtime as a process of its own, spoken to as the extension does. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
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
  ablateRequest,
  attentionFlowRequest,
  attentionMatrixRequest,
  attentionOverviewRequest,
  attentionReachRequest,
  attentionRowsRequest,
  compareTextsRequest,
  lensRequest,
} from "../../../src/runtime/analysisProtocol";
import {
  beamSearchRequest,
  chooseRequest,
  type SampleEvent,
  samplesProgress,
  samplesRequest,
} from "../../../src/runtime/decodingProtocol";
import {
  type GenerateEvent,
  type GenerateParams,
  generateProgress,
  generateRequest,
  infoRequest,
  loadModelRequest,
  requestCancelled,
  scoreRequest,
  type WorkProgress,
  workProgress,
} from "../../../src/runtime/protocol";
import { withFolder } from "./checkpoint/support";
import { starterFolder } from "./engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const fixtures = join(__dirname, "../../fixtures");

const generation: GenerateParams & { readonly prompt: string } = {
  model,
  prompt: "export function ",
  config: { maxNewTokens: 20, temperature: 0, topK: 0, topP: 1, seed: 1, stop: [] },
  topAlternatives: 3,
};

describe("the runtime process", () => {
  let child: ChildProcess;
  let connection: MessageConnection;

  before(() => {
    child = fork(join(__dirname, "../../../src/runtime/main.ts"), [], { serialization: "advanced" });
    connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
  });
  after(() => child.kill("SIGKILL"));

  /** The code in the error that a request fails with. */
  async function failure(request: Promise<unknown>): Promise<unknown> {
    const error = await request.then(
      () => assert.fail("it should fail"),
      (e: unknown) => e,
    );
    assert.ok(error instanceof ResponseError, String(error));
    return error.data?.code ?? error.code;
  }

  it("answers with its versions, loading nothing", async () => {
    const info = await connection.sendRequest(infoRequest, {});
    assert.equal(info.pid, child.pid);
    assert.match(info.onnxruntime, /^\d+\.\d+/);
  });

  it("loads the model once, with progress, and scores", async () => {
    const progress: WorkProgress[] = [];
    connection.onProgress(workProgress, 7, (p) => void progress.push(p));
    const params = {
      model,
      input: { kind: "text", text: "let x = 1;\nlet y = 2;\n" },
      topK: 2,
      progressToken: 7,
    } as const;
    const result = await connection.sendRequest(scoreRequest, params);
    assert.deepEqual(new Set(progress.map(({ stage }) => stage)), new Set(["loading", "scoring"]));
    assert.equal(result.tokens.map(({ text }) => text).join(""), "let x = 1;\nlet y = 2;\n");
    assert.equal(result.model.vocabSize, 8192);
    const again = await connection.sendRequest(loadModelRequest, model);
    assert.equal(again.loadMs, result.model.loadMs, "the very same load");
  });

  it("streams a completion in order; the pieces make the text", async () => {
    const events: GenerateEvent[] = [];
    connection.onProgress(generateProgress, 8, (event) => void events.push(event));
    const result = await connection.sendRequest(generateRequest, { ...generation, streamToken: 8 });
    assert.equal(events[0]?.kind, "prompt");
    const tokens = events.flatMap((event) => (event.kind === "token" ? [event] : []));
    assert.equal(tokens.length, 20);
    assert.equal(tokens.map(({ textDelta }) => textDelta).join(""), result.text);
    assert.deepEqual([result.finishReason, result.tokens], ["maxNewTokens", 20]);
  });

  it("stops before a stop string", async () => {
    const { text } = await connection.sendRequest(generateRequest, generation);
    const stop = text.slice(6, 9);
    const config = { ...generation.config, stop: [stop] };
    const result = await connection.sendRequest(generateRequest, { ...generation, config });
    assert.equal(result.text, text.slice(0, text.indexOf(stop)));
    assert.equal(result.finishReason, "stop");
  });

  it("streams samples, searches with beams, and chooses", async () => {
    const events: SampleEvent[] = [];
    connection.onProgress(samplesProgress, 12, (event) => void events.push(event));
    const { samples } = await connection.sendRequest(samplesRequest, { ...generation, n: 2, streamToken: 12 });
    const deltas = events.map((event) => (event.kind === "token" && event.sample === 1 ? event.textDelta : ""));
    assert.equal(deltas.join(""), samples[1]?.text);
    const config = { maxNewTokens: 20, stop: [], numBeams: 1, lengthPenalty: 1, numReturnSequences: 1 };
    const { texts } = await connection.sendRequest(beamSearchRequest, { model, prompt: generation.prompt, config });
    assert.equal(texts[0]?.text, samples[0]?.text, "both are greedy");
    const strings = { prompt: "export ", choices: ["function", "§§§"], temperature: 0, seed: 0 };
    assert.equal((await connection.sendRequest(chooseRequest, { model, ...strings })).chosen, 0);
  });

  it("says what it cut of a long prompt and of a long text", async () => {
    const long = "value + ".repeat(400);
    const events: GenerateEvent[] = [];
    connection.onProgress(generateProgress, 9, (event) => void events.push(event));
    await connection.sendRequest(generateRequest, { ...generation, prompt: long, streamToken: 9 });
    const prompt = events[0];
    assert.ok(prompt?.kind === "prompt" && prompt.truncation);
    assert.deepEqual([prompt.truncation.kept, prompt.truncation.keptEnd], [512 - 20, "end"]);
    const scored = await connection.sendRequest(scoreRequest, { model, input: { kind: "text", text: long }, topK: 0 });
    assert.deepEqual([scored.truncation?.kept, scored.truncation?.keptEnd, scored.tokens.length], [512, "start", 512]);
  });

  it("a cancelled completion keeps what it had; a cancelled score is no result", async () => {
    const source = new CancellationTokenSource();
    let seen = 0;
    connection.onProgress(generateProgress, 10, (event) => {
      if (event.kind === "token" && ++seen === 3) source.cancel();
    });
    const config = { ...generation.config, maxNewTokens: 400 };
    const result = await connection.sendRequest(
      generateRequest,
      { ...generation, config, streamToken: 10 },
      source.token,
    );
    assert.equal(result.finishReason, "cancelled");
    assert.ok(result.tokens >= 3 && result.tokens < 200, `${result.tokens} tokens`);
    const scoring = new CancellationTokenSource();
    // Not one that was scored before, whose numbers are kept.
    const input = { kind: "text", text: "other - ".repeat(200) } as const;
    const request = connection.sendRequest(scoreRequest, { model, input, topK: 0 }, scoring.token);
    scoring.cancel();
    assert.equal(await failure(request), requestCancelled);
  });

  it("answers questions about attention with typed arrays; a cancelled one is no result", async () => {
    const ids = Array.from({ length: 60 }, (_, i) => (i * 37) % 8000);
    const progress: WorkProgress[] = [];
    connection.onProgress(workProgress, 13, (p) => void progress.push(p));
    const target = { model, ids };
    const overview = await connection.sendRequest(attentionOverviewRequest, {
      ...target,
      thumbnailSize: 16,
      progressToken: 13,
    });
    const { thumbnails, statistics } = overview;
    assert.ok(thumbnails.data instanceof Float32Array && statistics instanceof Float32Array);
    assert.equal(thumbnails.data.length, 4 * 3 * thumbnails.size ** 2);
    assert.ok(progress.length > 4 && progress.every(({ stage }) => stage === "analyzing"));
    const source = { kind: "head", layer: 3, head: 2 } as const;
    const matrix = await connection.sendRequest(attentionMatrixRequest, { ...target, source, rows: [10, 30] });
    assert.ok(matrix.data instanceof Float32Array);
    assert.deepEqual([matrix.data.length, Number.isNaN(matrix.data[11]), matrix.columns], [20 * 60, true, 60]);
    const { data: rows } = await connection.sendRequest(attentionRowsRequest, { ...target, layer: 3, query: 10 });
    assert.ok(rows instanceof Float32Array && rows.length === 3 * 60);
    const { data: flow } = await connection.sendRequest(attentionFlowRequest, { ...target, layer: 0, query: 5 });
    assert.ok(flow instanceof Float32Array);
    const { data: reach } = await connection.sendRequest(attentionReachRequest, { ...target, token: 5 });
    assert.ok(reach instanceof Uint8Array);
    const cancelling = new CancellationTokenSource();
    const other = { model, ids: ids.toReversed(), thumbnailSize: 16 };
    const request = connection.sendRequest(attentionOverviewRequest, other, cancelling.token);
    cancelling.cancel();
    assert.equal(await failure(request), requestCancelled);
  });

  it("answers questions about layers, parts and differences with typed arrays", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => (i * 37) % 8000);
    const lens = await connection.sendRequest(lensRequest, { model, ids, places: [1, 21], topK: 2 });
    assert.ok(lens.topIds instanceof Int32Array && lens.divergence instanceof Float32Array);
    assert.deepEqual([lens.topIds.length, lens.ranks.length], [5 * 20 * 2, 5 * 20]);
    const items = [{ ids, place: 20, id: 3 }];
    const ablation = await connection.sendRequest(ablateRequest, { model, items, sets: [[{ kind: "mlp", layer: 3 }]] });
    assert.equal(ablation.effects[0]?.interval, null);
    const side = { model, input: { kind: "ids", ids } } as const;
    const { heads } = await connection.sendRequest(compareTextsRequest, { a: side, b: side, topK: 0, heads: true });
    assert.ok(heads?.divergence instanceof Float32Array && heads.divergence.length === 4 * 3);
    const wrong = connection.sendRequest(ablateRequest, { model, items, sets: [] });
    assert.equal(await failure(wrong), "invalidRequest");
  });

  it("keeps the former model when another cannot be loaded, and lives on", async () => {
    const before = await connection.sendRequest(loadModelRequest, model);
    const bad = (folder: string) => connection.sendRequest(loadModelRequest, { folder, device: "cpu" });
    assert.equal(await failure(bad(join(fixtures, "no-such-folder"))), "notAModelFolder");
    await withFolder(async (folder) => {
      await writeFile(join(folder, "config.json"), '{"model_type": "llama"}');
      assert.equal(await failure(bad(folder)), "unsupportedModel");
    });
    assert.equal((await connection.sendRequest(loadModelRequest, model)).loadMs, before.loadMs);
  });

  it("refuses requests that make no sense, naming the key", async () => {
    const config = { ...generation.config, topP: 0 };
    assert.equal(await failure(connection.sendRequest(generateRequest, { ...generation, config })), "invalidRequest");
    assert.equal(await failure(connection.sendRequest(generateRequest, { ...generation, prompt: "" })), "emptyText");
    const input = { kind: "ids", ids: [9000] } as const;
    assert.equal(await failure(connection.sendRequest(scoreRequest, { model, input, topK: 1 })), "invalidTokenIds");
  });

  it("ends when its parent lets go", async () => {
    const ended = once(child, "exit");
    child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  });
});
