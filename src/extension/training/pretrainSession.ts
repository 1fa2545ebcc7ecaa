/** The pre-training form while it is filled in. Knows nothing of VS Code. */
import { deviceChoices } from "../../runtime/protocol";
import type { CorpusPreview, CorpusSource } from "../../runtime/trainingDataProtocol";
import type { FormFrame, ModelChoice, PretrainForm, PretrainValues } from "../../runtime/trainingPanelProtocol";
import type { PretrainParams, TrainingEstimate } from "../../runtime/trainingProtocol";
import { families, presetNames } from "./defaults";
import { type FormParts, FormValues, LiveQuestion, withChosen, withoutName } from "./formSession";
import { type PretrainRequest, pretrainTexts, readCorpus, readPretrain } from "./pretrainForm";
import type { TrainingClient } from "./trainingClient";

/** What the form asks. */
export type PretrainQuestions = Pick<TrainingClient, "corpus" | "pretrainEstimate">;

/** Values of the form, and what is known of them. */
export class PretrainSession {
  readonly kind = "pretrain";
  readonly #values: FormValues<PretrainValues>;
  readonly #corpus: LiveQuestion<CorpusSource, CorpusPreview>;
  readonly #estimate: LiveQuestion<PretrainParams, TrainingEstimate>;
  #models: readonly ModelChoice[] = [];

  constructor(
    form: number,
    start: PretrainValues,
    client: PretrainQuestions,
    private readonly parts: FormParts,
  ) {
    const { clock } = parts;
    this.#values = new FormValues(form, start);
    this.#corpus = new LiveQuestion(clock, (params, signal) => client.corpus(params, signal), parts.changed);
    this.#estimate = new LiveQuestion(
      clock,
      (params, signal) => client.pretrainEstimate(params, signal),
      parts.changed,
    );
    this.#ask();
  }

  get form(): number {
    return this.#values.form;
  }

  get values(): PretrainValues {
    return this.#values.values;
  }

  /** The page changed something. */
  edit(revision: number, values: PretrainValues): void {
    if (this.#values.edit(revision, values)) this.#ask();
    this.parts.changed();
  }

  /** The host changed something. */
  set(change: Partial<PretrainValues>): void {
    this.#values.set({ ...this.values, ...change });
    this.#ask();
    this.parts.changed();
  }

  /** Models that can be chosen. */
  offer(models: readonly ModelChoice[]): void {
    this.#models = models;
    this.parts.changed();
  }

  /** Parameters of the run; null while something is wrong with them. */
  get request(): PretrainRequest | null {
    return readPretrain(this.values).params;
  }

  /** What the panel is told. */
  view(frame: Pick<FormFrame<PretrainValues>, "busy" | "failure">): PretrainForm {
    const { values } = this;
    return {
      kind: "pretrain",
      ...{ form: this.form, revision: this.#values.revision, values, ...frame },
      defaults: pretrainTexts,
      problems: readPretrain(values).problems,
      models: withChosen(this.#models, [values.model, values.tokenizerFrom]),
      devices: deviceChoices,
      estimate: this.#estimate.state,
      corpus: this.#corpus.state,
      presets: presetNames,
      families,
    };
  }

  dispose(): void {
    for (const question of [this.#corpus, this.#estimate]) question.dispose();
  }

  #ask(): void {
    this.#corpus.about(readCorpus(this.values).params);
    const { request } = this;
    this.#estimate.about(request ? { ...withoutName(request), runs: this.parts.runs } : null);
  }
}
