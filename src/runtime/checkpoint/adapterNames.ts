/** Names of a LoRA adapter's tensors, in PEFT's words and in ours. */
import type { GPTConfig } from "../model/config";
import { parameterShapes, storedName } from "./parameterNames";

/** Names of the files of an adapter's folder. */
export const adapterFiles = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;

/** What PEFT puts before every name. */
export const peftPrefix = "base_model.model.";

/** The matrices of blocks by canonical name (`h.0.attn.c_attn`), with their number of inputs and outputs. */
export function adaptable(
  config: GPTConfig,
): ReadonlyMap<string, { readonly inputs: number; readonly outputs: number }> {
  const matrices = new Map<string, { readonly inputs: number; readonly outputs: number }>();
  for (const [name, [first = 0, second]] of parameterShapes({ ...config, quantization: null })) {
    if (!name.startsWith("h.") || second === undefined) continue;
    const [inputs, outputs] = config.matrixLayout === "inOut" ? [first, second] : [second, first];
    matrices.set(name.slice(0, -".weight".length), { inputs, outputs });
  }
  return matrices;
}

/** `h.0.attn.c_attn.lora_A.weight` and so on, as PEFT's file has it. */
export function peftName(name: string, config: GPTConfig): string {
  return `${peftPrefix}${name.startsWith("score.") ? name : storedName(name, config)}`;
}

/** The end of a module's name by which PEFT finds it: `attn.c_proj` is another than `mlp.c_proj`. */
export function peftTarget(target: string, config: GPTConfig): string {
  return storedName(`h.0.${target}.weight`, config)
    .replace(/^.*?h\.0\./, "")
    .slice(0, -".weight".length);
}
