/** Values of the graph language: a name, an element type, a shape. */

/** Element types that our graphs use. */
export type DType = "float32" | "float16" | "bfloat16" | "uint8" | "int64" | "int32" | "bool";

/** A length: a number, or the name of one that is known only when the graph runs (`"batch"`, `"sequence"`). */
export type Dim = number | string;

/** Type and shape of a tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** A tensor of a graph: an input, a parameter, a constant or an output of a node. Names are unique in a graph. */
export interface Value extends TensorType {
  readonly name: string;
}

/** Bytes of a parameter inside a file: the checkpoint is read in place, never copied. */
export interface ExternalData {
  /** File name, without folder. */
  readonly location: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A tensor whose contents are part of the model. */
export type Initializer =
  | { readonly kind: "inline"; readonly value: Value; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "external"; readonly value: Value; readonly data: ExternalData };

/** Whether two dimensions are known to be the same length. */
export function sameDim(a: Dim | undefined, b: Dim | undefined): boolean {
  return a !== undefined && a === b;
}

/** A shape for a message: `[batch, 4, 8]`. */
export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.join(", ")}]`;
}
