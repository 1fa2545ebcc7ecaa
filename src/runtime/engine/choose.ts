/** Makes a model choose among strings: only their tokens are looked at, and what they share is computed once. */
import { seededRandom } from "../random";
import { branch, readSequence, type Sequence } from "./branch";
import { buildTrie, type TrieNode } from "./choiceTrie";
import type { Predictions } from "./forward";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { stretches } from "./prefill";
import { sampleToken } from "./sampling";

/** How to choose. */
export interface ChooseOptions {
  /** 0 takes the most probable string. Above, one is drawn: in proportion to the probabilities at 1. */
  readonly temperature: number;
  /** Same seed, same device, same choice. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What the model says of one of the strings. */
export interface ScoredChoice {
  /** Σ ln p of its tokens. */
  readonly logprob: number;
  /**
   * Of the given strings, how probable this one is; they sum to 1. A string that others begin with has only the part of its
   * probability that does not go to them, so that both can win.
   */
  readonly probability: number;
}

/** A choice, and how it came about. */
export interface Choice {
  /** Number of the chosen string. */
  readonly chosen: number;
  readonly choices: readonly ScoredChoice[];
  /** Tokens that the model read. */
  readonly tokensRead: number;
}

/** Sums over the tokens of a string: all ways to go on, and those that lead to no other string. */
interface PathScore {
  readonly logprob: number;
  readonly exclusive: number;
}

/**
 * Chooses among `sequences`, the strings' tokens (one at least each) after `context` (one token at least; together within the model's
 * context). Throws `SameTokens`, or `CancelledError` when the signal aborts.
 */
export async function chooseAmong(
  model: LoadedModel,
  context: readonly number[],
  sequences: readonly (readonly number[])[],
  options: ChooseOptions,
): Promise<Choice> {
  const trie = buildTrie(sequences);
  const { signal } = options;
  const capacity = context.length + Math.max(...sequences.map(({ length }) => length)) - 1;
  const { predictions, ...sequence } = await readSequence(model, context, { capacity, topK: 1, signal });
  const walk: Walk = { model, signal, scores: [], tokensRead: context.length };
  try {
    await visit(walk, trie, { sequence, predictions, logprob: 0 });
  } finally {
    sequence.cache.dispose();
  }
  const probabilities = shares(walk.scores.map(({ exclusive }) => exclusive));
  return {
    chosen: draw(probabilities, options),
    choices: walk.scores.map(({ logprob }, i) => ({ logprob, probability: probabilities[i] ?? 0 })),
    tokensRead: walk.tokensRead,
  };
}

interface Walk {
  readonly model: LoadedModel;
  readonly signal: AbortSignal;
  /** By the string's number. */
  readonly scores: PathScore[];
  tokensRead: number;
}

/** ln of a string's probability, and of the part of it in which none of the longer strings follows. */
interface PathScore {
  readonly logprob: number;
  readonly exclusive: number;
}

/** Where a walk stands: the tokens so far, read; what comes next; ln of the probability of the way here. */
interface Place {
  readonly sequence: Sequence;
  readonly predictions: Predictions;
  readonly logprob: number;
}

/** Scores the strings that end at `node` or below. May go on in the place's cache, which stays the caller's. */
async function visit(walk: Walk, node: TrieNode, { sequence, predictions, logprob }: Place): Promise<void> {
  const row = await predictions.lastLogprobs();
  const ways = Array.from(node.children, ([id, child]) => {
    const next = row[id] ?? Number.NEGATIVE_INFINITY;
    return { id, child, next, logprob: logprob + next };
  });
  if (node.choice !== null) walk.scores[node.choice] = { logprob, exclusive: logprob + lnElsewhere(ways) };
  for (const { child, logprob } of ways) {
    // Nothing is asked about what follows a string's last token, so that it need not be read.
    if (child.choice !== null && child.children.size === 0) walk.scores[child.choice] = { logprob, exclusive: logprob };
  }
  const inner = ways.filter(({ child }) => child.children.size > 0);
  for (const [i, way] of inner.entries()) {
    const own = i < inner.length - 1 ? await branch(walk.model, sequence, walk.signal) : null;
    try {
      await descend(walk, way, own ?? sequence);
    } finally {
      own?.cache.dispose();
    }
  }
}

/** ln of the probability that none of these ways is taken. Rounding may leave nothing of it. */
function lnElsewhere(ways: readonly { readonly next: number }[]): number {
  const taken = ways.reduce((sum, { next }) => sum + Math.exp(next), 0);
  return Math.log(Math.max(1 - taken, Number.MIN_VALUE));
}

/** Reads on as long as there is only one way, in one go, then visits the place there. */
async function descend(
  walk: Walk,
  { id, child, logprob }: { readonly id: number; readonly child: TrieNode; readonly logprob: number },
  { ids, cache }: Sequence,
): Promise<void> {
  const { chain, end } = chainFrom(id, child);
  const read = await readChain(walk, cache, chain);
  walk.tokensRead += chain.length;
  const sequence = { ids: [...ids, ...chain], cache };
  await visit(walk, end, { sequence, predictions: read.predictions, logprob: logprob + read.logprob });
}

/** The tokens from `node` to where a string ends, the ways part, or only the last token is left. */
function chainFrom(id: number, node: TrieNode): { readonly chain: readonly number[]; readonly end: TrieNode } {
  const chain = [id];
  let end = node;
  for (;;) {
    const [only, ...others] = end.children;
    if (!only || others.length > 0 || end.choice !== null || only[1].children.size === 0) return { chain, end };
    chain.push(only[0]);
    end = only[1];
  }
}

/** Reads `chain` into `cache`: ln p of its tokens after the first, and what follows them. */
async function readChain(
  { model, signal }: Walk,
  cache: KVCache,
  chain: readonly number[],
): Promise<{ readonly logprob: number; readonly predictions: Predictions }> {
  const request = (start: number, end: number) => {
    // The last token's target is unused.
    const targets = Array.from({ length: end - start }, (_, i) => chain[start + i + 1] ?? 0);
    return { rows: targets.map((_, i) => i), targets, topK: 1 };
  };
  let logprob = 0;
  let last: Predictions | undefined;
  for await (const { start, predictions } of stretches(model, cache, chain, request, { signal })) {
    const known = predictions.targetLogprobs.subarray(0, chain.length - 1 - start);
    logprob = known.reduce((sum, x) => sum + x, logprob);
    last = predictions;
  }
  if (!last) throw new RangeError("a chain needs a token");
  return { logprob, predictions: last };
}

/** Probabilities in proportion to e^x, which sum to 1. */
function shares(logs: readonly number[]): number[] {
  const max = Math.max(...logs);
  const weights = logs.map((x) => Math.exp(x - max));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function draw(probabilities: readonly number[], { temperature, seed }: ChooseOptions): number {
  const scores = Float32Array.from(probabilities, Math.log);
  return sampleToken(scores, { temperature, topK: 0, topP: 1 }, seededRandom(seed)).id;
}
