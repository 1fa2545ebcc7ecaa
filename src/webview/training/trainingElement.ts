import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";
import type {
  ChosenFile,
  FineTuneForm,
  FineTuneValues,
  PretrainForm,
  PretrainValues,
  RunStatus,
} from "../../runtime/trainingPanelProtocol";
import { tableCsv } from "../shared/csv";
import { numberFormats } from "../shared/format";
import { pointsTable, type TrainingPageData } from "./data";
import { fineTuneView } from "./fineTuneView";
import { applyRemedy } from "./formParts";
import { pretrainView } from "./pretrainView";
import { type CurveOptions, curvesName, type RunActions, runView } from "./runView";
import { runAnnouncement } from "./texts";

/** What the panel asks of the host. */
export interface TrainingActions extends Omit<RunActions, "exportCurves"> {
  editFineTune(edit: Pick<FineTuneForm, "form" | "revision" | "values">): void;
  editPretrain(edit: Pick<PretrainForm, "form" | "revision" | "values">): void;
  choose(form: number, what: ChosenFile): void;
  start(form: number): void;
  showRunning(): void;
  begin(kind: "finetune" | "pretrain"): void;
  exportFile(file: ExportedFile): void;
}

/** The whole panel: a view of `data` under `options`. */
@customElement("gptw-training")
export class TrainingElement extends LitElement {
  @property({ attribute: false }) data: TrainingPageData | undefined;
  /** Grows with every change of the data: what is drawn anew. */
  @property({ attribute: false }) version = 0;
  @property({ attribute: false }) options: CurveOptions = { smooth: true, log: false };
  @property({ attribute: false }) actions: TrainingActions | undefined;

  @state() private announced = "";
  readonly #language = document.documentElement.lang;
  readonly #formats = numberFormats(this.#language);
  #status: RunStatus | null = null;
  /** What is typed, which may be newer than what the host knows. */
  #typed: {
    readonly form: number;
    readonly revision: number;
    readonly values: FineTuneValues | PretrainValues;
  } | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const shown = this.data?.state;
    if (shown?.kind === "run") {
      this.announced = runAnnouncement(this.#status, shown) ?? this.announced;
      this.#status = shown.status;
    } else {
      this.#status = null;
    }
  }

  protected override render(): TemplateResult | null {
    const { data, actions } = this;
    const shown = data?.state;
    if (!data || !shown || !actions) return null;
    return html`${this.#shown(data, shown, actions)}
      <div class="visually-hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  #shown(
    data: TrainingPageData,
    shown: NonNullable<TrainingPageData["state"]>,
    actions: TrainingActions,
  ): TemplateResult {
    const [formats, language] = [this.#formats, this.#language];
    switch (shown.kind) {
      case "empty":
        return emptyView(actions);
      case "finetune":
        return this.#fineTune(shown, actions);
      case "pretrain":
        return this.#pretrain(shown, actions);
      case "run": {
        const exportCurves = () =>
          actions.exportFile({
            name: curvesName(shown, shown.record),
            format: "csv",
            content: tableCsv(pointsTable(data.points)),
          });
        const { options } = this;
        return runView({ view: shown, data, options, actions: { ...actions, exportCurves }, formats, language });
      }
      default:
        return shown satisfies never;
    }
  }

  #fineTune(shown: FineTuneForm, actions: TrainingActions): TemplateResult {
    const form = this.#newest(shown);
    const change = (values: Partial<FineTuneValues>) => actions.editFineTune(this.#edit(form, values));
    return fineTuneView(
      { form, frame: form, formats: this.#formats, change, choose: (what) => actions.choose(form.form, what) },
      {
        formats: this.#formats,
        apply: (remedy) => change(applyRemedy(form.values.fields, "maxLength", remedy)),
        start: () => actions.start(form.form),
        showRunning: actions.showRunning,
      },
    );
  }

  #pretrain(shown: PretrainForm, actions: TrainingActions): TemplateResult {
    const form = this.#newest(shown);
    const change = (values: Partial<PretrainValues>) => actions.editPretrain(this.#edit(form, values));
    return pretrainView(
      { form, frame: form, formats: this.#formats, change, choose: (what) => actions.choose(form.form, what) },
      {
        formats: this.#formats,
        apply: (remedy) => change(applyRemedy(form.values.fields, "sequenceLength", remedy)),
        start: () => actions.start(form.form),
        showRunning: actions.showRunning,
      },
    );
  }

  /** The form with what was typed since the host sent it. */
  #newest<F extends FineTuneForm | PretrainForm>(shown: F): F {
    const typed = this.#typed;
    if (!typed || typed.form !== shown.form || typed.revision <= shown.revision) {
      this.#typed = { form: shown.form, revision: shown.revision, values: shown.values };
      return shown;
    }
    return { ...shown, values: typed.values, revision: typed.revision };
  }

  #edit<V extends FineTuneValues | PretrainValues>(
    { form }: { readonly form: number; readonly values: V },
    changed: Partial<V>,
  ): { form: number; revision: number; values: V } {
    // Of what is typed now: several changes may come between two drawings.
    const values = { ...(this.#typed?.values as V), ...changed };
    const edit = { form, revision: (this.#typed?.revision ?? 0) + 1, values };
    this.#typed = edit;
    this.requestUpdate();
    return edit;
  }
}

function emptyView({ begin }: TrainingActions): TemplateResult {
  return html`<main class="message">
    <h1>${l10n.t("No training is shown")}</h1>
    <p>${l10n.t("Fine-tune a model on labelled data, a JSON Lines, CSV or TSV file, and classify text with it in the editor. Or pre-train a small GPT on the text of a folder.")}</p>
    <div class="actions">
      <vscode-button appearance="primary" @click=${() => begin("finetune")}>${l10n.t("Fine-Tune a Model…")}</vscode-button>
      <vscode-button appearance="secondary" @click=${() => begin("pretrain")}>${l10n.t("Pre-train a GPT…")}</vscode-button>
    </div>
    <p>${l10n.t("Runs that were stored are in the History view.")}</p>
  </main>`;
}
