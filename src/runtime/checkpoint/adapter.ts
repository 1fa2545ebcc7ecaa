/**
 * Writes a LoRA adapter (Hu et al. 2021) as PEFT does, with the classifier's head in it: `adapter_config.json` and
 * `adapter_model.safetensors`. A `config.json` beside them describes the model that base and adapter make together.
 */
import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { formatGPTConfig, type GPTConfig, type RawConfig } from "../model/config";
import type { TrainingMethod } from "../trainingProtocol";
import { adaptable, adapterFiles, peftName, peftTarget } from "./adapterNames";
import { addSpecialTokens } from "./addSpecialTokens";
import type { ClassifierInfo } from "./classifierInfo";
import { classifierKeys, headShapes } from "./exportClassifier";
import { encodeFloats } from "./narrow";
import { writeNewFolder } from "./newFolder";
import { parameterShapes } from "./parameterNames";
import { type TensorToWrite, writeSafetensors } from "./safetensorsWriter";

/** How a LoRA adapter was trained. */
export type LoraMethod = Extract<TrainingMethod, { readonly kind: "lora" }>;

/** An adapter to write. */
export interface AdapterToWrite {
  /** Of the model with the adapter: its vocabulary may have more rows than the base's. */
  readonly config: GPTConfig;
  readonly method: LoraMethod;
  /** `h.0.attn.c_attn.lora_A.weight` [r, inputs], `….lora_B.weight` [outputs, r], `score.weight`, and the embedding where it is kept. */
  readonly values: (name: string) => Promise<Float32Array>;
  readonly info: ClassifierInfo;
  readonly tokenizerFiles: readonly string[];
  /** Keep the token embedding with the adapter, which has rows that the base has not. */
  readonly embedding?: boolean;
}

/**
 * Writes `folder`, which must not exist, whole or not at all.
 * @throws RuntimeError `storeFailed` or `cannotWrite`; `CancelledError`. Then nothing is left behind.
 */
export async function writeAdapter(
  folder: string,
  adapter: AdapterToWrite,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await writeNewFolder(folder, (part) => writeContents(part, adapter, options.signal));
}

async function writeContents(folder: string, adapter: AdapterToWrite, signal?: AbortSignal): Promise<void> {
  const { config, info } = adapter;
  const raw = { ...formatGPTConfig(config), dtype: "float32", ...classifierKeys(config, info) };
  await writeJson(join(folder, "config.json"), raw);
  await writeJson(join(folder, adapterFiles.config), peftConfig(adapter));
  for (const file of adapter.tokenizerFiles) await copyFile(file, join(folder, basename(file)));
  await addSpecialTokens(folder, config, info.special);
  const tensors = Array.from(adapterShapes(adapter), ([name, shape]): TensorToWrite => {
    const bytes = async function* () {
      yield encodeFloats(await adapter.values(name), "F32");
    };
    return { name: peftName(name, config), dtype: "F32", shape, bytes };
  });
  const metadata = { format: "pt" };
  await writeSafetensors(join(folder, adapterFiles.weights), tensors, { metadata, ...(signal && { signal }) });
}

/** By canonical name: the factors of every target in every layer, the head, the embedding where it is kept. */
function adapterShapes({ config, method, info, embedding }: AdapterToWrite): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, { inputs, outputs }] of adaptable(config)) {
    if (!method.targetModules.includes(name.replace(/^h\.\d+\./, ""))) continue;
    shapes.set(`${name}.lora_A.weight`, [method.r, inputs]);
    shapes.set(`${name}.lora_B.weight`, [outputs, method.r]);
  }
  for (const [name, shape] of headShapes(config, info)) shapes.set(name, shape);
  const all = parameterShapes(config);
  if (embedding)
    for (const name of ["wte.weight", "lm_head.weight"]) {
      const shape = all.get(name);
      if (shape) shapes.set(name, shape);
    }
  return shapes;
}

/** The keys that PEFT's `LoraConfig` needs; what is absent has its default. */
function peftConfig({ config, method, info }: AdapterToWrite): RawConfig {
  return {
    peft_type: "LORA",
    task_type: "SEQ_CLS",
    base_model_name_or_path: info.base.folder,
    r: method.r,
    lora_alpha: method.loraAlpha,
    lora_dropout: method.loraDropout,
    target_modules: method.targetModules.map((target) => peftTarget(target, config)),
    modules_to_save: ["score"],
    // Conv1D keeps its matrices as [in, out].
    fan_in_fan_out: config.matrixLayout === "inOut",
    bias: "none",
    use_rslora: false,
    use_dora: false,
    inference_mode: true,
  };
}

function writeJson(file: string, json: unknown): Promise<void> {
  return writeFile(file, `${JSON.stringify(json, null, 2)}\n`);
}
