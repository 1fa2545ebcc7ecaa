/** Reads what a report is made from out of a comparison's folder. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonRecord, Prediction, UnitOutcome } from "../../comparisonRecord";
import { CancelledError, storeFailed } from "../../errors";
import type { PoolText } from "../../evaluation/contamination";
import { poolOf } from "../comparisonData";
import { readFeatures } from "../comparisonFeatures";
import type { ComparisonFile } from "../comparisonFile";
import { comparisonFiles, readComparison, readComparisonData, readPredictions } from "../comparisonStore";
import { readComparisonText } from "../comparisonText";
import { readPretrainingOverlap } from "../pretrainingOverlap";
import type { ReportInput } from "./reportInput";

/**
 * Everything that the report of a comparison is made from. Throws `storeFailed` for a folder that is no comparison, or whose files do not fit each
 * other; `invalidCheckpoint` for features that do not; `CancelledError`.
 */
export async function readReportInput(folder: string, signal?: AbortSignal): Promise<ReportInput> {
  const { record, outcomes } = await readComparison(folder);
  const file = fileOf(folder, record);
  const data = await readComparisonData(folder, record);
  const features = await readFeatures(folder, {
    train: data.train.length,
    test: data.test.length,
    texts: data.choices ?? 1,
  });
  const pretraining = await readPretrainingOverlap(folder);
  return {
    ...{ record, file, data, outcomes },
    predictions: await readAnswers(folder, outcomes, signal),
    pool: (count, seed) => poolOf(data, count, seed),
    ...(features && { features }),
    ...(pretraining && { pretraining }),
    prompts: promptTexts(file),
  };
}

function fileOf(folder: string, { text }: ComparisonRecord): ComparisonFile {
  const { file, problems } = readComparisonText(text);
  if (file) return file;
  const [first] = problems.filter(({ severity }) => severity === "error");
  const problem = l10n.t(
    'its "{0}" is no comparison file: line {1}: {2}',
    "text",
    first?.line ?? 0,
    (first?.message ?? "").replace(/\.$/, ""),
  );
  throw storeFailed(join(folder, comparisonFiles.record), problem);
}

/** The answers to the items of test, each unit's once. */
async function readAnswers(
  folder: string,
  outcomes: readonly UnitOutcome[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, readonly Prediction[]>> {
  const answers = new Map<string, readonly Prediction[]>();
  for (const { unit } of outcomes) {
    if (signal?.aborted) throw new CancelledError("cancelled while reading answers");
    if (unit.split === "test" && !answers.has(unit.id)) answers.set(unit.id, await readPredictions(folder, unit.id));
  }
  return answers;
}

/** What the file itself says to the model. Prompt files are not kept with a run. */
function promptTexts({ arms }: ComparisonFile): readonly PoolText[] {
  return arms.flatMap(({ name, prompt }) => {
    const texts = [prompt?.instruction ?? [], prompt?.template ?? []].flat();
    return texts.map((text) => ({ source: l10n.t("prompt of {0}", name), text }));
  });
}
