/** Forms of a report as a file, in words. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReportForm } from "../../runtime/comparisonProtocol";

/** Every form with its name in the menu. */
export function comparisonFormNames(): readonly { readonly form: ComparisonReportForm; readonly name: string }[] {
  return [
    { form: "html", name: l10n.t("Page (HTML)…") },
    { form: "md", name: l10n.t("Text (Markdown)…") },
    { form: "csv", name: l10n.t("Arms as a table (CSV)…") },
    { form: "json", name: l10n.t("Everything (JSON)…") },
    { form: "jsonl", name: l10n.t("Every answer (JSON Lines)…") },
    { form: "junit", name: l10n.t("Assertions as tests (JUnit)…") },
  ];
}
