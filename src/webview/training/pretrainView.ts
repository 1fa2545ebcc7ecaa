/** The pre-training form. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { PretrainField, PretrainForm, PretrainValues } from "../../runtime/trainingPanelProtocol";
import type { NumberFormats } from "../shared/format";
import { corpusView } from "./dataViews";
import {
  askedView,
  checkField,
  type FormContext,
  fileField,
  linesField,
  modelField,
  numberField,
  numberFields,
  selectField,
  textField,
} from "./fieldViews";
import { decayField, deviceField, formView, nameField, recomputeField } from "./formParts";
import type { NeedsActions } from "./needsView";

type Context = FormContext<PretrainValues> & { readonly form: PretrainForm; readonly formats: NumberFormats };

/** The whole form. */
export function pretrainView(context: Context, actions: NeedsActions): TemplateResult {
  return formView(
    {
      title: l10n.t("Pre-train a GPT"),
      hint: l10n.t(
        "Train a model to predict the next token of your own text, from nothing or from a model that you have.",
      ),
      sections: [
        { id: "text-title", title: l10n.t("Text"), content: textSection(context) },
        { id: "size-title", title: l10n.t("Model"), content: modelFields(context) },
        { id: "training-title", title: l10n.t("Training"), content: trainingFields(context) },
      ],
    },
    context.form,
    actions,
  );
}

function textSection(context: Context): TemplateResult {
  const texts = {
    none: l10n.t("Choose a folder and patterns to see what it holds."),
    asking: l10n.t("Looking for text…"),
  };
  return html`${textFields(context)}
    ${askedView(context.form.corpus, texts, (value) => corpusView(value, context.formats))}`;
}

function textFields(context: Context): TemplateResult {
  const { form, change, choose } = context;
  const { values, problems } = form;
  const chooseRoot = () => choose("root");
  return html`${fileField("root", l10n.t("Folder"), values.root, problems.root, { choose: chooseRoot, button: l10n.t("Choose…") })}
    <div class="field-grid wide">
      ${linesField("include", l10n.t("Files to read"), values.include, problems.include, (include) => change({ include }), l10n.t("Glob patterns, one a line."))}
      ${linesField("exclude", l10n.t("Files to leave out"), values.exclude, problems.exclude, (exclude) => change({ exclude }), l10n.t("Glob patterns, one a line."))}
    </div>
    ${checkField("respectIgnoreFiles", l10n.t("Leave out what .gitignore files name"), values.respectIgnoreFiles, (respectIgnoreFiles) => change({ respectIgnoreFiles }))}
    <div class="field-grid wide">
      ${numberField(context, "maxFileKilobytes")}
      ${textField("licenses", l10n.t("Licences"), values.licenses, problems.licenses, (licenses) => change({ licenses }), l10n.t("SPDX names, such as MIT, Apache-2.0; files that name others are left out. Empty leaves none out."))}
    </div>`;
}

function modelFields(context: Context): TemplateResult {
  const { form, change } = context;
  const { values } = form;
  const kinds = [
    { kind: "new", name: l10n.t("A new model"), what: l10n.t("Starts from random parameters.") },
    {
      kind: "continue",
      name: l10n.t("A model that there is"),
      what: l10n.t("Goes on with its parameters and its vocabulary."),
    },
  ] as const;
  return html`<fieldset class="methods"><legend class="visually-hidden">${l10n.t("Model")}</legend>
      ${kinds.map(
        ({ kind, name, what }) => html`<label class="method ${kind === values.kind ? "chosen" : ""}">
          <input type="radio" name="kind" value=${kind} .checked=${kind === values.kind} @change=${() => change({ kind })} />
          <span class="method-name">${name}</span><span class="field-hint">${what}</span></label>`,
      )}
    </fieldset>
    ${values.kind === "new" ? newModel(context) : modelField("model", l10n.t("Model to go on with"), values.model, context, (model) => change({ model }))}`;
}

function newModel(context: Context): TemplateResult {
  const { form, change } = context;
  const { values } = form;
  const presets = form.presets.map((value) => ({ value, name: value === "custom" ? l10n.t("My own") : value }));
  const families = form.families.map((value) => ({ value, name: familyText(value) }));
  const vocabularies = [
    { value: "train", name: l10n.t("Trained on this text") },
    { value: "from", name: l10n.t("Of another model") },
  ];
  const sizes: readonly PretrainField[] = ["nLayer", "nHead", "nEmbd", "nPositions"];
  return html`<div class="field-grid wide">
      ${selectField("preset", l10n.t("Size"), values.preset, presets, (preset) => change({ preset }))}
      ${values.preset === "custom" ? selectField("family", l10n.t("Family"), values.family, families, (family) => change({ family })) : nothing}
    </div>
    ${values.preset === "custom" ? numberFields(context, sizes) : nothing}
    <div class="field-grid wide">
      ${selectField("tokenizer", l10n.t("Vocabulary"), values.tokenizer, vocabularies, (chosen) => change({ tokenizer: chosen === "from" ? "from" : "train" }))}
      ${values.tokenizer === "train" ? numberField(context, "vocabulary") : modelField("tokenizerFrom", l10n.t("Model whose vocabulary is taken"), values.tokenizerFrom, context, (tokenizerFrom) => change({ tokenizerFrom }))}
    </div>`;
}

function familyText(family: string): string {
  const names: Readonly<Record<string, string>> = { gpt2: "GPT-2", "openai-gpt": "GPT-1", gpt3: "GPT-3" };
  return names[family] ?? family;
}

function trainingFields(context: Context): TemplateResult {
  const fields: readonly PretrainField[] = [
    ...(["microBatchSize", "warmup", "weightDecay", "maxGradNorm", "beta1", "beta2", "epsilon"] as const),
    ...(["dropoutEmbedding", "dropoutResidual", "dropoutAttention"] as const),
    ...(["heldOutShare", "evaluateEvery", "checkpointEvery", "seed"] as const),
  ];
  return html`${numberFields(context, ["steps", "learningRate", "batchSize", "sequenceLength", "sampleEvery"])}
    <div class="field-grid wide">${deviceField(context)} ${nameField(context)}</div>
    <details class="folded"><summary>${l10n.t("Optimizer, dropout, checkpoints")}</summary>
      <div class="folded-body">
        ${numberFields(context, fields)}
        <div class="field-grid">${decayField(context)}</div>
        ${recomputeField(context)}
      </div>
    </details>`;
}
