/** Names of what the matrix picture is of. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import type { AttentionChoice, SourceKind } from "./choice";

/** A source's name in the list. */
export function sourceName(source: SourceKind): string {
  switch (source) {
    case "head":
      return l10n.t("One head");
    case "layerMean":
      return l10n.t("Mean of a layer");
    case "layerMax":
      return l10n.t("Maximum of a layer");
    case "allMean":
      return l10n.t("Mean of all heads");
    case "allMax":
      return l10n.t("Maximum of all heads");
    case "rollout":
      return l10n.t("Rollout");
    case "flow":
      return l10n.t("Flow");
    default:
      return source satisfies never;
  }
}

/** What is shown, with its layer and head. */
export function sourceTitle({ source, layer, head }: AttentionChoice): string {
  switch (source) {
    case "head":
      return l10n.t("Attention of layer {0}, head {1}", layer, head);
    case "layerMean":
      return l10n.t("Mean attention of layer {0}", layer);
    case "layerMax":
      return l10n.t("Maximal attention of layer {0}", layer);
    case "allMean":
      return l10n.t("Mean attention of all heads");
    case "allMax":
      return l10n.t("Maximal attention of all heads");
    case "rollout":
      return l10n.t("Attention rollout through layer {0}", layer);
    case "flow":
      return l10n.t("Attention flow from layer {0}", layer);
    default:
      return source satisfies never;
  }
}
