/** What is kept of captures and of compiled graphs, and what makes room. */
import assert from "node:assert/strict";
import { type ModelFolder, openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { GraphSessions } from "../../../../src/runtime/engine/graphSessions";
import { passes } from "../../../../src/runtime/engine/passes";
import { TextCaptures } from "../../../../src/runtime/engine/textCapture";
import { CancelledError } from "../../../../src/runtime/errors";
import { buildBlocksGraph, buildEmbeddingsGraph } from "../../../../src/runtime/model/stateGraphs";
import { fixture } from "../checkpoint/support";

const turn = { signal: new AbortController().signal };

describe("captures", () => {
  let folder: ModelFolder;
  let sessions: GraphSessions;
  before(async () => {
    folder = await openModelFolder(fixture("gpt2-tiny"));
    sessions = new GraphSessions(folder, "cpu");
  });
  after(() => sessions.dispose());

  /** Of `tokens` tokens; L + 1 states of as many rows of C numbers each. */
  const bytes = (tokens: number) => (folder.config.nLayer + 1) * tokens * folder.config.nEmbd * 4;

  it("of the last texts are kept, up to a number of bytes", async () => {
    const captures = new TextCaptures(folder, sessions, bytes(20));
    const [a, b, c] = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3]];
    const first = await captures.get(a, turn);
    const second = await captures.get(b, turn);
    assert.equal(await captures.get(a, turn), first);
    await captures.get(c, turn);
    assert.equal(await captures.get(a, turn), first, "used last but one");
    assert.notEqual(await captures.get(b, turn), second, "used before");
  });

  it("that are larger than all that may be kept are kept alone", async () => {
    const captures = new TextCaptures(folder, sessions, 1);
    const first = await captures.get([1, 2, 3], turn);
    assert.equal(await captures.get([1, 2, 3], turn), first);
    await captures.get([4], turn);
    assert.notEqual(await captures.get([1, 2, 3], turn), first);
  });

  it("that were cancelled are begun again by whoever waited for them", async () => {
    const captures = new TextCaptures(folder, sessions);
    const controller = new AbortController();
    const ids = [7, 8, 9];
    const first = captures.get(ids, { signal: controller.signal, onProgress: () => controller.abort() });
    const second = captures.get(ids, turn);
    await assert.rejects(first, CancelledError);
    assert.equal((await second).states.length, folder.config.nLayer + 1);
  });
});

describe("compiled graphs", () => {
  it("are kept up to a number of parameter bytes, the last one always", async () => {
    const folder = await openModelFolder(fixture("gpt2-tiny"));
    const block = (layer: number) => (sessions: GraphSessions) =>
      passes.run(turn, () =>
        sessions.get(`${layer}`, (config, parameters, traits) =>
          buildBlocksGraph(config, parameters, traits, [layer, layer + 1]),
        ),
      );
    const all = new GraphSessions(folder, "cpu", 1 << 20);
    const first = await block(0)(all);
    await block(1)(all);
    assert.equal(await block(0)(all), first);
    await all.dispose();

    const one = new GraphSessions(folder, "cpu", 1);
    const alone = await block(0)(one);
    assert.equal(await block(0)(one), alone);
    await passes.run(turn, () => one.get("embeddings", buildEmbeddingsGraph));
    assert.notEqual(await block(0)(one), alone);
    await one.dispose();
  });
});
