/** A model folder, compiled for a device and ready to run. */
import { basename, dirname } from "node:path";
import type { Checkpoint, CheckpointTensor, SafetensorsDType } from "../checkpoint/checkpoint";
import type { ModelFolder } from "../checkpoint/store";
import { CancelledError } from "../errors";
import type { GraphBuilder } from "../graph/graph";
import type { DType } from "../graph/types";
import { cacheNames } from "../model/attention";
import type { GPTConfig } from "../model/config";
import { buildInferenceGraph, type ParameterSource } from "../model/gpt";
import type { Device, ModelInfo } from "../protocol";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { cacheOutputsOn, createKVCache, type KVCache } from "./kvCache";
import { Session } from "./session";

/** A model that can run. Call `dispose` to free it. */
export interface LoadedModel {
  readonly info: ModelInfo;
  readonly config: GPTConfig;
  readonly tokenizer: Tokenizer | null;
  /** The inference graph. */
  readonly session: Session;
  /** An empty cache for one sequence of `tokens` tokens, but no more than the context. */
  newCache(tokens: number): KVCache;
  dispose(): Promise<void>;
}

/** Compiles the inference graph of an opened folder. Throws `sessionFailed`, or `CancelledError` when `signal` aborts. */
export async function loadModel(
  model: ModelFolder,
  device: Device,
  startedAt: number,
  signal?: AbortSignal,
): Promise<LoadedModel> {
  const { config, tokenizer } = model;
  const session = await createInferenceSession(model, device);
  if (signal?.aborted) {
    await session.release();
    throw new CancelledError("cancelled while loading");
  }
  return {
    info: describe(model, device, startedAt),
    config,
    tokenizer,
    session,
    newCache: (tokens) => createKVCache(config, device, tokens),
    async dispose() {
      tokenizer?.free();
      await session.release();
    },
  };
}

/** Makes every parameter of the checkpoint a value that points into its file; what is not float32 is widened as it is read. */
export function checkpointParameters(parameters: ReadonlyMap<string, CheckpointTensor>): ParameterSource {
  return (g: GraphBuilder, name: string) => {
    const tensor = parameters.get(name);
    const dtype = tensor && storedTypes[tensor.dtype];
    if (!tensor || !dtype) throw new TypeError(`parameter ${name} was not resolved`);
    const { offset, byteLength, shape } = tensor;
    const stored = g.external(name, dtype, shape, { location: basename(tensor.file), offset, byteLength });
    return dtype === "float32" ? stored : g.cast(stored, "float32");
  };
}

const storedTypes: Readonly<Partial<Record<SafetensorsDType, DType>>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** The folder that a checkpoint's files lie in, for `SessionOptions.folder`. */
export function checkpointFolder({ files: [first] }: Checkpoint): string {
  if (!first) throw new TypeError("a checkpoint has a file");
  return dirname(first.path);
}

async function createInferenceSession(model: ModelFolder, device: Device): Promise<Session> {
  const graph = buildInferenceGraph(model.config, checkpointParameters(model.parameters), cacheOutputsOn[device]);
  const layers = Array.from({ length: model.config.nLayer }, (_, layer) => cacheNames(layer));
  const onDevice = layers.flat().map(({ output }) => output);
  const folder = checkpointFolder(model.checkpoint);
  return Session.create(graph, { name: `inference graph of ${model.name}`, device, folder, onDevice });
}

function describe(model: ModelFolder, device: Device, startedAt: number): ModelInfo {
  const { config } = model;
  const sizes = Array.from(model.parameters.values(), ({ shape }) => shape.reduce((a, b) => a * b, 1));
  return {
    folder: model.folder,
    name: model.name,
    modelType: config.modelType,
    device,
    parameterCount: sizes.reduce((a, b) => a + b, 0),
    nLayer: config.nLayer,
    nHead: config.nHead,
    nEmbd: config.nEmbd,
    nPositions: config.nPositions,
    vocabSize: config.vocabSize,
    hasTokenizer: model.tokenizer !== null,
    loadMs: performance.now() - startedAt,
  };
}
