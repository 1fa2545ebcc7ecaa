/** Which items are in which step, and how a step is cut into micro-batches: pure functions of seed and step. */
import type { Device } from "../protocol";
import { randomStream, shuffled } from "./streams";

/** What of an item matters to the plan. */
export interface ItemSize {
  /** How many sequences it has. */
  readonly sequences: number;
  /** Tokens of the longest of them. */
  readonly length: number;
}

/** Lengths of batches are multiples of it, so that few graphs are compiled. */
export const lengthStep = 32;

/** How items are put into steps. */
export interface BatchPlanOptions {
  /** Items of a step; the last of an epoch may have fewer. */
  readonly batchSize: number;
  /** Sequences of a micro-batch at most; an item is never cut. */
  readonly microBatchSize: number;
  /** Tokens of a micro-batch at most, padding counted, unless an item alone has more; see `passTokens`. */
  readonly passTokens: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Numbers of items, step by step and micro-batch by micro-batch. */
export interface BatchPlan {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly microBatches: (step: number) => readonly (readonly number[])[];
}

/**
 * Tokens of one pass at most. A pass cannot be stopped: on the CPU 256 tokens of a small model take about a tenth of a second, and a thousand
 * take hardly less time each. Other devices want large passes.
 */
export function passTokens(device: Device): number {
  return device === "cpu" ? 256 : Number.POSITIVE_INFINITY;
}

/** Sequences of `length` tokens in a pass: one at least, `microBatchSize` at most. */
export function passSequences(microBatchSize: number, length: number, device: Device): number {
  return Math.min(microBatchSize, Math.max(1, Math.floor(passTokens(device) / length)));
}

/** Plans a run over at least one item: every epoch in a new order, every item once in each. */
export function batchPlan(items: readonly ItemSize[], options: BatchPlanOptions): BatchPlan {
  const { batchSize, epochs, seed } = options;
  const stepsPerEpoch = Math.ceil(items.length / batchSize);
  let latest = { epoch: -1, order: [] as readonly number[] };
  const orderOf = (epoch: number) => {
    if (latest.epoch !== epoch)
      latest = { epoch, order: shuffled(items.length, randomStream(seed, "order of the items", epoch)) };
    return latest.order;
  };
  return {
    steps: stepsPerEpoch * epochs,
    stepsPerEpoch,
    microBatches: (step) => {
      const start = (step % stepsPerEpoch) * batchSize;
      const batch = orderOf(Math.floor(step / stepsPerEpoch)).slice(start, start + batchSize);
      return cutBatch(batch, items, options.microBatchSize, options.passTokens);
    },
  };
}

/**
 * Cuts a batch into micro-batches of at most `most` sequences and `mostTokens` tokens, padding counted. Items of like length stand together,
 * longest first, so that little is padding; and only items of as many sequences.
 */
export function cutBatch(
  batch: readonly number[],
  items: readonly ItemSize[],
  most: number,
  mostTokens = Number.POSITIVE_INFINITY,
): readonly (readonly number[])[] {
  const size = (index: number | undefined) => items[index ?? 0] ?? { sequences: 1, length: 0 };
  // By number last, so that the order is the same whatever the batch was sorted by before.
  const sorted = batch.toSorted(
    (a, b) => size(b).sequences - size(a).sequences || size(b).length - size(a).length || a - b,
  );
  const cut: (readonly number[])[] = [];
  for (let from = 0; from < sorted.length; from += cut.at(-1)?.length ?? 1) {
    const longest = size(sorted[from]);
    const alike = sorted.slice(from).filter((index) => size(index).sequences === longest.sequences).length;
    cut.push(sorted.slice(from, from + itemsOfPass(alike, longest, most, mostTokens)));
  }
  return cut;
}

/**
 * How many of `alike` items a pass takes, the longest of which is given. Where tokens are bounded, what does not fill a pass goes into passes
 * of 4, 2 and 1 items and so on: every other number would be a graph of its own to compile.
 */
function itemsOfPass(alike: number, { sequences, length }: ItemSize, most: number, mostTokens: number): number {
  const tokens = sequences * Math.ceil(length / lengthStep) * lengthStep;
  const room = Math.max(1, Math.min(Math.floor(most / sequences), Math.floor(mostTokens / tokens)));
  if (alike >= room) return room;
  return Number.isFinite(mostTokens) ? 2 ** Math.floor(Math.log2(alike)) : alike;
}
