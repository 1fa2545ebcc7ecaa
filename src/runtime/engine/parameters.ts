/** A checkpoint's tensors as values of a graph: read in place by onnxruntime, never copied by us. */
import { basename, dirname } from "node:path";
import type { LoraDelta } from "../checkpoint/adapterFolder";
import type { Checkpoint, CheckpointTensor, SafetensorsDType } from "../checkpoint/checkpoint";
import type { ModelFolder } from "../checkpoint/store";
import type { GraphBuilder } from "../graph/graph";
import type { DType, Value } from "../graph/types";
import type { GPTConfig } from "../model/config";
import type { ParameterSource } from "../model/gpt";

/**
 * Makes every parameter of the checkpoint a value that points into its file; 16-bit ones are widened as they are read. An adapter's changes
 * are added to them in the graph: they are constants, so that onnxruntime does it once, when it compiles.
 */
export function checkpointParameters(
  model: Pick<ModelFolder, "parameters" | "adapter" | "config" | "head">,
): ParameterSource {
  const { parameters, adapter, config, head } = model;
  return (g: GraphBuilder, name: string) => {
    const table = adapter?.tables.get(name);
    if (table) return g.floats(table, [table.length / config.nEmbd, config.nEmbd]);
    const ofHead = head.get(name);
    if (ofHead)
      return g.floats(ofHead, name === "score.bias" ? [ofHead.length] : [ofHead.length / config.nEmbd, config.nEmbd]);
    const stored = storedParameter(g, name, parameters.get(name));
    const delta = adapter?.deltas.get(name);
    return delta ? adapted(g, stored, delta, config.matrixLayout) : stored;
  };
}

function storedParameter(g: GraphBuilder, name: string, tensor: CheckpointTensor | undefined): Value {
  const dtype = tensor && storedTypes[tensor.dtype];
  if (!tensor || !dtype) throw new TypeError(`parameter ${name} was not resolved`);
  const { offset, byteLength, shape } = tensor;
  const stored = g.external(name, dtype, shape, { location: basename(tensor.file), offset, byteLength });
  return dtype === "float16" || dtype === "bfloat16" ? g.cast(stored, "float32") : stored;
}

/**
 * W + scale · Aᵀ · Bᵀ (Hu et al. 2021 §4.1), in the layout of W. One node: onnxruntime keeps what it folds until all is compiled.
 */
function adapted(g: GraphBuilder, weight: Value, delta: LoraDelta, layout: GPTConfig["matrixLayout"]): Value {
  const { a, b, r, inputs, outputs, scale: alpha } = delta;
  const [left, right] = [g.floats(a, [r, inputs]), g.floats(b, [outputs, r])];
  if (layout === "inOut") return g.gemm(left, right, { alpha, transA: 1, transB: 1 }, weight);
  return g.gemm(right, left, { alpha }, weight);
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
