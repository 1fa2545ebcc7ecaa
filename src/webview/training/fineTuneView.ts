/** The fine-tuning form. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { TaskType } from "../../runtime/trainingDataProtocol";
import type { FineTuneField, FineTuneForm, FineTuneValues, MethodKind } from "../../runtime/trainingPanelProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { balanceTable, reportsView, rowsTable } from "./dataViews";
import {
  askedView,
  checkField,
  checkGroup,
  type FormContext,
  fileField,
  modelField,
  numberFields,
  selectField,
} from "./fieldViews";
import { decayField, deviceField, formView, nameField, recomputeField } from "./formParts";
import type { NeedsActions } from "./needsView";
import { methodText, taskFieldText, taskText } from "./texts";

type Context = FormContext<FineTuneValues> & { readonly form: FineTuneForm; readonly formats: NumberFormats };

const tasks: readonly TaskType[] = ["classification", "entailment", "similarity", "multipleChoice"];
const methods: readonly MethodKind[] = ["head", "lora", "full"];

const fieldsOfTask: { readonly [K in TaskType]: readonly string[] } = {
  classification: ["text", "label"],
  entailment: ["premise", "hypothesis", "label"],
  similarity: ["text_a", "text_b", "label"],
  multipleChoice: ["context", "choices", "label"],
};

/** The whole form. */
export function fineTuneView(context: Context, actions: NeedsActions): TemplateResult {
  const { form } = context;
  // Columns are chosen once there is a file.
  const problems = Object.entries(form.problems).filter(
    ([key]) => form.values.path !== "" || !key.startsWith("column."),
  );
  return formView(
    {
      title: l10n.t("Fine-Tune a Model"),
      hint: l10n.t("Teach a model to tell labels apart, on this machine: nothing leaves it."),
      sections: [
        { id: "data-title", title: l10n.t("Data"), content: dataSection(context) },
        { id: "split-title", title: l10n.t("Train, dev and test"), content: splitSection(context) },
        { id: "model-title", title: l10n.t("Model and method"), content: modelFields(context) },
      ],
    },
    { ...form, problems: Object.fromEntries(problems) },
    actions,
  );
}

function dataSection(context: Context): TemplateResult {
  const { preview, values } = context.form;
  const texts = { none: l10n.t("Choose the columns to see the first rows."), asking: l10n.t("Reading the data…") };
  return html`${dataFields(context)} ${values.path === "" ? nothing : askedView(preview, texts, rowsTable)}`;
}

function splitSection(context: Context): TemplateResult {
  const { form, formats } = context;
  const { preview } = form;
  const known = preview.kind === "ready" || (preview.kind === "asking" && preview.last);
  return html`${splitFields(context)}
    ${
      known
        ? askedView(
            preview,
            { none: "", asking: l10n.t("Reading the data…") },
            (data) => html`${balanceTable(data, formats)}${reportsView(data, formats)}`,
          )
        : nothing
    }
    ${labelFields(context)}`;
}

function dataFields(context: Context): TemplateResult {
  const { form, change, choose } = context;
  const { values, problems } = form;
  const options = tasks.map((task) => ({ value: task, name: taskText(task).name }));
  const choosePath = () => choose("path");
  return html`${fileField("path", l10n.t("Data file"), values.path, problems.path, { choose: choosePath, button: l10n.t("Choose…") })}
    ${
      values.path === ""
        ? html`<p class="hint">${l10n.t("JSON Lines, CSV or TSV, with a row for each item and a column for its label.")}</p>`
        : html`<div class="field-grid wide">
          ${selectField("task", l10n.t("Task"), values.task, options, (task) => change({ task: task as TaskType }), { hint: taskText(values.task).what })}
          ${fieldsOfTask[values.task].map((field) => columnField(context, field))}
        </div>`
    }`;
}

/** Which column a field of the task is in; choices and contexts may be in several. */
function columnField({ form, change }: Context, field: string): TemplateResult {
  const { values, columns, problems } = form;
  const name = l10n.t("Column: {0}", taskFieldText(field));
  const set = (column: string) => change({ columns: { ...values.columns, [field]: column } });
  const chosen = values.columns[field] ?? "";
  const id = `column.${field}`;
  if (field === "choices" || field === "context") {
    return checkGroup(id, name, columns, chosen.split("|"), (several) => set(several.join("|")), problems[id]);
  }
  const known = columns.includes(chosen) || chosen === "" ? columns : [...columns, chosen];
  const options = [
    ...(chosen === "" ? [{ value: "", name: "" }] : []),
    ...known.map((value) => ({ value, name: value })),
  ];
  return selectField(id, name, chosen, options, set, { problem: problems[id] });
}

function splitFields(context: Context): TemplateResult {
  const { form, change, choose } = context;
  const { values, problems } = form;
  const own: FineTuneField[] = [
    ...(values.dev === "" ? (["devShare"] as const) : []),
    ...(values.test === "" ? (["testShare"] as const) : []),
    ...(["splitSeed", "limit"] as const),
  ];
  const other = (part: "dev" | "test", name: string) =>
    fileField(part, name, values[part], problems[part], {
      choose: () => choose(part),
      clear: () => change({ [part]: "" }),
      button: l10n.t("Choose…"),
    });
  return html`${numberFields(context, own)}
    <details class="folded"><summary>${l10n.t("Files of their own, bad rows, duplicates")}</summary>
      <div class="folded-body">
        <div class="field-grid wide">${other("dev", l10n.t("File for dev"))}${other("test", l10n.t("File for test"))}</div>
        ${checkField("skipBadRows", l10n.t("Skip rows that cannot be read"), values.skipBadRows, (skipBadRows) => change({ skipBadRows }))}
        ${checkField("keepDuplicates", l10n.t("Keep duplicates"), values.keepDuplicates, (keepDuplicates) => change({ keepDuplicates }), l10n.t("Also training rows that dev or test hold."))}
      </div>
    </details>`;
}

/** What the values of the label column are called. */
function labelFields({ form, change }: Context): TemplateResult | typeof nothing {
  const { values, labelValues } = form;
  if (values.task === "multipleChoice" || labelValues.length === 0) return nothing;
  const rename = (value: string, name: string) => {
    const { [value]: _, ...others } = values.labels;
    change({ labels: name === "" || name === value ? others : { ...others, [value]: name } });
  };
  return html`<details class="folded"><summary>${l10n.t("Names of the labels")}</summary>
    <div class="folded-body">
      <p class="hint">${l10n.t("What stands in the file, and what the classifier will call it. The same name twice makes one class of two.")}</p>
      <div class="field-grid">${labelValues.map(
        (value, i) => html`<div class="field"><label class="field-name" for="label-${i}">${textTemplate(value)}</label>
          <input id="label-${i}" class="text-input" type="text" autocomplete="off" spellcheck="false" .value=${values.labels[value] ?? value}
            @change=${(event: Event) => rename(value, (event.target as HTMLInputElement).value.trim())} /></div>`,
      )}</div>
    </div>
  </details>`;
}

function modelFields(context: Context): TemplateResult {
  const { form, change } = context;
  const { values } = form;
  return html`<div class="field-grid wide">
      ${modelField("model", l10n.t("Model to start from"), values.model, context, (model) => change({ model }))}
      ${deviceField(context)}
    </div>
    <fieldset class="methods"><legend class="field-name">${l10n.t("Method")}</legend>
      ${methods.map((method) => {
        const { name, what } = methodText(method);
        return html`<label class="method ${method === values.method ? "chosen" : ""}">
          <input type="radio" name="method" value=${method} .checked=${method === values.method} @change=${() => change({ method })} />
          <span class="method-name">${name}</span><span class="field-hint">${what}</span></label>`;
      })}
    </fieldset>
    ${numberFields(context, mainFields(values.method))}
    ${
      values.method === "lora"
        ? checkGroup(
            "targetModules",
            l10n.t("Matrices to put LoRA on"),
            form.modules,
            values.targetModules,
            (targetModules) => change({ targetModules }),
            form.problems.targetModules,
          )
        : nothing
    }
    ${nameField(context)}
    ${advanced(context)}`;
}

function mainFields(method: MethodKind): readonly FineTuneField[] {
  const common = ["epochs", "learningRate", "batchSize", "maxLength"] as const;
  switch (method) {
    case "head":
      return [...common, "patience"];
    case "lora":
      return [...common, "r", "loraAlpha", "loraDropout", "lmCoef"];
    case "full":
      return [...common, "lmCoef"];
    default:
      return method satisfies never;
  }
}

function advanced(context: Context): TemplateResult {
  const { form, change } = context;
  const { values } = form;
  const head = values.method === "head";
  const full = values.method === "full";
  const fields: readonly FineTuneField[] = [
    ...(["microBatchSize", "warmup", "weightDecay", "maxGradNorm", "beta1", "beta2", "epsilon"] as const),
    ...(head ? [] : (["dropoutEmbedding", "dropoutResidual", "dropoutAttention"] as const)),
    "dropoutClassifier",
    ...(head ? [] : (["patience"] as const)),
    ...(["evaluateEvery", "checkpointEvery", "seed"] as const),
  ];
  const special = [
    { value: "existing", name: l10n.t("Tokens that the model has") },
    { value: "new", name: l10n.t("Three new ones, as in GPT-1") },
  ];
  return html`<details class="folded"><summary>${l10n.t("Optimizer, dropout, checkpoints")}</summary>
    <div class="folded-body">
      ${numberFields(context, fields)}
      <div class="field-grid">
        ${decayField(context)}
        ${full ? selectField("specialTokens", l10n.t("Start, delimiter, extract"), values.specialTokens, special, (chosen) => change({ specialTokens: chosen === "new" ? "new" : "existing" })) : nothing}
      </div>
      ${checkField("headBias", l10n.t("The classifier adds a bias"), values.headBias, (headBias) => change({ headBias }), l10n.t("Heads of transformers have none."))}
      ${head ? nothing : recomputeField(context)}
    </div>
  </details>`;
}
