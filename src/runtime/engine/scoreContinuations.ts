/** Scores many continuations of many contexts: what texts share at their beginning is read once. */

import { deviceTraits } from "../model/deviceTraits";
import type { Priority } from "../protocol";
import { canBranch, forward, type Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { passes } from "./passes";
import { sharedLength } from "./prefixCache";
import { checkTokenIds } from "./score";
import { nextGroups, TokenTree, type Wanted, wantedAfter } from "./tokenTree";

/** A context and its continuation, tokenized together. */
export interface Continuation {
  /** At most the model's context. */
  readonly ids: readonly number[];
  /** Place of the continuation's first token in `ids`, from 1. */
  readonly start: number;
}

/** What the model says of a continuation. */
export interface ContinuationScore {
  /** Σ ln p of the continuation's tokens, each given all before it. */
  readonly logprob: number;
  /** Whether each of them is the most probable one. */
  readonly isGreedy: boolean;
}

/** All of them, and what they cost. */
export interface ContinuationScores {
  readonly scores: readonly ContinuationScore[];
  /** Tokens that were read. */
  readonly computed: number;
}

/** How to score. */
export interface ScoreContinuationsOptions {
  readonly signal: AbortSignal;
  readonly priority?: Priority | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most rows whose distribution one pass gives: over 50,257 tokens they are 13 MB. */
const maxRows = 64;

interface Item extends Continuation {
  logprob: number;
  isGreedy: boolean;
}

/**
 * Log-likelihoods of `continuations`, in their order. Their texts are walked as a tree in one cache: a branch is read, then forgotten back
 * to where the next one leaves. Small branches are read many in one pass, each seeing only its own way here. The last token of a text is not read, since nothing after it is asked.
 * Throws `invalidTokenIds` for ids outside the vocabulary, `RangeError` for a `start` outside its ids, `CancelledError`.
 */
export async function scoreContinuations(
  model: LoadedModel,
  continuations: readonly Continuation[],
  options: ScoreContinuationsOptions,
): Promise<ContinuationScores> {
  const items = continuations.map((continuation): Item => checkedItem(model, continuation));
  const sorted = [...items].sort((a, b) => compareIds(a.ids, b.ids));
  const [first] = sorted;
  if (!first) return { scores: [], computed: 0 };
  const longest = Math.max(...items.map(({ ids }) => ids.length));
  // Branches that are read in one pass lie side by side in the cache.
  const cache = model.prefixCache.take(first.ids, longest + deviceTraits[model.info.device].promptPassTokens);
  try {
    const shared = Math.min(...items.map(({ ids, start }) => Math.min(start - 1, sharedLength(ids, first.ids))));
    cache.truncate(Math.min(cache.length, shared));
    const walk = new Walk(model, cache, items.length, options);
    await walk.visit(sorted);
    return { scores: items.map(({ logprob, isGreedy }) => ({ logprob, isGreedy })), computed: walk.computed };
  } finally {
    model.prefixCache.give(cache);
  }
}

/** Reads the tree of texts, branch by branch. */
class Walk {
  readonly #model: LoadedModel;
  readonly #cache: KVCache;
  readonly #total: number;
  readonly #options: ScoreContinuationsOptions;
  #done = 0;
  computed = 0;

  constructor(model: LoadedModel, cache: KVCache, total: number, options: ScoreContinuationsOptions) {
    this.#model = model;
    this.#cache = cache;
    this.#total = total;
    this.#options = options;
  }

  /** `items` are sorted and share what is in the cache; some token of each is yet to be read. */
  async visit(items: readonly Item[]): Promise<void> {
    const [first, last] = [items[0], items.at(-1)];
    if (!first || !last) return;
    // Of a sorted list the first and the last share the least.
    const most = Math.max(...items.map(({ ids }) => ids.length)) - 1;
    const end = Math.min(items.length > 1 ? sharedLength(first.ids, last.ids) : first.ids.length, most);
    await this.#read(first.ids, end, wantedTokens(items, this.#cache.length, end));
    const branches = nextGroups(items, end);
    this.#report(items.length - branches.flat().length);
    for (const branch of await this.#readSmall(branches, end)) {
      this.#cache.truncate(end);
      await this.visit(branch);
    }
  }

  /** Reads branches from `at` on, as many in one pass as fit, and gives back those that are too large for that. */
  async #readSmall(branches: readonly (readonly Item[])[], at: number): Promise<(readonly Item[])[]> {
    if (branches.length < 2 || !canBranch(this.#model)) return [...branches];
    const large: (readonly Item[])[] = [];
    let [tree, done] = [this.#newTree(at), 0];
    const flush = async () => {
      if (tree.size > 0) await this.#readTree(tree, at);
      this.#report(done);
      [tree, done] = [this.#newTree(at), 0];
    };
    for (const branch of branches) {
      let added = tree.add(branch, at);
      if (!added && tree.size > 0) {
        await flush();
        added = tree.add(branch, at);
      }
      if (added) done += branch.length;
      else large.push(branch);
    }
    await flush();
    return large;
  }

  #newTree(at: number): TokenTree<Item> {
    const tokens = Math.min(deviceTraits[this.#model.info.device].promptPassTokens, this.#cache.capacity - at);
    return new TokenTree({ tokens, rows: maxRows });
  }

  async #readTree(tree: TokenTree<Item>, at: number): Promise<void> {
    this.#cache.truncate(at);
    const found = await passes.run(this.#options, () => forward(this.#model, this.#cache, tree.request()));
    this.#cache.truncate(at); // what lies side by side is no text to go on with
    this.computed += tree.size;
    addScores(tree.wanted, found);
  }

  /** Reads `ids` up to `end`, in passes of limited tokens and rows. */
  async #read(ids: readonly number[], end: number, wanted: readonly Wanted<Item>[]): Promise<void> {
    const length = deviceTraits[this.#model.info.device].promptPassTokens;
    for (let taken = 0; this.#cache.length < end; ) {
      const start = this.#cache.length;
      const reach = Math.min(start + length, end);
      const rows = wanted.slice(taken, taken + maxRows).filter(({ position }) => position < reach);
      const next = wanted[taken + rows.length];
      // Rows that did not fit come with the next pass, which reads their token again.
      const last = rows.at(-1);
      const stop = next && last && next.position < reach ? last.position + 1 : reach;
      await this.#pass(ids.slice(start, stop), rows, start);
      taken += rows.length;
      if (next && next.position < stop) this.#cache.truncate(next.position);
    }
  }

  async #pass(ids: readonly number[], wanted: readonly Wanted<Item>[], start: number): Promise<void> {
    const asked = wanted.length > 0;
    const rows = asked ? wanted.map(({ position }) => position - start) : [ids.length - 1];
    const targets = asked ? wanted.map(({ target }) => target) : [0];
    const request = { ids, rows, targets, topK: 1 };
    const found = await passes.run(this.#options, () => forward(this.#model, this.#cache, request));
    this.computed += ids.length;
    addScores(wanted, found);
  }

  #report(finished: number): void {
    if (finished === 0) return;
    this.#done += finished;
    this.#options.onProgress?.(this.#done, this.#total);
  }
}

function checkedItem({ config }: LoadedModel, { ids, start }: Continuation): Item {
  checkTokenIds(ids, config.vocabSize);
  if (start < 1 || start >= ids.length) throw new RangeError(`no continuation at ${start} of ${ids.length} tokens`);
  if (ids.length > config.nPositions) throw new RangeError(`${ids.length} tokens exceed ${config.nPositions}`);
  return { ids, start, logprob: 0, isGreedy: true };
}

/** What follows the positions from `begin` to `end`, sorted by position. Up to `end` the items' texts are one. */
function wantedTokens(items: readonly Item[], begin: number, end: number): readonly Wanted<Item>[] {
  const positions = Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);
  return positions.flatMap((position) => wantedAfter(items, position));
}

function addScores(wanted: readonly Wanted<Item>[], { targetLogprobs, targetRanks }: Predictions): void {
  for (const [i, { items }] of wanted.entries())
    for (const item of items) {
      item.logprob += Math.min(0, targetLogprobs[i] ?? 0);
      item.isGreedy &&= targetRanks[i] === 1;
    }
}

function compareIds(a: readonly number[], b: readonly number[]): number {
  const at = sharedLength(a, b);
  return (a[at] ?? -1) - (b[at] ?? -1);
}
