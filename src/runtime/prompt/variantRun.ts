/** One variant over inputs: prompts are put together, measured, and become cells. */

import { pacer } from "../pacer";
import type { Candidate, PromptCell } from "../promptProtocol";
import type { AssembledPrompt, PromptAssembler } from "./assemble";
import { batchPrior, calibrate, contentFreePrior } from "./calibration";
import type { Measured, Measurer, Question } from "./measure";
import type { ResolvedVariant, Scoring } from "./promptFile";
import { argmax, baselineContext, type ScoredAnswer, scoreCandidates } from "./scoringRules";

/** What a run of a variant works with. */
export interface VariantRunParts {
  /** Number among the run's variants. */
  readonly number: number;
  readonly variant: ResolvedVariant;
  readonly assembler: PromptAssembler;
  readonly measurer: Measurer;
}

/** A prompt whose answer is one of several. */
interface ChoicePrompt {
  readonly item: number;
  readonly prompt: AssembledPrompt;
  readonly candidates: NonNullable<AssembledPrompt["candidates"]>;
  /** First the prompt itself, then what its numbers are compared with. */
  readonly questions: readonly Question[];
}

/** A cell, and what a calibration over the whole run needs of it. */
interface Chosen {
  readonly cell: PromptCell;
  /** ln of each candidate's prior; null without contextual calibration. */
  readonly prior: readonly number[] | null;
}

/** The cells of one variant. */
export class VariantRun {
  readonly #parts: VariantRunParts;
  /** With batch calibration, the cells so far. */
  readonly #batch: PromptCell[] = [];
  readonly #priors = new Priors();
  /** Questions besides the prompts themselves whose time some cell has. */
  readonly #counted = new Set<string>();

  constructor(parts: VariantRunParts) {
    this.#parts = parts;
  }

  /**
   * Cells of `items`, in their order; `demonstrations` forces these numbers of the pool, in this order. Throws as `PromptAssembler` and
   * `Measurer` do.
   */
  async cells(items: readonly number[], demonstrations?: readonly number[]): Promise<PromptCell[]> {
    const breathe = pacer();
    const choices: ChoicePrompt[] = [];
    const cells = new Map<number, PromptCell>();
    for (const item of items) {
      await breathe();
      const prompt = await this.#parts.assembler.assemble(item, demonstrations && { demonstrations });
      if (prompt.candidates) choices.push(await this.#questions(item, prompt, prompt.candidates));
      else cells.set(item, await this.#write(item, prompt));
    }
    for (const cell of await this.#choose(choices)) cells.set(cell.item, cell);
    return items.flatMap((item) => cells.get(item) ?? []);
  }

  /** Cells that batch calibration changes, once all inputs are known. Without it there are none. */
  recalibrated(): PromptCell[] {
    const sizes = new Set(this.#batch.map(({ candidates }) => candidates?.length ?? 0));
    return [...sizes].flatMap((size) =>
      this.#recalibrate(this.#batch.filter((cell) => cell.candidates?.length === size)),
    );
  }

  /** Label → mean of its prior over the cells so far; empty without calibration. */
  priors(): ReadonlyMap<string, number> {
    return this.#priors.means();
  }

  /** Cells with as many candidates each. */
  #recalibrate(cells: readonly PromptCell[]): PromptCell[] {
    const prior = batchPrior(cells.map(({ candidates }) => candidates?.map(({ score }) => score) ?? []));
    return cells.map((cell) => {
      const candidates = calibrate(cell.candidates ?? [], prior);
      this.#priors.add(namesOf(candidates), prior);
      return { ...cell, candidates, ...decide(candidates, cell.gold) };
    });
  }

  async #questions(
    item: number,
    prompt: AssembledPrompt,
    candidates: ChoicePrompt["candidates"],
  ): Promise<ChoicePrompt> {
    const { scoring } = this.#parts.variant;
    const words = candidates.flatMap((candidate) => candidate.words);
    const baseline = baselineContext(scoring);
    const contexts = [prompt.text, ...(baseline === null ? [] : [baseline])];
    for (const contentFree of contentFreeInputs(scoring)) {
      const { demonstrations } = prompt;
      contexts.push((await this.#parts.assembler.assemble(item, { contentFree, demonstrations })).text);
    }
    return { item, prompt, candidates, questions: contexts.map((context) => ({ context, words })) };
  }

  async #choose(prompts: readonly ChoicePrompt[]): Promise<PromptCell[]> {
    const measured = await this.#parts.measurer.score(prompts.flatMap(({ questions }) => questions));
    let taken = 0;
    return prompts.map((prompt) => {
      const own = measured.slice(taken, taken + prompt.questions.length);
      taken += own.length;
      const { cell, prior } = this.#chosen(prompt, own);
      if (prior) this.#priors.add(namesOf(cell.candidates ?? []), prior);
      if (this.#parts.variant.scoring.calibration === "batch") this.#batch.push(cell);
      return cell;
    });
  }

  /** Time for a cell: its prompt's, and that of what it is compared with where no cell before it was; as it was when it was computed. */
  #cost(questions: readonly Question[], measured: readonly Measured[]): number {
    const counts = ({ context, words }: Question) => {
      const key = JSON.stringify([context, words]);
      if (this.#counted.has(key)) return false;
      this.#counted.add(key);
      return true;
    };
    return sum(questions.map((question, i) => (i === 0 || counts(question) ? (measured[i]?.ms ?? 0) : 0)));
  }

  #chosen({ item, prompt, candidates, questions }: ChoicePrompt, measured: readonly Measured[]): Chosen {
    const { scoring } = this.#parts.variant;
    const [own, ...others] = measured;
    const baseline = baselineContext(scoring) === null ? undefined : others[0];
    const contentFree = others.slice(baseline ? 1 : 0);
    const scored = (after: Measured | undefined) =>
      scoreCandidates(scoring.rule, withWords(candidates, after, baseline));
    const prior = contentFree.length > 0 ? contentFreePrior(contentFree.map((one) => scoresOf(scored(one)))) : null;
    const all = prior ? calibrate(scored(own), prior) : scored(own);
    const cell: PromptCell = {
      ...this.#frame(item, prompt),
      candidates: all,
      tokens: [],
      ...decide(all, prompt.gold),
      ...answerLogprob(all, prompt),
      ms: this.#cost(questions, measured),
      cached: measured.every(({ cached }) => cached),
    };
    return { cell, prior };
  }

  async #write(item: number, prompt: AssembledPrompt): Promise<PromptCell> {
    const { variant, measurer } = this.#parts;
    const { text, tokens, ms, cached } = await measurer.write(prompt.text, variant.decoding);
    const words = prompt.goldWords ?? [];
    const [gold] = words.length > 0 ? await measurer.score([{ context: prompt.text, words }]) : [];
    const best = gold?.words.reduce((a, b) => (b.logprob > a.logprob ? b : a));
    const own = { logprob: sum(tokens.map(({ prediction }) => prediction?.logprob ?? 0)), tokens: tokens.length };
    const { logprob, tokens: logprobTokens } = best ?? own;
    return {
      ...this.#frame(item, prompt),
      candidates: null,
      output: text,
      tokens,
      correct: prompt.gold === null ? null : text.trim() === prompt.gold.trim(),
      logprob: logprobTokens > 0 ? logprob : null,
      logprobTokens,
      ms: ms + (gold?.ms ?? 0),
      cached: cached && (gold?.cached ?? true),
    };
  }

  #frame(item: number, prompt: AssembledPrompt) {
    const { promptTokens, dropped, truncated, gold } = prompt;
    const shots = prompt.demonstrations.length;
    return { variant: this.#parts.number, item, gold, promptTokens, shots, dropped, truncated };
  }
}

/** Means of priors, by label. */
class Priors {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(names: readonly string[], prior: readonly number[]): void {
    for (const [i, name] of names.entries()) {
      const { sum, count } = this.#sums.get(name) ?? { sum: 0, count: 0 };
      this.#sums.set(name, { sum: sum + Math.exp(prior[i] ?? 0), count: count + 1 });
    }
  }

  means(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#sums, ([name, { sum, count }]) => [name, sum / count]));
  }
}

function contentFreeInputs({ calibration, contentFree }: Scoring): readonly string[] {
  return calibration === "contextual" ? contentFree : [];
}

/** The candidates with what was measured of their words, one after the other. */
function withWords(
  candidates: ChoicePrompt["candidates"],
  measured: Measured | undefined,
  baseline: Measured | undefined,
): ScoredAnswer[] {
  let taken = 0;
  return candidates.map(({ answer, words }) => ({
    answer,
    words: words.map((text) => {
      const [own, other] = [measured?.words[taken], baseline?.words[taken]];
      taken++;
      const { logprob, tokens } = own ?? { logprob: Number.NEGATIVE_INFINITY, tokens: 0 };
      return { text, logprob, tokens, ...(other && { baseline: other.logprob }) };
    }),
  }));
}

/** What the candidates' numbers decide. */
function decide(candidates: readonly Candidate[], gold: string | null) {
  const output = candidates[chosenOf(candidates)]?.answer ?? "";
  return { output, correct: gold === null ? null : output === gold };
}

/** Of the right answer, or of the chosen one where none is known: its most probable word. */
function answerLogprob(candidates: readonly Candidate[], { gold, goldWords }: AssembledPrompt) {
  const all = candidates.flatMap(({ words }) => words);
  const words =
    gold === null ? candidates[chosenOf(candidates)]?.words : all.filter(({ text }) => goldWords?.includes(text));
  const [best] = [...(words ?? [])].sort((a, b) => b.logprob - a.logprob);
  return { logprob: best?.logprob ?? null, logprobTokens: best?.tokens ?? 0 };
}

function chosenOf(candidates: readonly Candidate[]): number {
  return argmax(candidates.map(({ score, calibrated }) => calibrated ?? score));
}

function namesOf(candidates: readonly Candidate[]): string[] {
  return candidates.map(({ answer }) => answer);
}

function scoresOf(candidates: readonly Candidate[]): number[] {
  return candidates.map(({ score }) => score);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
