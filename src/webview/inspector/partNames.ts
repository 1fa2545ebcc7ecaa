/** Names of a model's parts, counted from 0 as in papers. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import type { Ablated } from "../../runtime/analysisProtocol";

/** A layer by its index, in words. */
export function layerName(layer: number): string {
  return l10n.t("Layer {0}", layer);
}

/** A row of the lens: the embeddings, the states after a layer, or those after the last one, the model's own output. */
export function lensRowName(row: number, rows: number): string {
  if (row === 0) return l10n.t("Embeddings");
  return row === rows - 1 ? l10n.t("Output ({0})", row - 1) : layerName(row - 1);
}

/** A head or an MLP, in words that can stand in a sentence. */
export function partName(part: Ablated): string {
  return part.kind === "head"
    ? l10n.t("layer {0} head {1}", part.layer, part.head)
    : l10n.t("the MLP of layer {0}", part.layer);
}

/** Several of them. */
export function partNames(parts: readonly Ablated[], language: string): string {
  return new Intl.ListFormat(language || "en", { type: "conjunction" }).format(parts.map(partName));
}
