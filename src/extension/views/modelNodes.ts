import type { ListedModel } from "../modelStore";
import type { DetailRow } from "./modelRow";

/** A model's row. A class, so that a command can tell it from whatever else it may be called with. */
export class ModelNode {
  readonly kind = "model";
  constructor(readonly model: ListedModel) {}
}

/** What the Models view is made of. */
export type Node =
  | ModelNode
  | { readonly kind: "detail"; readonly id: string; readonly row: DetailRow }
  /** The store could not be listed. */
  | { readonly kind: "problem"; readonly text: string };
