/**
 * Prompt files as a configuration of promptfoo: a prompt for each variant, a test for each input with its right answer, and a provider
 * that asks `gptw`. A prompt has its demonstrations written out where they are the same for all inputs; else it is a variable of the
 * test. Pure.
 */
import { inputFields } from "../prompt/loadPrompt";
import type { ResolvedVariant } from "../prompt/promptFile";
import { type ExportedPrompts, type ExportedVariant, shownFields } from "./exportedPrompts";
import type { MadeFiles } from "./lmEvalExport";
import { columnNames, freeName, slug } from "./names";
import { plainParts, plainTemplate } from "./plainTemplate";
import { type ProviderVariant, providerFile, providerScript } from "./promptfooProvider";
import { nunjucksLiteral, renderPromptfoo, variableLiteral } from "./promptfooText";
import { type Written, writeYaml } from "./yamlWriter";

/** The configuration's file. */
export const promptfooConfig = "promptfooconfig.yaml";

type Variables = Record<string, string | readonly string[]>;

/** Writes the configuration, a file for each prompt, and the provider. */
export function promptfooFiles(exported: ExportedPrompts): MadeFiles {
  const { variants, items, loaded } = exported;
  const tests = items.map((item) => {
    const shown = Object.assign(
      {},
      ...variants.map(({ variant }) => shownFields(item, fieldsOf(variant), variant.choices)),
    );
    const variables: Variables = {};
    for (const [name, value] of Object.entries<string | string[]>(shown))
      variables[name] = typeof value === "string" ? variableLiteral(value) : value;
    return variables;
  });
  const readable = variants.map((one) => readablePrompt(one, tests, exported));
  const taken = new Set(tests.flatMap((test) => Object.keys(test)));
  const spelled = variants.filter((_, i) => readable[i] === null).map(({ prompts }) => prompts.map(({ text }) => text));
  const names = columnNames(spelled, "prompt", taken);
  for (const [i, texts] of spelled.entries())
    for (const [at, test] of tests.entries()) test[names[i] ?? "prompt"] = variableLiteral(texts[at] ?? "");
  const spelledNames = names.values();
  const files = new Set<string>();
  const prompts = variants.map(({ variant }, i) => ({
    label: variant.name,
    path: `prompts/${freeName(slug(variant.name), files)}.j2`,
    text: readable[i] ?? `{{ ${spelledNames.next().value ?? "prompt"} }}`,
  }));
  const config = {
    description: loaded.file.description ?? exported.name,
    prompts: prompts.map(({ label, path }) => ({ id: `file://${path}`, label })),
    providers: [{ id: `file://${providerFile}`, label: "gptw", config: configOf(exported) }],
    defaultTest: { options: { disableVarExpansion: true } },
    tests: tests.map((vars, i) => ({ vars, assert: [{ type: "equals", value: expected(variants, i) }] })),
  };
  return {
    files: [
      { path: promptfooConfig, text: writeYaml(comments(exported), config) },
      ...prompts.map(({ path, text }) => ({ path, text })),
      { path: providerFile, text: providerScript },
    ],
    notes: exported.notes,
  };
}

function fieldsOf({ template, choices }: ResolvedVariant): readonly string[] {
  return [...inputFields(template), ...(choices === null ? [] : [choices])];
}

/** The right answer as the provider gives it: a label, the text of a choice, or a text. */
function expected(variants: readonly ExportedVariant[], at: number): string {
  const [one] = variants;
  const prompt = one?.prompts[at];
  const text = one?.variant.labels || !prompt?.choices ? prompt?.gold : prompt.choices[prompt.target ?? -1];
  return variableLiteral((text ?? "").trim());
}

/** The prompt with its demonstrations written out; null where that does not give the same text for every input. */
function readablePrompt(
  { variant, prompts }: ExportedVariant,
  tests: readonly Variables[],
  { items }: ExportedPrompts,
): string | null {
  const parts = plainParts(variant.template);
  const [first] = prompts;
  if (!parts || !first) return null;
  const shown = shownFields(items[0] ?? {}, inputFields(variant.template), variant.choices);
  const head = parts.map((part) => (part.kind === "text" ? part.text : String(shown[part.name]))).join("");
  if (!first.text.endsWith(head)) return null;
  const before = first.text.slice(0, first.text.length - head.length);
  const text = nunjucksLiteral(before) + plainTemplate(parts, nunjucksLiteral);
  try {
    // What is JSON as a whole is taken apart by promptfoo.
    return !isJson(text) && prompts.every((prompt, i) => renderPromptfoo(text, tests[i] ?? {}) === prompt.text)
      ? text
      : null;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function configOf({ loaded, variants }: ExportedPrompts): Written {
  const forms = variants.map(
    ({ variant, prompts }) => [variant.name, formOf(variant, prompts[0]?.space ?? " ")] as const,
  );
  const config = {
    command: ["gptw"],
    model: loaded.file.model ?? "",
    task: loaded.file.task,
    variants: Object.fromEntries(forms),
  };
  const written: Written = JSON.parse(JSON.stringify(config));
  return written;
}

function formOf({ labels, choices, scoring, decoding }: ResolvedVariant, space: string): ProviderVariant {
  if (!labels && choices === null) return { space, decoding };
  const { rule, answerContext } = scoring;
  const by = { rule, ...(rule === "pmiAnswer" ? { answerContext } : {}) };
  const words = labels && Object.fromEntries([...labels].map(([label, [word = ""]]) => [label, word]));
  return { space, scoring: by, ...(words ? { labels: words } : choices === null ? {} : { choices }) };
}

function comments({ name, notes }: ExportedPrompts): string[] {
  return [
    `Written by GPT Workbench from ${name}.prompt.yaml. Run it in this folder: npx promptfoo eval`,
    `Say under "config" how gptw is started here, and with which model; or name the model in GPTW_MODEL.`,
    ...notes,
  ];
}
