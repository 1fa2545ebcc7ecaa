/** The fine-tuning form while it is filled in. Knows nothing of VS Code. */
import { deviceChoices } from "../../runtime/protocol";
import { adapterTargets } from "../../runtime/training/settings";
import type {
  TrainingDataGuess,
  TrainingDataPreview,
  TrainingGuessParams,
  TrainingPreviewParams,
} from "../../runtime/trainingDataProtocol";
import { taskFields } from "../../runtime/trainingDataProtocol";
import type { Asked, FineTuneForm, FineTuneValues, FormFrame, ModelChoice } from "../../runtime/trainingPanelProtocol";
import type { FineTuneParams, TrainingEstimate } from "../../runtime/trainingProtocol";
import { defaultTexts, type FineTuneRequest, readData, readFineTune, withMethod } from "./fineTuneForm";
import { type FormParts, FormValues, LiveQuestion, withChosen, withoutName } from "./formSession";
import type { TrainingClient } from "./trainingClient";

/** What the form asks. */
export type FineTuneQuestions = Pick<TrainingClient, "preview" | "fineTuneEstimate" | "guess">;

/** Values of the form, and what is known of them. */
export class FineTuneSession {
  readonly kind = "finetune";
  readonly #values: FormValues<FineTuneValues>;
  readonly #preview: LiveQuestion<TrainingPreviewParams, TrainingDataPreview>;
  readonly #estimate: LiveQuestion<FineTuneParams, TrainingEstimate>;
  readonly #guess: LiveQuestion<TrainingGuessParams, TrainingDataGuess>;
  #columns: readonly string[] = [];
  #labelValues: readonly string[] = [];
  #models: readonly ModelChoice[] = [];

  /** `guess`: columns and task are yet to be found in the file. */
  constructor(
    form: number,
    start: FineTuneValues,
    client: FineTuneQuestions,
    private readonly parts: FormParts,
    guess: boolean,
  ) {
    const { clock } = parts;
    this.#values = new FormValues(form, start);
    this.#preview = new LiveQuestion(
      clock,
      (params, signal) => client.preview(params, signal),
      (answer) => {
        if (answer) this.#learn(answer);
        parts.changed();
      },
    );
    this.#estimate = new LiveQuestion(
      clock,
      (params, signal) => client.fineTuneEstimate(params, signal),
      parts.changed,
    );
    this.#guess = new LiveQuestion(
      clock,
      (params, signal) => client.guess(params, signal),
      (answer) => {
        if (answer) this.#take(answer);
        this.#ask();
        parts.changed();
      },
    );
    if (guess && start.path !== "") this.#guess.about({ path: start.path });
    else this.#ask();
  }

  get form(): number {
    return this.#values.form;
  }

  get values(): FineTuneValues {
    return this.#values.values;
  }

  /** The page changed something. */
  edit(revision: number, values: FineTuneValues): void {
    const before = this.values;
    if (this.#values.edit(revision, values)) {
      if (values.method !== before.method) this.#values.set(withMethod(values, before.method));
      this.#ask();
    }
    this.parts.changed();
  }

  /** The host changed something. A new data file has columns of its own. */
  set(change: Partial<FineTuneValues>): void {
    const another = change.path !== undefined && change.path !== this.values.path;
    const fresh = another ? { columns: {}, labels: {}, dev: "", test: "" } : {};
    this.#values.set({ ...this.values, ...fresh, ...change });
    if (another) {
      this.#columns = this.#labelValues = [];
      this.#preview.reset();
      this.#guess.about({ path: this.values.path });
    }
    this.#ask();
    this.parts.changed();
  }

  /** Models that can be chosen. */
  offer(models: readonly ModelChoice[]): void {
    this.#models = models;
    this.parts.changed();
  }

  /** Parameters of the run; null while something is wrong with them. */
  get request(): FineTuneRequest | null {
    return readFineTune(this.values).params;
  }

  /** What the panel is told. */
  view(frame: Pick<FormFrame<FineTuneValues>, "busy" | "failure">): FineTuneForm {
    const { values } = this;
    return {
      kind: "finetune",
      ...{ form: this.form, revision: this.#values.revision, values, ...frame },
      defaults: defaultTexts(values.method),
      problems: readFineTune(values).problems,
      models: withChosen(this.#models, [values.model]),
      devices: deviceChoices,
      estimate: this.#estimate.state,
      preview: previewOf(this.#guess.state, this.#preview.state),
      columns: this.#columns,
      labelValues: this.#labelValues,
      modules: adapterTargets,
    };
  }

  dispose(): void {
    for (const question of [this.#preview, this.#estimate, this.#guess]) question.dispose();
  }

  #ask(): void {
    const { values } = this;
    const data = readData(values).params;
    const guessing = this.#guess.state.kind === "asking";
    const maxLength = Number(values.fields.maxLength);
    const counted = values.model !== "" && Number.isInteger(maxLength) && maxLength > 0;
    const model = { folder: values.model, device: "cpu" } as const;
    this.#preview.about(data && !guessing ? { data, ...(counted ? { model, maxLength } : {}) } : null);
    const { request } = this;
    this.#estimate.about(request && !guessing ? { ...withoutName(request), runs: this.parts.runs } : null);
  }

  #take({ columns, data, labelValues }: TrainingDataGuess): void {
    this.#columns = columns;
    this.#labelValues = labelValues;
    const column = (field: string) => data.columns[field] ?? (columns.includes(field) ? field : "");
    this.#values.set({
      ...this.values,
      task: data.task,
      columns: Object.fromEntries(taskFields[data.task].map((field) => [field, column(field)])),
      labels: data.labels,
      dev: data.dev ?? this.values.dev,
      test: data.test ?? this.values.test,
    });
  }

  /** Names that no value is mapped to are values themselves. */
  #learn({ columns, labels }: TrainingDataPreview): void {
    this.#columns = columns;
    const mapped = this.values.labels;
    const names = new Set(Object.values(mapped));
    const own = labels.filter((label) => !names.has(label) || Object.hasOwn(mapped, label));
    this.#labelValues = [...new Set([...Object.keys(mapped), ...own])];
  }
}

/** While the file is looked into nothing is known of it. */
function previewOf(guess: Asked<unknown>, preview: Asked<TrainingDataPreview>): Asked<TrainingDataPreview> {
  if (guess.kind === "failed") return guess;
  return guess.kind === "asking" ? { kind: "asking", last: null } : preview;
}
