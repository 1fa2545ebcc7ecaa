/** Reads a LoRA adapter's folder, in PEFT's layout. It is somebody else's: every key, name and shape is checked. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidCheckpoint, invalidConfig, unsupportedModel } from "../errors";
import type { GPTConfig } from "../model/config";
import { fileExists, readJsonFile } from "../textFile";
import { adaptable, adapterFiles, peftName, peftPrefix } from "./adapterNames";
import { type CheckpointTensor, checkpointNames } from "./checkpoint";
import { brief } from "./headerText";
import { checkedTensor, parameterShapes } from "./parameterNames";
import { openSafetensors, readTensor, type SafetensorsFile } from "./safetensors";

/** What is added to a matrix: `scale` · Aᵀ · Bᵀ, as [inputs, outputs]. */
export interface LoraDelta {
  /** [r, inputs]. */
  readonly a: Float32Array<ArrayBuffer>;
  /** [outputs, r]. */
  readonly b: Float32Array<ArrayBuffer>;
  readonly r: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly scale: number;
}

/** What adapter_config.json says, as far as it changes what is computed. */
export interface AdapterConfig {
  readonly file: string;
  readonly r: number;
  /** α / r, or α / √r (rank-stabilized LoRA). */
  readonly scale: number;
  /** Name or path of the base, as it is written. */
  readonly base: string;
}

/** An adapter, read. */
export interface Adapter {
  readonly weights: SafetensorsFile;
  /** By the canonical name of the matrix they change: `h.0.attn.c_attn.weight`. */
  readonly deltas: ReadonlyMap<string, LoraDelta>;
  /** Tables that take the place of the base's: `wte.weight`, `lm_head.weight`. */
  readonly tables: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /** `score.weight`, `score.bias`: those that the file has, by these names. */
  readonly head: ReadonlyMap<string, CheckpointTensor>;
}

/** Whether a folder holds an adapter, and no model of its own. */
export async function isAdapterFolder(folder: string): Promise<boolean> {
  if (!(await fileExists(join(folder, adapterFiles.config)))) return false;
  for (const name of [checkpointNames.single, checkpointNames.index])
    if (await fileExists(join(folder, name))) return false;
  return true;
}

const off = z.union([z.literal(false), z.null()]).optional();
const nothing = z.union([z.null(), z.strictObject({}), z.tuple([])]).optional();

const configSchema = z.object({
  peft_type: z.literal("LORA"),
  r: z.int().min(1).max(65_536),
  lora_alpha: z.number(),
  base_model_name_or_path: z.string().max(10_000).nullish(),
  bias: z.literal("none").nullish(),
  use_rslora: z.boolean().nullish(),
});

/** Variants of LoRA that compute something else. */
const unsupported = z.object({
  use_dora: off,
  lora_bias: off,
  use_qalora: off,
  use_bdlora: nothing,
  rank_pattern: nothing,
  alpha_pattern: nothing,
  layer_replication: nothing,
  trainable_token_indices: nothing,
  target_parameters: nothing,
  alora_invocation_tokens: nothing,
});

/** Reads adapter_config.json. Throws `invalidConfig` or `unsupportedModel`, naming the key. */
export async function readAdapterConfig(folder: string): Promise<AdapterConfig> {
  const file = join(folder, adapterFiles.config);
  const json = await readJsonFile(file, 4_000_000, (problem) => invalidConfig(file, l10n.t("the whole file"), problem));
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidConfig(file, issue?.path.join(".") ?? "", l10n.t("is wrong ({0})", issue?.message ?? ""));
  }
  const variant = unsupported.safeParse(json);
  if (!variant.success) {
    const key = String(variant.error.issues[0]?.path[0] ?? "");
    const found = Object.entries(Object(json)).find(([name]) => name === key)?.[1];
    throw unsupportedModel(file, key, brief(JSON.stringify(found) ?? ""), l10n.t("plain LoRA"));
  }
  const { r, lora_alpha: alpha, use_rslora, base_model_name_or_path: base } = parsed.data;
  return { file, r, scale: alpha / (use_rslora ? Math.sqrt(r) : r), base: base ?? "" };
}

/** More than any adapter worth its name: they are held in memory. */
const maxBytes = 1 << 30;

/**
 * Reads the adapter's tensors.
 * @param config of the model with the adapter.
 * @throws RuntimeError `invalidCheckpoint`, `tensorMissing`, `tensorShape` or `unsupportedDType`, naming file and tensor.
 */
export async function readAdapter(folder: string, adapter: AdapterConfig, config: GPTConfig): Promise<Adapter> {
  const path = join(folder, adapterFiles.weights);
  const weights = await openSafetensors(path);
  if (weights.byteLength > maxBytes) throw invalidCheckpoint(path, l10n.t("is larger than {0} bytes", maxBytes));
  const names = new FileNames(weights, config);
  const deltas = await readDeltas(names, adapter);
  const tables = await readTables(names);
  const head = new Map<string, CheckpointTensor>();
  for (const name of ["score.weight", "score.bias"]) {
    const entry = weights.tensors.get(names.find(name) ?? "");
    if (entry) head.set(name, { ...entry, file: path });
  }
  const [stranger] = names.unknown;
  if (stranger !== undefined)
    throw invalidCheckpoint(path, l10n.t("belongs to no part of the model that can be adapted"), brief(stranger));
  if (deltas.size === 0) throw invalidCheckpoint(path, l10n.t("holds no LoRA matrices"));
  return { weights, deltas, tables, head };
}

/** What a file calls the tensors, and those nobody asked for. */
class FileNames {
  readonly unknown: Set<string>;

  constructor(
    readonly weights: SafetensorsFile,
    readonly config: GPTConfig,
  ) {
    this.unknown = new Set(weights.tensors.keys());
  }

  /** The file's name of a tensor: without `transformer.` where the adapter was made for the model without a head. */
  find(name: string): string | undefined {
    const full = peftName(name, this.config);
    const bare = full.replace(`${peftPrefix}transformer.`, peftPrefix);
    const found = [full, bare].find((key) => this.weights.tensors.has(key));
    if (found !== undefined) this.unknown.delete(found);
    return found;
  }

  /** The tensor's values. Throws unless it is there and has this shape. */
  async read(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { name: key } = checkedTensor(this.weights, this.find(name) ?? peftName(name, this.config), shape);
    return Float32Array.from(await readTensor(this.weights, key));
  }
}

async function readDeltas(names: FileNames, { r, scale }: AdapterConfig): Promise<Map<string, LoraDelta>> {
  const deltas = new Map<string, LoraDelta>();
  for (const [name, { inputs, outputs }] of adaptable(names.config)) {
    const [nameA, nameB] = [`${name}.lora_A.weight`, `${name}.lora_B.weight`];
    if (names.find(nameA) === undefined && names.find(nameB) === undefined) continue;
    const [a, b] = [await names.read(nameA, [r, inputs]), await names.read(nameB, [outputs, r])];
    deltas.set(`${name}.weight`, { a, b, r, inputs, outputs, scale });
  }
  return deltas;
}

async function readTables(names: FileNames): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const tables = new Map<string, Float32Array<ArrayBuffer>>();
  const shapes = parameterShapes({ ...names.config, quantization: null });
  for (const name of ["wte.weight", "lm_head.weight"]) {
    const shape = shapes.get(name);
    if (shape && names.find(name) !== undefined) tables.set(name, await names.read(name, shape));
  }
  return tables;
}
