/**
 * Sequences to train on: the tokens in windows of T, each token of which is asked for the next one. Window i begins at token i · T, so
 * that all tokens but the first are asked for once an epoch. Which windows a step has is a pure function of seed and step.
 */
import * as l10n from "@vscode/l10n";
import type { TrainingBatch } from "../engine/trainable";
import { invalidDataset } from "../errors";
import type { TextSplit, TokenShards } from "./shards";
import { randomStream, shuffled } from "./streams";

/** Windows of a part: full ones of `train`; of `dev` the rest too. */
export function windowCount({ counts }: Pick<TokenShards, "counts">, split: TextSplit, length: number): number {
  const targets = Math.max(0, counts[split].tokens - 1);
  return split === "train" ? Math.floor(targets / length) : Math.ceil(targets / length);
}

/** Throws `invalidDataset` when the text is too short for a single sequence. */
export function requireWindows(shards: Pick<TokenShards, "counts">, length: number, root: string): void {
  if (windowCount(shards, "train", length) > 0) return;
  const { tokens } = shards.counts.train;
  const problem = l10n.t("There are {0} tokens to train on, but a sequence has {1}.", tokens, length);
  throw invalidDataset(root, 0, problem, l10n.t("Include more files, or train on shorter sequences."));
}

/**
 * Numbers of the windows of a step, from 0. Windows are taken in the order of a permutation of all of them, epoch after epoch: a batch may
 * reach into the next one.
 */
export function windowSampler(windows: number, batchSize: number, seed: number): (step: number) => readonly number[] {
  let orders = new Map<number, readonly number[]>();
  const orderOf = (epoch: number) => {
    const known = orders.get(epoch);
    if (known) return known;
    const order = shuffled(windows, randomStream(seed, "order of the windows", epoch));
    // A step needs two at most, unless it is larger than an epoch.
    orders = new Map([...orders].slice(-1)).set(epoch, order);
    return order;
  };
  return (step) =>
    Array.from({ length: batchSize }, (_, i) => {
      const place = step * batchSize + i;
      return orderOf(Math.floor(place / windows))[place % windows] ?? 0;
    });
}

/** A micro-batch of windows. B = windows, T = length; shorter ones are padded with 0. */
export async function windowBatch(
  shards: TokenShards,
  split: TextSplit,
  windows: readonly number[],
  length: number,
): Promise<TrainingBatch> {
  const inputIds = new Int32Array(windows.length * length);
  const lmTargets = new Int32Array(windows.length * length).fill(-1);
  const lengths: number[] = [];
  for (const [row, window] of windows.entries()) {
    const tokens = await shards.read(split, window * length, length + 1);
    const used = Math.max(0, tokens.length - 1);
    inputIds.set(tokens.subarray(0, used), row * length);
    lmTargets.set(tokens.subarray(1), row * length);
    lengths.push(used);
  }
  return { rows: windows.length, length, inputIds, lengths, lmTargets, extract: [], labels: [] };
}

/** Cuts a list into pieces of at most `size`. */
export function inPieces<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** `most` of `count` numbers from 0, evenly spaced; all of them when they are fewer. */
export function evenlySpaced(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}
