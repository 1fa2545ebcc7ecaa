/** What the folder of a fine-tuned classifier says of itself beside Hugging Face's own keys: `gpt_workbench` in its configuration. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig } from "../errors";
import { type TaskType, taskTypes } from "../trainingDataProtocol";
import { brief } from "./headerText";

/** The key under which it stands. */
export const classifierKey = "gpt_workbench";

/** Ids of the tokens around an item's texts (Radford et al. 2018 §3.3). */
export interface SpecialTokenIds {
  readonly start: number;
  readonly delimiter: number;
  readonly extract: number;
}

/** The model that was fine-tuned. */
export interface BaseModel {
  readonly name: string;
  /** Absolute path where it was. */
  readonly folder: string;
  /** As `modelHash` gives it. */
  readonly sha256: string;
}

/** How a classifier is to be asked. */
export interface ClassifierInfo {
  readonly task: TaskType;
  /** In the order of the classifier's rows; empty for multiple choice. */
  readonly labels: readonly string[];
  readonly special: SpecialTokenIds;
  /** Longest sequence it was trained on, tokens. */
  readonly maxLength: number;
  /** Whether the classifier adds a bias. Transformers' heads have none. */
  readonly headBias: boolean;
  readonly base: BaseModel;
}

const tokenId = z.int().min(0);

const infoSchema = z.object({
  task: z.enum(taskTypes),
  labels: z.array(z.string().max(1000)).max(100_000),
  special: z.object({ start: tokenId, delimiter: tokenId, extract: tokenId }),
  maxLength: z.int().min(2),
  headBias: z.boolean(),
  base: z.object({
    name: z.string().max(1000),
    folder: z.string().max(10_000),
    sha256: z.string().regex(/^([0-9a-f]{64})?$/),
  }),
}) satisfies z.ZodType<ClassifierInfo>;

/** Rows of the classifier's matrix: a choice's one, or one for each label. */
export function headRows({ task, labels }: Pick<ClassifierInfo, "task" | "labels">): number {
  return task === "multipleChoice" ? 1 : labels.length;
}

/**
 * The information in the parsed content of a configuration; null when it is no classifier of ours.
 * @param file names the file in errors. Throws `invalidConfig`, naming the key.
 */
export function parseClassifierInfo(
  json: unknown,
  file: string,
  { vocabSize, nPositions }: { readonly vocabSize: number; readonly nPositions: number },
): ClassifierInfo | null {
  const root = z.record(z.string(), z.unknown()).safeParse(json);
  const value = root.success ? root.data[classifierKey] : undefined;
  if (value === undefined) return null;
  const parsed = infoSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = [classifierKey, ...(issue?.path ?? [])].join(".");
    throw invalidConfig(file, brief(key), l10n.t("is wrong ({0})", issue?.message ?? ""));
  }
  const info = parsed.data;
  for (const [name, id] of Object.entries(info.special))
    if (id >= vocabSize) fail(file, `special.${name}`, l10n.t("is outside the vocabulary of {0} tokens", vocabSize));
  if (info.maxLength > nPositions)
    fail(file, "maxLength", l10n.t("is more than the context of {0} tokens", nPositions));
  if (info.task !== "multipleChoice" && info.labels.length < 2)
    fail(file, "labels", l10n.t("must name two labels or more"));
  return info;
}

function fail(file: string, key: string, problem: string): never {
  throw invalidConfig(file, `${classifierKey}.${key}`, problem);
}
