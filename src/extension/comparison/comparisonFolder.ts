/** A comparison's folder: its record, read as an untrusted file. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { comparisonRecord } from "../../runtime/comparison/comparisonForm";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import { invalidRequest } from "../../runtime/errors";
import type { RunFiles } from "../promptLab/runFolder";

/** Longest record that is read, bytes. */
const recordLimit = 64 << 20;

/** Reads the record of a comparison's folder. Throws `invalidRequest` for a folder that is none. */
export async function readComparisonFolder(files: Pick<RunFiles, "read">, folder: string): Promise<ComparisonRecord> {
  const bytes = await files.read(folder, "run.json", recordLimit);
  if (!bytes) throw notAComparison(folder, l10n.t("it has no run.json"));
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw notAComparison(folder, `run.json: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = comparisonRecord.safeParse(value);
  if (!parsed.success) throw notAComparison(folder, `run.json: ${z.prettifyError(parsed.error).split("\n").join(" ")}`);
  return parsed.data;
}

function notAComparison(folder: string, reason: string): Error {
  return invalidRequest(
    l10n.t("{0} is not the folder of a comparison: {1}", folder, reason),
    l10n.t("Choose a folder below .gpt-workbench/runs."),
  );
}
