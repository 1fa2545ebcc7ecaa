/** Prompts of arms: out of prompt files, or as the comparison file says them. */
import { hash } from "node:crypto";
import { dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonSource } from "../comparisonRecord";
import { dataPath } from "../dataset/dataset";
import { invalidDataset, invalidPrompt } from "../errors";
import {
  decodingDefaults,
  type PromptFile,
  type PromptVariant,
  type ResolvedVariant,
  resolveVariant,
  scoringDefaults,
} from "../prompt/promptFile";
import { type PromptReading, readPromptText } from "../prompt/promptText";
import { checkTemplate, templateVariables } from "../prompt/template";
import { placeInYaml } from "../prompt/templatePlaces";
import { readTextFile } from "../textFile";
import { maxYamlLength, type YamlPath, type YamlReading } from "../yamlText";
import { inlineBase, listOf, type PromptBase } from "./armChoices";
import type { ArmPrompt, ComparisonArm, ComparisonFile } from "./comparisonFile";
import { answerField } from "./textItems";

/** One of the prompts that an arm may choose from, with what it says where the arm does not. */
export interface ArmVariant {
  /** What a choice calls it; null where the arm has no other. */
  readonly name: string | null;
  readonly variant: ResolvedVariant;
  /** Where mistakes in it are shown: in the comparison file, or in the prompt file. */
  readonly place: VariantPlace;
}

/** A file, and where in it a variant stands. */
export interface VariantPlace {
  readonly path: string;
  readonly reading: YamlReading<unknown>;
  readonly template: YamlPath;
  readonly labels: YamlPath;
}

/** Prompts by the number of their arm, and the prompt files that were read. */
export interface ArmPrompts {
  readonly variants: ReadonlyMap<number, readonly ArmVariant[]>;
  /** SHA-256 of prompt files, by their path in the comparison file. */
  readonly sha256: Readonly<Record<string, string>>;
}

/**
 * Reads the prompts of some arms.
 * @param arms with their numbers in the file.
 * @throws RuntimeError `invalidPrompt` for prompt files that cannot be used, naming line and column; `invalidDataset` for files outside of
 * the root.
 */
export async function readArmPrompts(
  arms: readonly (readonly [number, ComparisonArm])[],
  task: ComparisonFile["data"]["task"],
  { source, reading }: { readonly source: ComparisonSource; readonly reading: YamlReading<unknown> },
): Promise<ArmPrompts> {
  const variants = new Map<number, readonly ArmVariant[]>();
  const sha256: Record<string, string> = {};
  for (const [number, { prompt }] of arms) {
    if (!prompt) continue;
    if (prompt.file === undefined) {
      variants.set(
        number,
        inlineVariants(prompt, task, { path: source.path, reading, arm: ["arms", number, "prompt"] }),
      );
      continue;
    }
    const file = await readPromptFile(prompt.file, source);
    sha256[prompt.file] = file.sha256;
    variants.set(number, fileVariants(prompt, file, { source, reading, path: ["arms", number, "prompt", "variant"] }));
  }
  return { variants, sha256 };
}

/** Fields of an item that some of the prompts show. */
export function shownFields({ variants }: ArmPrompts): readonly string[] {
  const names = [...variants.values()].flat().flatMap(({ variant }) => templateVariables(variant.template));
  return [...new Set(names)].filter((name) => name !== "labels" && name !== answerField);
}

/** What a variant says of what an arm chooses. */
export function baseOf({ name, variant }: ArmVariant): PromptBase {
  const { demonstrations, scoring, labels, choices } = variant;
  const isFree = !labels && choices === null;
  return {
    variant: name,
    k: demonstrations?.k ?? inlineBase.k,
    sampler: demonstrations?.sampler ?? inlineBase.sampler,
    rule: isFree ? null : scoring.rule,
    calibration: isFree ? null : scoring.calibration,
  };
}

/** Throws `invalidPrompt` for a template that names a field that items have not. */
export function checkFields({ variant, place }: ArmVariant, fields: readonly string[]): void {
  const [problem] = checkTemplate(variant.template, new Set([...fields, "labels"]), true);
  if (!problem) return;
  const { path, reading, template } = place;
  const range = placeInYaml(reading, reading.text, template, variant.template, problem);
  const { line, column } = reading.problemAt(template, { severity: "error", ...problem }, range);
  const hint = l10n.t(
    "Give the data's columns these names with data.columns, or name the items' fields in the template.",
  );
  throw invalidPrompt(path, line, column, problem.message, hint);
}

/** The error about a prompt, at its labels or its template. */
export function promptError({ place }: ArmVariant, at: "labels" | "template", message: string, hint: string): Error {
  const { line, column } = place.reading.problemAt(place[at], { severity: "error", code: at, message });
  return invalidPrompt(place.path, line, column, message, hint);
}

function inlineVariants(
  prompt: ArmPrompt,
  task: ComparisonFile["data"]["task"],
  { path, reading, arm }: { readonly path: string; readonly reading: YamlReading<unknown>; readonly arm: YamlPath },
): readonly ArmVariant[] {
  const { instruction = "", template = "", separator = "\n\n", labels, decoding } = prompt;
  const said = labels && new Map(Object.entries(labels).map(([label, words]) => [label, [words].flat()]));
  const isList = Array.isArray(template);
  return listOf(template, "").map((template, i, all) => ({
    name: all.length > 1 ? String(i + 1) : null,
    variant: {
      name: "",
      ...{ instruction, template, separator },
      // Label words that are not said are the labels' names, once those are known.
      labels: said ?? (task === "generation" || task === "multipleChoice" ? null : new Map()),
      choices: task === "multipleChoice" ? "choices" : null,
      answer: task === "generation" ? answerField : "label",
      demonstrations: null,
      scoring: scoringDefaults,
      decoding: { ...decodingDefaults, ...decoding },
    },
    place: { path, reading, template: [...arm, "template", ...(isList ? [i] : [])], labels: [...arm, "labels"] },
  }));
}

interface ReadPrompt {
  readonly path: string;
  readonly file: PromptFile;
  readonly reading: PromptReading;
  readonly sha256: string;
}

async function readPromptFile(name: string, { path: own, root }: ComparisonSource): Promise<ReadPrompt> {
  const path = await dataPath(name, dirname(own), root ?? dirname(own));
  const text = await readTextFile(path, 4 * maxYamlLength, (problem) => invalidDataset(name, 0, problem));
  const reading = readPromptText(text ?? "");
  const [problem] = reading.problems.filter(({ severity }) => severity === "error");
  if (problem) throw invalidPrompt(path, problem.line, problem.column, problem.message);
  if (!reading.file) throw invalidPrompt(path, 1, 1, l10n.t("The file is empty."));
  return { path, file: reading.file, reading, sha256: hash("sha256", text ?? "", "hex") };
}

function fileVariants(
  prompt: ArmPrompt,
  { path, file, reading }: ReadPrompt,
  from: { readonly source: ComparisonSource; readonly reading: YamlReading<unknown>; readonly path: YamlPath },
): readonly ArmVariant[] {
  return listOf(prompt.variant, file.variants[0]?.name ?? "").map((name, _, all) => {
    const number = file.variants.findIndex((variant) => variant.name === name);
    const own = file.variants[number];
    if (!own) {
      const message = l10n.t('The prompt file has no variant "{0}".', name);
      const { line, column } = from.reading.problemAt(from.path, { severity: "error", code: "variant", message });
      const hint = l10n.t("It has: {0}.", file.variants.map((variant) => variant.name).join(", "));
      throw invalidPrompt(from.source.path, line, column, message, hint);
    }
    return {
      name: all.length > 1 ? name : null,
      variant: resolveVariant(withPool(file, own), own),
      place: {
        ...{ path, reading },
        template: ["variants", number, "template"],
        labels: own.labels === undefined ? ["labels"] : ["variants", number, "labels"],
      },
    };
  });
}

/** Where the file says how demonstrations are drawn, it need not say from what: they come from the comparison's data. */
function withPool(file: PromptFile, own: PromptVariant): PromptFile {
  if (!own.demonstrations && !file.demonstrations) return file;
  return { ...file, demonstrations: { from: [], ...file.demonstrations } };
}
