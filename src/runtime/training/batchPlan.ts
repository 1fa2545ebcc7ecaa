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
 * Cuts a batch into micro-batches of at most `most` sequences and `mostTokens` tokens. Items of like length stand together, longest first, so that little is
 * padding; and only items of as many sequences.
 */
export function cutBatch(
  batch: readonly number[],
  items: readonly ItemSize[],
  most: number,
  mostTokens = Number.POSITIVE_INFINITY,
): readonly (readonly number[])[] {
  const size = (index: number) => items[index] ?? { sequences: 1, length: 0 };
  // By number last, so that the order is the same whatever the batch was sorted by before.
  const sorted = batch.toSorted(
    (a, b) => size(b).sequences - size(a).sequences || size(b).length - size(a).length || a - b,
  );
  const cut: number[][] = [];
  for (const index of sorted) {
    const last = cut.at(-1);
    const { sequences } = size(index);
    // The first is the longest.
    const longest = size(last?.[0] ?? 0);
    const rows = ((last?.length ?? 0) + 1) * sequences;
    const fits = longest.sequences === sequences && rows <= most && rows * longest.length <= mostTokens;
    if (last && fits) last.push(index);
    else cut.push([index]);
  }
  return cut;
}
