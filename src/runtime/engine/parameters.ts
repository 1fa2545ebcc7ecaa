/** A checkpoint's tensors as values of a graph: read in place by onnxruntime, never copied by us. */
import { basename, dirname } from "node:path";
import type { Checkpoint, CheckpointTensor, SafetensorsDType } from "../checkpoint/checkpoint";
import type { GraphBuilder } from "../graph/graph";
import type { DType } from "../graph/types";
import type { ParameterSource } from "../model/gpt";

/** Makes every parameter of the checkpoint a value that points into its file; 16-bit ones are widened as they are read. */
export function checkpointParameters(parameters: ReadonlyMap<string, CheckpointTensor>): ParameterSource {
  return (g: GraphBuilder, name: string) => {
    const tensor = parameters.get(name);
    const dtype = tensor && storedTypes[tensor.dtype];
    if (!tensor || !dtype) throw new TypeError(`parameter ${name} was not resolved`);
    const { offset, byteLength, shape } = tensor;
    const stored = g.external(name, dtype, shape, { location: basename(tensor.file), offset, byteLength });
    return dtype === "float16" || dtype === "bfloat16" ? g.cast(stored, "float32") : stored;
  };
}

const storedTypes: Readonly<Partial<Record<SafetensorsDType, DType>>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  U8: "uint8",
};

/** The folder that a checkpoint's files lie in, for `SessionOptions.folder`. */
export function checkpointFolder({ files: [first] }: Checkpoint): string {
  if (!first) throw new TypeError("a checkpoint has a file");
  return dirname(first.path);
}
