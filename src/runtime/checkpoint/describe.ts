/** Describes a model folder from its config.json and its checkpoint's headers. No weight is read. */
import { basename, dirname } from "node:path";
import { formatPattern } from "../model/attentionPattern";
import { estimateMemory } from "../model/memory";
import type { ModelDescription, ModelDetails, Precision, TensorDescription } from "../modelsProtocol";
import type { CheckpointTensor } from "./checkpoint";
import { parameterCount } from "./parameterNames";
import type { SafetensorsFile } from "./safetensors";
import { type ModelFolder, openModelFolder } from "./store";

/**
 * What there is to know of a model folder without loading it.
 * @throws RuntimeError as `openModelFolder` does: a folder that is described can be loaded.
 */
export async function describeModelFolder(folder: string): Promise<ModelDetails> {
  const model = await openModelFolder(folder);
  model.tokenizer?.free();
  return { folder: model.folder, description: describe(model), tensors: describeTensors(model) };
}

function describe(model: ModelFolder): ModelDescription {
  const { config } = model;
  const parameters = [...model.parameters.values()];
  const inMemory = parametersInMemory(model);
  return {
    modelType: config.modelType,
    precision: config.quantization ? `Q${config.quantization.bits}` : precisionOf(parameters),
    parameterCount: parameterCount(config),
    fileBytes: filesOf(model).reduce((sum, { byteLength }) => sum + byteLength, 0),
    nLayer: config.nLayer,
    nHead: config.nHead,
    nEmbd: config.nEmbd,
    nInner: config.nInner,
    nPositions: config.nPositions,
    vocabSize: config.vocabSize,
    attention: config.attentionPatterns.map(formatPattern),
    hasTokenizer: model.tokenizer !== null,
    ...(model.classifier && { classifier: { task: model.classifier.task, labels: model.classifier.labels } }),
    ...(model.adapter && { adapterOf: dirname(model.checkpoint.path) }),
    memory: {
      webgpu: estimateMemory(config, "webgpu", inMemory),
      cuda: estimateMemory(config, "cuda", inMemory),
      directml: estimateMemory(config, "directml", inMemory),
      coreml: estimateMemory(config, "coreml", inMemory),
      cpu: estimateMemory(config, "cpu", inMemory),
    },
  };
}

/** Of an adapter its own file. */
function filesOf({ checkpoint, adapter }: ModelFolder): readonly SafetensorsFile[] {
  return adapter ? [adapter.weights] : checkpoint.files;
}

function describeTensors(model: ModelFolder): TensorDescription[] {
  return filesOf(model).flatMap(({ path, tensors }) =>
    Array.from(tensors.values(), ({ name, dtype, shape, byteLength }) => ({
      name,
      file: basename(path),
      dtype,
      shape,
      byteLength,
    })),
  );
}

const precisions: Readonly<Record<string, Precision>> = { F32: "F32", F16: "F16", BF16: "BF16" };

function precisionOf(parameters: readonly CheckpointTensor[]): Precision {
  const found = new Set(parameters.map(({ dtype }) => dtype));
  const [only] = found;
  return (found.size === 1 && only && precisions[only]) || "mixed";
}

/** Bytes of a model's parameters once they are read. */
export function parametersInMemory({ parameters }: Pick<ModelFolder, "parameters">): number {
  return [...parameters.values()].reduce((sum, parameter) => sum + memoryBytes(parameter), 0);
}

/** Quantized matrices stay as they are; all else is float32 once it is read. */
function memoryBytes({ dtype, shape, byteLength }: CheckpointTensor): number {
  return dtype === "U8" ? byteLength : 4 * shape.reduce((a, b) => a * b, 1);
}
