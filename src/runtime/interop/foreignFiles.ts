/** Files of other programs: YAML and data, none of which is to be trusted. Nothing outside of the folder is read. */
import { basename, extname } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { dataPath, readDataset } from "../dataset/dataset";
import { invalidDataset, invalidPrompt } from "../errors";
import { readTextFile } from "../textFile";
import { readYaml } from "../yamlText";
import type { Doc } from "./lmEvalTask";

/** Largest data file, bytes. */
const maxBytes = 128 * 1024 * 1024;
/** Most rows of a data file. */
const maxRows = 100_000;

const record = z.record(z.string(), z.unknown());

/** A YAML file's keys and values, with the place of each key. */
export interface ForeignYaml {
  readonly values: Readonly<Record<string, unknown>>;
  /** Throws `invalidPrompt` at a key. */
  refuse(key: string, problem: string, hint?: string): never;
}

/**
 * Reads a YAML file whose root is a map. Throws `invalidPrompt` with line and column: also for tags, which stand for code, and for anchors.
 * @param name what the file is called in messages.
 */
export async function readForeignYaml(path: string, name = basename(path)): Promise<ForeignYaml> {
  const text = await foreignText(path, name);
  const { file, problems, keyRangeOf, problemAt } = readYaml(text, record);
  const [problem] = problems;
  if (problem) {
    const tag = problem.code === "yaml.TAG_RESOLVE_FAILED" ? keyOfLine(text, problem.line) : null;
    const told =
      tag === null
        ? problem.message
        : l10n.t('The key "{0}" has a tag ({1}): it stands for code, which is not run here.', tag.key, tag.tag);
    const hint = tag === null ? "" : l10n.t("Write out what the function gives, and name that instead.");
    throw invalidPrompt(name, problem.line, problem.column, told, hint);
  }
  return {
    values: file ?? {},
    refuse: (key, told, hint) => {
      const place = problemAt([key], { severity: "error", code: "foreign", message: told }, keyRangeOf([key]));
      throw invalidPrompt(name, place.line, place.column, told, hint);
    },
  };
}

function keyOfLine(text: string, line: number): { readonly key: string; readonly tag: string } | null {
  const lines = text.split("\n").slice(0, line);
  const tag = /!\S*/.exec(lines.at(-1) ?? "")?.[0] ?? "!";
  const named = lines.findLast((one) => /^\s*(?:-\s+)?["']?[\w.-]+["']?\s*:/.test(one));
  const key = /^\s*(?:-\s+)?["']?([\w.-]+)/.exec(named ?? "")?.[1];
  return key === undefined ? null : { key, tag };
}

/** A text of the folder. Throws `invalidDataset` for one that is not there, lies outside, or is too large. */
export async function foreignText(path: string, name: string): Promise<string> {
  const text = await readTextFile(path, maxBytes, (problem) =>
    invalidDataset(name, 0, l10n.t("The file {0}.", problem)),
  );
  if (text === null) throw invalidDataset(name, 0, l10n.t("There is no such file."));
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The text of a file that a file of `folder` names. Throws as `foreignText`. */
export async function namedText(file: string, folder: string): Promise<string> {
  return foreignText(await dataPath(file, folder, folder), file);
}

/** The rows of a data file that a file of `folder` names: JSON Lines, a JSON list, CSV or TSV. Throws `invalidDataset`. */
export async function foreignDocs(file: string, folder: string): Promise<readonly Doc[]> {
  const path = await dataPath(file, folder, folder);
  const kind = extname(path).toLowerCase();
  const docs =
    kind === ".csv" || kind === ".tsv"
      ? await delimitedDocs(path, file)
      : jsonDocs(await foreignText(path, file), file);
  if (docs.length === 0) throw invalidDataset(file, 0, l10n.t("The file has no rows."));
  if (docs.length > maxRows) throw invalidDataset(file, 0, l10n.t("The file has more than {0} rows.", maxRows));
  return docs;
}

/** Columns of whole numbers are numbers, as those who read such files take them. */
async function delimitedDocs(path: string, name: string): Promise<readonly Doc[]> {
  const { rows } = await readDataset(path, name, { limit: maxRows + 1 });
  const columns = Object.keys(rows[0] ?? {});
  const numbers = new Set(columns.filter((column) => rows.every((row) => /^-?\d{1,15}$/.test(String(row[column])))));
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, numbers.has(column) ? Number(value) : value]),
    ),
  );
}

function jsonDocs(text: string, name: string): readonly Doc[] {
  if (text.trimStart().startsWith("[")) return list(parsed(text, name, 0), name);
  return text.split("\n", maxRows + 2).flatMap((line, i) => {
    if (line.trim() === "") return [];
    const doc = record.safeParse(parsed(line, name, i + 1));
    if (doc.success) return [doc.data];
    throw invalidDataset(name, i + 1, l10n.t("The row is not an object: it needs braces with names and values."));
  });
}

function list(value: unknown, name: string): readonly Doc[] {
  const docs = z.array(record).safeParse(value);
  if (docs.success) return docs.data;
  throw invalidDataset(name, 0, l10n.t("The list must hold objects with names and values."));
}

function parsed(text: string, name: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidDataset(name, line, l10n.t("This is not JSON ({0}).", reason));
  }
}
