/** What a unit of work is for, shortly. */
import * as l10n from "@vscode/l10n";
import type { ComparisonUnit } from "../comparisonRecord";

/** The part that it answers, or its point of a curve. */
export function purposeText({ purpose, labels, choice }: ComparisonUnit): string {
  switch (purpose) {
    case "choose":
      return l10n.t("dev");
    case "test":
      return l10n.t("test");
    case "labelCurve":
      return l10n.t("{0} labels", labels);
    case "kCurve":
      return l10n.t("K = {0}", choice.kind === "prompt" ? choice.k : 0);
    default:
      return purpose satisfies never;
  }
}
