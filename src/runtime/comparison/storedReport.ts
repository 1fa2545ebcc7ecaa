/** The report of a comparison in its folder: all that it is made from is there. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { buildReport } from "./report/buildReport";
import { testedArms } from "./report/comparedArms";
import { readReportInput } from "./report/readReport";
import type { ReportedComparison } from "./report/reportText";

/**
 * Builds the report of a comparison that is complete, or of the arms that came to their end where others failed.
 * @throws RuntimeError `invalidRequest` for one that is neither; as `readReportInput` and `buildReport` do; `CancelledError`.
 */
export async function storedReport(folder: string, signal: AbortSignal): Promise<ReportedComparison> {
  const input = await readReportInput(folder, signal);
  const { state } = input.record;
  const isDone = state === "completed" || (state === "failed" && testedArms(input).length > 0);
  if (isDone) return { input, ...(await buildReport(input, signal)) };
  const problem = l10n.t("the comparison in {0} is not complete ({1})", folder, state);
  throw invalidRequest(problem, l10n.t("Resume it first."));
}
