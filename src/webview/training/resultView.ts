/** What a run gave, and with what settings. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { TrainingRunView } from "../../runtime/trainingPanelProtocol";
import type { OptimizerSettings, TrainingRecord } from "../../runtime/trainingProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import type { RunActions } from "./runView";
import { decayText, methodText, shortNumber, taskText, timeText } from "./texts";

/** The card: test against majority, dev, the model and what can be done with it. */
export function resultView(
  view: TrainingRunView,
  record: TrainingRecord,
  actions: Pick<RunActions, "use" | "reveal">,
  formats: NumberFormats,
): TemplateResult | typeof nothing {
  const { test, best, elapsedMs } = record;
  if (!test && !best && view.model === null) return nothing;
  const pretraining = record.kind === "pretrain";
  return html`<section class="result-card" aria-labelledby="result-title">
    <h2 id="result-title">${l10n.t("Result")}</h2>
    <dl class="figures">
      ${test && test.accuracy !== null ? figure(l10n.t("test accuracy"), formats.percent(test.accuracy), majorityText(test, formats)) : nothing}
      ${best && best.accuracy !== null ? figure(l10n.t("best dev accuracy"), formats.percent(best.accuracy), l10n.t("at step {0}", formats.count(best.step))) : nothing}
      ${test && pretraining ? figure(l10n.t("test loss"), shortNumber(test.loss)) : nothing}
      ${best && best.accuracy === null ? figure(pretraining ? l10n.t("best held-out loss") : l10n.t("best dev loss"), shortNumber(best.loss), l10n.t("perplexity {0}, at step {1}", shortNumber(Math.exp(best.loss)), formats.count(best.step))) : nothing}
      ${figure(l10n.t("time"), timeText(elapsedMs, formats))}
    </dl>
    ${test && test.accuracy !== null && test.majority !== null ? comparisonBar(test.accuracy, test.majority, formats) : nothing}
    ${
      view.model === null
        ? nothing
        : html`<p class="where">${l10n.t("The model lies in")} <span class="path">${textTemplate(view.model)}</span></p>
          <div class="actions">
            <vscode-button appearance="primary" @click=${() => actions.use(view.run)}>${pretraining ? l10n.t("Use This Model") : l10n.t("Use for Classify Selection")}</vscode-button>
            <vscode-button appearance="secondary" @click=${() => actions.reveal(view.run)}>${l10n.t("Show in Folder")}</vscode-button>
          </div>`
    }
  </section>`;
}

function majorityText({ majority }: NonNullable<TrainingRecord["test"]>, formats: NumberFormats): string {
  return majority === null ? "" : l10n.t("the largest class alone: {0}", formats.percent(majority));
}

/** Test accuracy as a bar, with a line where always saying the largest class would be. */
function comparisonBar(accuracy: number, majority: number, formats: NumberFormats): TemplateResult {
  const label = l10n.t(
    "Test accuracy {0}; the largest class alone would give {1}.",
    formats.percent(accuracy),
    formats.percent(majority),
  );
  return html`<svg class="accuracy-bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label=${label}>
    <rect class="track" y="3" width="100" height="6" /><rect class="amount" y="3" width=${100 * accuracy} height="6" />
    <rect class="majority" x=${Math.min(99.6, 100 * majority)} width="0.4" height="12" />
  </svg>`;
}

/** A large number with its name below, and what it is to be held against. */
export function figure(name: string, value: string, note = ""): TemplateResult {
  return html`<div><dt>${name}${note ? html`<span class="note">${note}</span>` : nothing}</dt><dd>${value}</dd></div>`;
}

/** Everything that the run depends on. */
export function settingsView(record: TrainingRecord, formats: NumberFormats): TemplateResult {
  const facts = [...commonFacts(record, formats), ...fineTuneFacts(record, formats), ...pretrainFacts(record, formats)];
  return html`<details class="folded"><summary>${l10n.t("Settings and data")}</summary>
    <dl class="facts folded-body">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${textTemplate(value)}</dd></div>`)}</dl>
  </details>`;
}

type Fact = readonly [string, string];

function commonFacts(
  { base, device, versions, counts, truncated, labels, data }: TrainingRecord,
  formats: NumberFormats,
): readonly Fact[] {
  return [
    ...(base ? [[l10n.t("Model"), `${base.name} (${base.sha256.slice(0, 12)})`] as const] : []),
    [l10n.t("Device"), device],
    [l10n.t("Versions"), `GPT Workbench ${versions.gptWorkbench}, onnxruntime ${versions.onnxruntime}`],
    [
      l10n.t("Train, dev, test"),
      [counts.train, counts.dev, counts.test].map((count) => formats.count(count)).join(" / "),
    ],
    ...(truncated > 0 ? [[l10n.t("Cut to fit"), formats.count(truncated)] as const] : []),
    ...(labels.length > 0 ? [[l10n.t("Labels"), labels.join(", ")] as const] : []),
    ...Object.entries(data)
      .slice(0, 5)
      .map(([path, sha256]) => [path, sha256.slice(0, 12)] as const),
  ];
}

function fineTuneFacts({ finetune }: TrainingRecord, formats: NumberFormats): readonly Fact[] {
  if (!finetune) return [];
  const { data, settings } = finetune;
  const { method } = settings;
  return [
    [l10n.t("Task"), taskText(data.task).name],
    [
      l10n.t("Method"),
      method.kind === "lora"
        ? `LoRA, r = ${method.r}, α = ${method.loraAlpha}: ${method.targetModules.join(", ")}`
        : methodText(method.kind).name,
    ],
    [l10n.t("Epochs"), formats.count(settings.epochs)],
    ["λ", shortNumber(settings.lmCoef)],
    [l10n.t("Longest sequence"), formats.count(settings.maxLength)],
    [l10n.t("Seed"), String(settings.seed)],
    ...optimizerFacts(settings.optimizer),
  ];
}

function pretrainFacts({ pretrain }: TrainingRecord, formats: NumberFormats): readonly Fact[] {
  if (!pretrain) return [];
  const { corpus, settings } = pretrain;
  return [
    [l10n.t("Folder"), corpus.root],
    [l10n.t("Files to read"), corpus.include.join(" ")],
    [l10n.t("Sequence length"), formats.count(settings.sequenceLength)],
    [l10n.t("Seed"), String(settings.seed)],
    ...optimizerFacts(settings.optimizer),
  ];
}

function optimizerFacts({
  learningRate,
  batchSize,
  microBatchSize,
  warmup,
  decay,
  weightDecay,
  maxGradNorm,
}: OptimizerSettings): readonly Fact[] {
  return [
    [l10n.t("Learning rate"), `${shortNumber(learningRate)}, ${decayText(decay)}`],
    [l10n.t("Batch size"), l10n.t("{0} in micro-batches of {1}", batchSize, microBatchSize)],
    [l10n.t("Warm-up"), shortNumber(warmup)],
    [l10n.t("Weight decay"), shortNumber(weightDecay)],
    [l10n.t("Gradient clipping"), shortNumber(maxGradNorm)],
  ];
}
