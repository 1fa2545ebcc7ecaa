/** Classifications in words. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Classification } from "../../runtime/trainingProtocol";

/** One decimal; what is not zero does not show as zero. */
export function percent(share: number): string {
  const value = 100 * share;
  return value > 0 && value < 0.1 ? "< 0.1 %" : `${value.toFixed(1)} %`;
}

/** The most probable label with its probability. */
export function bestText({ labels }: Classification): string {
  const [best] = labels;
  return best ? `${best.label} ${percent(best.probability)}` : "";
}

/** Labels that a message names. */
const named = 9;

/** The most probable label, and all others after it. */
export function allText(classification: Classification): string {
  const others = classification.labels.slice(1).map(({ label, probability }) => `${label} ${percent(probability)}`);
  const shown = [...others.slice(0, named), ...(others.length > named ? ["…"] : [])].join(", ");
  const cut = classification.truncated ? [l10n.t("the text was too long and was cut")] : [];
  const notes = [...(shown === "" ? [] : [shown]), ...cut].join("; ");
  return notes === "" ? bestText(classification) : `${bestText(classification)} (${notes})`;
}
