/** The report of a comparison in its folder: all that it is made from is there. */
import * as l10n from "@vscode/l10n";
import type { Prediction } from "../comparisonRecord";
import { invalidRequest, storeFailed } from "../errors";
import { poolOf } from "./comparisonData";
import { readFeatures } from "./comparisonFeatures";
import { readComparison, readComparisonData, readPredictions, type StoredComparison } from "./comparisonStore";
import { readComparisonText } from "./comparisonText";
import { buildReport } from "./report/buildReport";
import type { ComparisonFeatures, ReportInput } from "./report/reportInput";
import type { ReportedComparison } from "./report/reportText";

/**
 * Builds the report of a comparison that is complete.
 * @throws RuntimeError `invalidRequest` for one that is not; `storeFailed` for a folder that is not whole; as `buildReport`.
 */
export async function storedReport(folder: string, signal: AbortSignal): Promise<ReportedComparison> {
  const stored = await readComparison(folder);
  const { state } = stored.record;
  if (state !== "completed")
    throw invalidRequest(
      l10n.t("the comparison in {0} is not complete ({1})", folder, state),
      l10n.t("Resume it first."),
    );
  const input = await reportInput(stored);
  return { input, ...(await buildReport(input, signal)) };
}

async function reportInput({ folder, record, outcomes }: StoredComparison): Promise<ReportInput> {
  const { file } = readComparisonText(record.text);
  if (!file) throw storeFailed(folder, l10n.t("the text of its comparison file cannot be used"));
  const data = await readComparisonData(folder, record);
  const features = await storedFeatures(folder, record);
  return {
    ...{ record, file, data, outcomes },
    predictions: await testPredictions(folder, outcomes),
    pool: (count, seed) => poolOf(data, count, seed),
    ...(features && { features }),
  };
}

async function storedFeatures(
  folder: string,
  { items, models }: StoredComparison["record"],
): Promise<ComparisonFeatures | null> {
  const found = await readFeatures(folder, items);
  return found && { model: models[0]?.name ?? "", ...found };
}

async function testPredictions(
  folder: string,
  outcomes: StoredComparison["outcomes"],
): Promise<ReadonlyMap<string, readonly Prediction[]>> {
  const all = new Map<string, readonly Prediction[]>();
  for (const { unit } of outcomes)
    if (unit.split === "test" && !all.has(unit.id)) all.set(unit.id, await readPredictions(folder, unit.id));
  return all;
}
