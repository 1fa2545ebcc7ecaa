/** Texts as vectors: the mean of the model's last hidden states, computed for many texts at a time. */
import type { ModelFolder } from "../checkpoint/store";
import { buildBlocksGraph, buildEmbeddingsGraph, buildMeanStateGraph, stateName } from "../model/stateGraphs";
import type { GraphSessions } from "./graphSessions";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32 } from "./session";
import { blockGroups } from "./textCapture";

/** Tokens of a batch, padding counted: its states of GPT-2 small are 3 MB. */
const batchTokens = 1024;
/** Vectors that are kept: those of 20,000 texts of GPT-2 small. */
const maxBytes = 64 << 20;

/** The vectors of texts, and those that were computed before. */
export class TextEmbeddings {
  readonly #model: ModelFolder;
  readonly #sessions: GraphSessions;
  /** By the ids, the last used last. */
  readonly #kept = new Map<string, Float32Array>();

  constructor(model: ModelFolder, sessions: GraphSessions) {
    this.#model = model;
    this.#sessions = sessions;
  }

  /**
   * For each list of ids (one id or more, at most the context) a vector [C] of length 1: the mean over its tokens of the last layer's
   * output after the final norm. Throws `CancelledError` when the signal aborts, and `sessionFailed`.
   */
  async get(texts: readonly (readonly number[])[], turn: Turn): Promise<Float32Array[]> {
    const found = new Map<string, Float32Array>();
    const missing = new Map<string, readonly number[]>();
    const keys = texts.map((ids) => ids.join(" "));
    for (const [i, key] of keys.entries()) {
      const vector = this.#kept.get(key);
      if (vector) found.set(key, vector);
      else missing.set(key, texts[i] ?? []);
    }
    for (const batch of batches(missing)) {
      const vectors = await this.#compute(
        batch.map(([, ids]) => ids),
        turn,
      );
      for (const [i, [key]] of batch.entries()) found.set(key, vectors[i] ?? new Float32Array());
    }
    for (const [key, vector] of found) this.#keep(key, vector);
    return keys.map((key) => found.get(key) ?? new Float32Array());
  }

  /** Frees all. */
  dispose(): void {
    this.#kept.clear();
  }

  async #compute(ids: readonly (readonly number[])[], turn: Turn): Promise<Float32Array[]> {
    const [B, T] = [ids.length, Math.max(...ids.map(({ length }) => length))];
    const padded = (fill: (row: readonly number[], t: number) => number) =>
      ids.flatMap((row) => Array.from({ length: T }, (_, t) => fill(row, t)));
    let state = await passes.run(turn, async () => {
      const session = await this.#sessions.get("embeddings", buildEmbeddingsGraph, "cpu");
      const feeds = {
        input_ids: int64Tensor(
          padded((row, t) => row[t] ?? 0),
          [B, T],
        ),
        position_ids: int64Tensor(
          padded((_, t) => t),
          [B, T],
        ),
      };
      return readFloat32(await session.run(feeds, { [stateName(0)]: null }), stateName(0)); // [B, T, C]
    });
    const mask = padded((row, t) => (t < row.length ? 1 : 0));
    for (const group of blockGroups(this.#model)) state = await this.#runBlocks(group, state, mask, [B, T], turn);
    const weights = padded((row, t) => (t < row.length ? 1 / row.length : 0));
    return this.#means(state, Float32Array.from(weights), [B, T], turn);
  }

  #runBlocks(
    [first, last]: readonly [number, number],
    state: Float32Array,
    mask: readonly number[],
    shape: readonly [number, number],
    turn: Turn,
  ): Promise<Float32Array> {
    return passes.run(turn, async () => {
      const session = await this.#sessions.get(`blocks ${first} to ${last}`, (config, parameters, traits) =>
        buildBlocksGraph(config, parameters, traits, [first, last]),
      );
      const feeds = {
        [stateName(first)]: float32Tensor(state, [...shape, this.#model.config.nEmbd]),
        attention_mask: int64Tensor(mask, shape),
      };
      // Of several blocks all are fetched: a graph's outputs that nobody takes keep their memory on some devices.
      const names = Array.from({ length: last - first }, (_, i) => stateName(first + 1 + i));
      const outputs = await session.run(feeds, Object.fromEntries(names.map((name) => [name, null])));
      return readFloat32(outputs, stateName(last));
    });
  }

  #means(
    state: Float32Array,
    weights: Float32Array,
    [B, T]: readonly [number, number],
    turn: Turn,
  ): Promise<Float32Array[]> {
    return passes.run(turn, async () => {
      const C = this.#model.config.nEmbd;
      const session = await this.#sessions.get("mean state", buildMeanStateGraph);
      const feeds = { state: float32Tensor(state, [B, T, C]), weights: float32Tensor(weights, [B, 1, T]) };
      const means = readFloat32(await session.run(feeds, { mean: null }), "mean"); // [B, 1, C]
      return Array.from({ length: B }, (_, b) => normalized(means.subarray(b * C, (b + 1) * C)));
    });
  }

  #keep(key: string, vector: Float32Array): void {
    this.#kept.delete(key);
    this.#kept.set(key, vector);
    const most = Math.max(1, Math.floor(maxBytes / vector.byteLength));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= most) return;
      this.#kept.delete(oldest);
    }
  }
}

/** Texts of about the same length together, so that little is padded. */
function batches(texts: ReadonlyMap<string, readonly number[]>): (readonly (readonly [string, readonly number[]])[])[] {
  const sorted = [...texts].sort(([, a], [, b]) => a.length - b.length);
  const all: [string, readonly number[]][][] = [];
  for (const text of sorted) {
    const batch = all.at(-1);
    // They are sorted: the last is the longest.
    if (batch && (batch.length + 1) * text[1].length <= batchTokens) batch.push(text);
    else all.push([text]);
  }
  return all;
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return vector.map((x) => (length > 0 ? x / length : 0));
}
