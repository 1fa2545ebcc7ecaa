/** Asks a fine-tuned classifier: many items at a time, through a graph of its own, which has no output over the vocabulary. */
import type { ClassifierInfo } from "../checkpoint/classifierInfo";
import { parametersInMemory } from "../checkpoint/describe";
import type { ModelFolder } from "../checkpoint/store";
import { buildClassifierGraph, scoresName } from "../model/classifierGraph";
import { deviceTraits } from "../model/deviceTraits";
import { estimateMemory } from "../model/memory";
import type { Device } from "../protocol";
import type { TaskType } from "../trainingDataProtocol";
import type { MemoryBudget } from "./deviceMemory";
import { checkpointFolder, checkpointParameters } from "./parameters";
import { passes, type Turn } from "./passes";
import { int64Tensor, readFloat32, Session } from "./session";

/** Tokens of a batch, padding counted: its states of GPT-2 small are 3 MB. */
const batchTokens = 1024;

/** The sequences of an item, each with its special tokens: see `encodeItem`. */
export type Sequences = readonly (readonly number[])[];

/** Whom to tell, and when to compute. */
export interface ClassifyTurn extends Turn {
  readonly onProgress?: (done: number, total: number) => void;
}

/** A loaded classifier. Its graph is compiled when it is first asked, and holds the parameters once more. */
export class Classifier {
  readonly info: ClassifierInfo;
  readonly #model: ModelFolder;
  readonly #device: Device;
  readonly #budget: MemoryBudget;
  #session: Promise<Session> | undefined;

  constructor(model: ModelFolder, info: ClassifierInfo, device: Device, budget: MemoryBudget) {
    this.info = info;
    this.#model = model;
    this.#device = device;
    this.#budget = budget;
  }

  /**
   * Probabilities of each item's labels, or of its choices: float64, which sum up to 1.
   * @throws RuntimeError `notEnoughMemory` or `sessionFailed`; `CancelledError`, looked for between batches.
   */
  async probabilities(items: readonly Sequences[], turn: ClassifyTurn): Promise<Float64Array[]> {
    const sequences = items.flat();
    const scores: Float32Array[] = new Array(sequences.length);
    let done = 0;
    for (const batch of batches(sequences)) {
      const found = await passes.run(turn, () => this.#scores(batch.map((i) => sequences[i] ?? [])));
      for (const [row, i] of batch.entries()) scores[i] = found[row] ?? new Float32Array();
      done += batch.length;
      turn.onProgress?.(done, sequences.length);
    }
    let next = 0;
    return items.map(({ length }) => {
      const own = scores.slice(next, next + length);
      next += length;
      return softmax(combine[this.info.task](own, this.#model.head.get("score.bias")));
    });
  }

  /** Frees it. */
  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await (await session?.catch(() => undefined))?.release();
  }

  async #scores(ids: Sequences): Promise<Float32Array[]> {
    const [B, T] = [ids.length, Math.max(...ids.map(({ length }) => length))];
    const padded = (fill: (row: readonly number[], t: number) => number) =>
      int64Tensor(
        ids.flatMap((row) => Array.from({ length: T }, (_, t) => fill(row, t))),
        [B, T],
      );
    const feeds = {
      input_ids: padded((row, t) => row[t] ?? 0),
      position_ids: padded((_, t) => t),
      attention_mask: padded((row, t) => (t < row.length ? 1 : 0)),
      extract: int64Tensor(
        ids.map(({ length }, row) => row * T + length - 1),
        [B],
      ),
    };
    this.#session ??= this.#compile();
    const session = await this.#session;
    const scores = readFloat32(await session.run(feeds, { [scoresName]: null }), scoresName);
    const rows = scores.length / B;
    return ids.map((_, row) => scores.subarray(row * rows, (row + 1) * rows));
  }

  #compile(): Promise<Session> {
    const model = this.#model;
    this.#budget.reserve(estimateMemory(model.config, this.#device, parametersInMemory(model)).weights);
    const graph = buildClassifierGraph(model.config, checkpointParameters(model), deviceTraits[this.#device]);
    const folder = checkpointFolder(model.checkpoint);
    return Session.create(graph, { name: `classifier ${model.name}`, device: this.#device, folder, frugal: true });
  }
}

/** The scores of an item's labels from those of its sequences: [rows] of each. */
const combine: { readonly [T in TaskType]: (scores: readonly Float32Array[], bias?: Float32Array) => Float64Array } = {
  classification: sum,
  entailment: sum,
  // The two orders' states are added before the linear layer, which is the sum of their products.
  similarity: sum,
  multipleChoice: (scores, bias) => Float64Array.from(scores, ([score = 0]) => score + (bias?.[0] ?? 0)),
};

function sum(scores: readonly Float32Array[], bias?: Float32Array): Float64Array {
  return Float64Array.from(scores[0] ?? [], (_, row) =>
    scores.reduce((total, own) => total + (own[row] ?? 0), bias?.[row] ?? 0),
  );
}

function softmax(scores: Float64Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** Numbers of sequences of about the same length, so that little is padded. */
function batches(sequences: Sequences): readonly (readonly number[])[] {
  const order = Array.from(sequences, ({ length }, i) => ({ length, i })).sort(
    (a, b) => a.length - b.length || a.i - b.i,
  );
  const all: number[][] = [];
  for (const { length, i } of order) {
    const batch = all.at(-1);
    // They are sorted: the last is the longest.
    if (batch && (batch.length + 1) * length <= batchTokens) batch.push(i);
    else all.push([i]);
  }
  return all;
}
