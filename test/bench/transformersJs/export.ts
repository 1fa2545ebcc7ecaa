/** Writes a GPT-2 as an ONNX export in Hugging Face's layout, so that transformers.js runs the very model that we run. */
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  TensorProto_DataLocation as DataLocation,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "onnx-buf";
import { openModelFolder } from "../../../src/runtime/checkpoint/store";
import { checkpointParameters } from "../../../src/runtime/engine/parameters";
import { encodeModel } from "../../../src/runtime/graph/onnx";
import { buildGpt2Export, type LogitsAt } from "./gpt2Graph";
import { type Quantizer, quantizeGraph, type Weight } from "./quantizeGraph";

/** transformers.js' name of a precision. */
export type PeerDType = "fp32" | Quantizer;

/** An export's file, without the ending that tells its precision. */
export const exportNames: { readonly [L in LogitsAt]: string } = { everywhere: "model", last: "model_last_logits" };

/** What transformers.js expects at the end of the name. */
const endings: { readonly [D in PeerDType]: string } = { fp32: "", q8: "_quantized", q4: "_q4" };

/**
 * Writes the float32 GPT-2 in `source` to `target`, with logits everywhere and with the last ones only. At 4 bits the latter also lets
 * onnxruntime round inputs to 8 bits, as our graphs do: published exports do not, and are slower for it.
 */
export async function writeOnnxExports(source: string, target: string, dtype: PeerDType): Promise<void> {
  await mkdir(join(target, "onnx"), { recursive: true });
  const config: unknown = JSON.parse(await readFile(join(source, "config.json"), "utf8"));
  // No end of text: all tokens that are asked for shall come.
  const ours = { architectures: ["GPT2LMHeadModel"], bos_token_id: null, eos_token_id: null };
  await writeFile(join(target, "config.json"), JSON.stringify({ ...Object(config), ...ours }));
  for (const logitsAt of ["everywhere", "last"] as const)
    await writeExport(source, join(target, "onnx", `${exportNames[logitsAt]}${endings[dtype]}.onnx`), logitsAt, dtype);
}

async function writeExport(source: string, path: string, logitsAt: LogitsAt, dtype: PeerDType): Promise<void> {
  const folder = await openModelFolder(source);
  folder.tokenizer?.free();
  const graph = buildGpt2Export(folder.config, checkpointParameters(folder), logitsAt);
  const model = fromBinary(ModelProtoSchema, encodeModel(graph, "gpt2"));
  if (!model.graph) throw new TypeError("a model has a graph");
  const { initializer, node: nodes } = model.graph;
  const weights = new Map(initializer.filter(isExternal).map((tensor) => [tensor.name, storedWeight(source, tensor)]));
  const plain = { nodes, weights };
  const accuracyLevel = logitsAt === "last" ? 4 : 0;
  const written = dtype === "fp32" ? plain : await quantizeGraph(plain, dtype, accuracyLevel);
  model.graph.initializer = initializer.filter((tensor) => !isExternal(tensor));
  model.graph.node = [...written.nodes];
  await writeModel(path, model, written.weights.values());
}

function isExternal({ dataLocation }: TensorProto): boolean {
  return dataLocation === DataLocation.EXTERNAL;
}

/** A float32 tensor that lies in a file of `folder`. */
function storedWeight(folder: string, { name, dataType, dims, externalData }: TensorProto): Weight {
  const entry = (key: string) => externalData.find((each) => each.key === key)?.value ?? "";
  const [offset, length] = [Number(entry("offset")), Number(entry("length"))];
  const read = async () => {
    const file = await open(join(folder, basename(entry("location"))));
    try {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, offset);
      return bytes;
    } finally {
      await file.close();
    }
  };
  return { name, dataType, dims: dims.map(Number), read };
}

/** A message of Protocol Buffers may be written in pieces, which readers merge: so never is all of it in memory. */
async function writeModel(path: string, model: ModelProto, weights: Iterable<Weight>): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(toBinary(ModelProtoSchema, model));
    for (const { name, dataType, dims, read } of weights) {
      const initializer = [{ name, dataType, dims: dims.map(BigInt), rawData: await read() }];
      await file.write(toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { initializer } })));
    }
  } finally {
    await file.close();
  }
}
