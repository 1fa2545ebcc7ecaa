/** A variant's summary while its cells come in. Knows nothing of VS Code. */
import type { PromptCell, VariantSummary } from "../../runtime/promptProtocol";
import { wilson } from "../inlineCompletions/statistics";

/** Sums over the cells of one variant so far. */
export class VariantTally {
  #cells = 0;
  #judged = 0;
  #correct = 0;
  #meanLogprobs = 0;
  #withLogprob = 0;
  #promptTokens = 0;
  #ms = 0;
  #confidence = 0;
  #confident = 0;
  readonly #chosen = new Map<string, number>();

  constructor(
    private readonly name: string,
    private readonly rule: string,
  ) {}

  /** Counts a cell, or with −1 takes one back that another replaces. */
  add(cell: PromptCell, times: 1 | -1 = 1): void {
    this.#cells += times;
    if (cell.correct !== null) {
      this.#judged += times;
      if (cell.correct) this.#correct += times;
    }
    if (cell.logprob !== null && cell.logprobTokens > 0) {
      this.#meanLogprobs += (times * cell.logprob) / cell.logprobTokens;
      this.#withLogprob += times;
    }
    this.#promptTokens += times * cell.promptTokens;
    this.#ms += times * cell.ms;
    if (cell.candidates) this.#addChoice(cell, times);
  }

  /** The summary of what was counted. What calibration knows of a label without an input comes with the run's end. */
  summary(): VariantSummary {
    const accuracy = this.#judged > 0 ? this.#correct / this.#judged : null;
    return {
      name: this.name,
      rule: this.rule,
      cells: this.#cells,
      judged: this.#judged,
      correct: this.#correct,
      accuracy: accuracy === null ? null : { value: accuracy, ...wilson(this.#correct, this.#judged) },
      meanLogprob: this.#withLogprob > 0 ? this.#meanLogprobs / this.#withLogprob : null,
      promptTokens: this.#promptTokens,
      ms: this.#ms,
      bias:
        this.#chosen.size > 0 ? Array.from(this.#chosen, ([label, chosen]) => ({ label, prior: null, chosen })) : null,
      overconfidence: accuracy !== null && this.#confident > 0 ? this.#confidence / this.#confident - accuracy : null,
    };
  }

  #addChoice({ candidates, output, correct }: PromptCell, times: 1 | -1): void {
    for (const { answer } of candidates ?? []) if (!this.#chosen.has(answer)) this.#chosen.set(answer, 0);
    this.#chosen.set(output, (this.#chosen.get(output) ?? 0) + times);
    const chosen = candidates?.find(({ answer }) => answer === output);
    if (!chosen || correct === null) return;
    this.#confidence += times * (chosen.calibrated ?? chosen.probability);
    this.#confident += times;
  }
}
