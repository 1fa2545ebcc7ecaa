/** What cannot reach a token changes nothing of it: not the last bit of its state. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { attentionReach } from "../../src/runtime/engine/attentionReach";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { sparseConfig, writeSparseModel } from "../sparseModel";

const turn = { signal: new AbortController().signal };

describe("attention's reach", () => {
  for (const patterns of [
    ["banded(3)", "strided(40)", "banded(5)"],
    ["strided(16)", "banded(0)", "banded(2)"],
    ["banded(7)", "dense"],
  ]) {
    describe(patterns.join(", "), () => reachTests(patterns));
  }
});

function reachTests(patterns: readonly string[]): void {
  let path: string;
  let model: LoadedModel;

  before(async () => {
    path = await mkdtemp(join(tmpdir(), "gptw-reach-"));
    await writeSparseModel(path, { ...sparseConfig, n_layer: patterns.length, attention_patterns: patterns });
    model = await loadModel(await openModelFolder(path), "cpu", performance.now());
  });
  after(async () => {
    await model?.dispose();
    await rm(path, { recursive: true });
  });

  it("holds all that changes a token's last state, and nothing else", async () => {
    const { config } = model;
    const ids = Array.from({ length: 90 }, (_, i) => (i * i * 31 + 7 * i) % config.vocabSize);
    const token = 77;
    const before = await lastState(ids, token);
    const reach = attentionReach(config.attentionPatterns, ids.length, token);
    for (const changed of ids.keys()) {
      const after = await lastState(
        ids.map((id, i) => (i === changed ? (id + 1) % config.vocabSize : id)),
        token,
      );
      assert.equal(!Buffer.from(after.buffer).equals(Buffer.from(before.buffer)), reach[changed] === 1, `${changed}`);
    }
  });

  async function lastState(ids: readonly number[], token: number): Promise<Float32Array> {
    const { states } = await model.captures.get(ids, turn);
    const { nEmbd } = model.config;
    return (states.at(-1) ?? new Float32Array()).slice(token * nEmbd, (token + 1) * nEmbd);
  }
}
