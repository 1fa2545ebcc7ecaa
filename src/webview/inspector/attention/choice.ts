/** What the attention view shows, and how it changes. Pure. */
import type { HeadStatistic, MatrixSource } from "../../../runtime/analysisProtocol";
import type { HeatScale } from "../../shared/heatScale";

/** Pictures of one head, layer or model. */
export const pictureIds = ["matrix", "lines", "segments", "reach"] as const;

/** A picture. */
export type PictureId = (typeof pictureIds)[number];

/** What the matrix picture can be of. `flow` is a row, not a matrix. */
export const sourceKinds = ["head", "layerMean", "layerMax", "allMean", "allMax", "rollout", "flow"] as const;

/** What the matrix picture is of. */
export type SourceKind = (typeof sourceKinds)[number];

/** Order of the heads. */
export type HeadOrder = HeadStatistic | "layer";

/** Everything chosen in the view but the token, which the whole panel shares. */
export interface AttentionChoice {
  readonly layer: number;
  readonly head: number;
  readonly source: SourceKind;
  readonly picture: PictureId;
  readonly order: HeadOrder;
  /** Largest first; of layers and heads, the last first. */
  readonly descending: boolean;
  /** Whether the heads are shown as a table of numbers. */
  readonly headsAsTable: boolean;
  /** Whether segments are those of one head or the mean of its layer. */
  readonly segmentsOf: "head" | "layer";
  readonly scale: HeatScale;
}

/** What is shown first. */
export const firstChoice: AttentionChoice = {
  layer: 0,
  head: 0,
  source: "head",
  picture: "matrix",
  order: "layer",
  descending: false,
  headsAsTable: false,
  segmentsOf: "head",
  scale: "sqrt",
};

/** The choice for a model of so many layers and heads: what it does not have is not chosen. */
export function withinModel(choice: AttentionChoice, layers: number, heads: number): AttentionChoice {
  const layer = Math.min(choice.layer, layers - 1);
  const head = Math.min(choice.head, heads - 1);
  return layer === choice.layer && head === choice.head ? choice : { ...choice, layer, head };
}

/** Another order; the same one again turns it round. Statistics start with the largest. */
export function withOrder(choice: AttentionChoice, order: HeadOrder): AttentionChoice {
  const descending = order === choice.order ? !choice.descending : order !== "layer";
  return { ...choice, order, descending };
}

/** The matrix to ask for; null for flow. */
export function matrixSource({ source, layer, head }: AttentionChoice): MatrixSource | null {
  switch (source) {
    case "head":
      return { kind: "head", layer, head };
    case "layerMean":
      return { kind: "layer", layer, combine: "mean" };
    case "layerMax":
      return { kind: "layer", layer, combine: "max" };
    case "allMean":
      return { kind: "all", combine: "mean" };
    case "allMax":
      return { kind: "all", combine: "max" };
    case "rollout":
      return { kind: "rollout", layer };
    case "flow":
      return null;
    default:
      return source satisfies never;
  }
}

/** Whether a layer is part of the source. */
export function needsLayer(source: SourceKind): boolean {
  return source !== "allMean" && source !== "allMax";
}
