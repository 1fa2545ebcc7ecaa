/** Beam search: the most probable continuations, as Hugging Face's `generate` looks for them (Brown et al. 2020 §2.4: width 4, α 0.6). */
import { branch, extend, readSequence, type Sequence } from "./branch";
import type { Predictions } from "./forward";
import type { LoadedModel } from "./loadedModel";

/** How to search. Names are Hugging Face's. */
export interface BeamSearchOptions {
  /** Width: continuations that are kept from step to step, and the most that come back. */
  readonly numBeams: number;
  /** α: a continuation's score is its log-probability divided by its length to this power. */
  readonly lengthPenalty: number;
  /**
   * When to end once `numBeams` continuations are complete: at once (true), when no running one is ahead if it ended now (false), or
   * when none can get ahead any more ("never").
   */
  readonly earlyStopping: boolean | "never";
  /** Tokens to generate at most. */
  readonly maxNewTokens: number;
  /** The token that completes a continuation; null for none. */
  readonly endOfText: number | null;
  /** Whether these generated tokens complete a continuation otherwise. */
  readonly isComplete?: (generated: readonly number[]) => boolean;
  readonly signal: AbortSignal;
}

/** A continuation that was found. */
export interface BeamHypothesis {
  /** Generated tokens, the end of text included. */
  readonly ids: readonly number[];
  /** ln of its probability. */
  readonly logprob: number;
  /** `logprob / ids.length ** lengthPenalty`. */
  readonly score: number;
  readonly finishReason: "endOfText" | "stop" | "maxNewTokens" | "contextFull";
}

/** A continuation that is not complete. */
interface Beam {
  readonly sequence: Sequence;
  readonly generated: readonly number[];
  readonly logprob: number;
  readonly predictions: Predictions;
}

/** A beam and one token more. */
interface Extension {
  readonly beam: Beam;
  readonly id: number;
  readonly generated: readonly number[];
  readonly logprob: number;
}

/**
 * Up to `numBeams` continuations of `prompt` (one token or more, fewer than the context), best score first. Each beam has a cache of
 * its own; beams that go on from one share what it has read. Throws `CancelledError` when the signal aborts.
 */
export async function beamSearch(
  model: LoadedModel,
  prompt: readonly number[],
  options: BeamSearchOptions,
): Promise<BeamHypothesis[]> {
  const { signal, maxNewTokens } = options;
  const reading = { capacity: prompt.length + maxNewTokens, topK: candidatesPerBeam(options), signal };
  const { predictions, ...sequence } = await readSequence(model, prompt, reading);
  let beams: readonly Beam[] = [{ sequence, generated: [], logprob: 0, predictions }];
  const found: BeamHypothesis[] = [];
  try {
    for (;;) {
      const { complete, running } = sortOut(rankExtensions(beams), options);
      keep(found, complete, options);
      const limit = limitReached(beams, options);
      if (limit)
        keep(
          found,
          running.map((extension) => hypothesis(extension, limit, options)),
          options,
        );
      if (limit || running.length === 0 || isDone(found, running, options)) return found;
      const old = beams;
      beams = [];
      beams = await advance(model, old, running, options);
    }
  } finally {
    for (const { sequence } of beams) sequence.cache.dispose();
  }
}

/** As many as Hugging Face looks at: half of them may end the text, and there still is a beam's width of others. */
function candidatesPerBeam({ numBeams }: BeamSearchOptions): number {
  return 2 * numBeams;
}

/** Each beam's best tokens, most probable continuation first. */
function rankExtensions(beams: readonly Beam[]): Extension[] {
  const all = beams.flatMap((beam) =>
    beam.predictions.topIds.map((id, i) => ({
      beam,
      id,
      generated: [...beam.generated, id],
      logprob: beam.logprob + (beam.predictions.topLogprobs[i] ?? Number.NEGATIVE_INFINITY),
    })),
  );
  return all.sort((a, b) => b.logprob - a.logprob);
}

/** The complete ones among the best `numBeams`, and the best `numBeams` of the others. */
function sortOut(ranked: readonly Extension[], options: BeamSearchOptions) {
  const complete: BeamHypothesis[] = [];
  const running: Extension[] = [];
  for (const [rank, extension] of ranked.entries()) {
    if (running.length === options.numBeams) break;
    const reason = completion(extension, options);
    if (!reason) running.push(extension);
    else if (rank < options.numBeams) complete.push(hypothesis(extension, reason, options));
  }
  return { complete, running };
}

function completion({ id, generated }: Extension, options: BeamSearchOptions): "endOfText" | "stop" | null {
  if (id === options.endOfText) return "endOfText";
  return options.isComplete?.(generated) ? "stop" : null;
}

/** Why the extensions of these beams are the last, if they are. */
function limitReached([beam]: readonly Beam[], { maxNewTokens }: BeamSearchOptions) {
  if (!beam) return null;
  if (beam.generated.length + 1 >= maxNewTokens) return "maxNewTokens";
  return beam.sequence.cache.length >= beam.sequence.cache.capacity ? "contextFull" : null;
}

function hypothesis(
  { generated: ids, logprob }: Extension,
  finishReason: BeamHypothesis["finishReason"],
  options: BeamSearchOptions,
): BeamHypothesis {
  return { ids, logprob, score: scoreOf(logprob, ids.length, options), finishReason };
}

function scoreOf(logprob: number, length: number, { lengthPenalty }: BeamSearchOptions): number {
  return logprob / length ** lengthPenalty;
}

/** Adds to `found`, which stays in order and holds `numBeams` at most. */
function keep(found: BeamHypothesis[], more: readonly BeamHypothesis[], { numBeams }: BeamSearchOptions): void {
  found.push(...more);
  found.sort((a, b) => b.score - a.score);
  found.length = Math.min(found.length, numBeams);
}

/** Hugging Face's early stopping. The score that the best running one may reach yet is estimated from its length, or from the longest. */
function isDone(found: readonly BeamHypothesis[], running: readonly Extension[], options: BeamSearchOptions): boolean {
  const [best, worst] = [running[0], found.at(-1)];
  if (!best || !worst || found.length < options.numBeams) return false;
  if (options.earlyStopping === true) return true;
  const longest = options.earlyStopping === "never" && options.lengthPenalty > 0;
  const length = longest ? options.maxNewTokens : best.generated.length;
  return worst.score >= scoreOf(best.logprob, length, options);
}

/** Runs the tokens of `running`. Frees the caches of beams that have no extension; the others' go to their last one. */
async function advance(
  model: LoadedModel,
  beams: readonly Beam[],
  running: readonly Extension[],
  options: BeamSearchOptions,
): Promise<Beam[]> {
  const owned = new Set(beams.map(({ sequence }) => sequence.cache));
  const next: Beam[] = [];
  try {
    for (const beam of beams) {
      if (running.some((extension) => extension.beam === beam)) continue;
      beam.sequence.cache.dispose();
      owned.delete(beam.sequence.cache);
    }
    for (const [i, extension] of running.entries()) {
      const { beam } = extension;
      const isLast = !running.slice(i + 1).some((other) => other.beam === beam);
      const base = isLast ? beam.sequence : await branch(model, beam.sequence, options.signal);
      owned.add(base.cache);
      const reading = { topK: candidatesPerBeam(options), signal: options.signal };
      const { predictions, ...sequence } = await extend(model, base, extension.id, reading);
      next.push({ sequence, predictions, generated: extension.generated, logprob: extension.logprob });
    }
    return next;
  } catch (error) {
    for (const cache of owned) cache.dispose();
    throw error;
  }
}
