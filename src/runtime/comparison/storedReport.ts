/** The report of a comparison in its folder. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { type BuiltReport, buildReport } from "./report/buildReport";
import { readReportInput } from "./report/readReport";
import type { ReportInput } from "./report/reportInput";

/** A report, and what it was made from. */
export interface StoredReport extends BuiltReport {
  readonly input: ReportInput;
}

/**
 * Builds the report of a comparison that is complete.
 * @throws RuntimeError `invalidRequest` for one that is not; as `readReportInput` and `buildReport`.
 */
export async function storedReport(folder: string, signal: AbortSignal): Promise<StoredReport> {
  const input = await readReportInput(folder, signal);
  const { state } = input.record;
  if (state === "completed") return { input, ...(await buildReport(input, signal)) };
  throw invalidRequest(
    l10n.t("the comparison in {0} is not complete ({1})", folder, state),
    l10n.t("Resume it first."),
  );
}
