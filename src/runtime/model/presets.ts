/** The papers' sizes as named models to create. */
import { type GPTConfig, parseGPTConfig, type RawConfig } from "./config";

/** A size from a paper. */
export interface Preset {
  readonly name: string;
  /** Where the paper says it. */
  readonly source: string;
  readonly config: GPTConfig;
}

/** GPT-2's four (Radford et al. 2019, table 2): layers, width, heads. The width of a head is 64 in all. */
const gpt2Sizes = {
  "gpt2-small": [12, 768, 12],
  "gpt2-medium": [24, 1024, 16],
  "gpt2-large": [36, 1280, 20],
  "gpt2-xl": [48, 1600, 25],
} as const;

/**
 * GPT-3's eight (Brown et al. 2020, table 2.1): layers, width, heads. Two rows of the table do not add up: XL has 24 heads of 128 for a
 * width of 2048, and 13B has a width of 5140 for 40 heads of 128. Widths and heads are made to agree as the parameter counts say: 16
 * heads of 128, and a width of 5120.
 */
const gpt3Sizes = {
  "gpt3-small": [12, 768, 12],
  "gpt3-medium": [24, 1024, 16],
  "gpt3-large": [24, 1536, 16],
  "gpt3-xl": [24, 2048, 16],
  "gpt3-2.7b": [32, 2560, 32],
  "gpt3-6.7b": [32, 4096, 32],
  "gpt3-13b": [40, 5120, 40],
  "gpt3-175b": [96, 12_288, 96],
} as const;

/** The paper alternates dense and banded layers but gives no band: this is GPT-Neo's, which reproduced it. */
const gpt3Band = 256;

/** All of them, by paper and size. */
export const presets: readonly Preset[] = [
  preset("gpt1", "Radford et al. 2018 §4.1", { model_type: "openai-gpt" }),
  ...Object.entries(gpt2Sizes).map(([name, sizes]) =>
    preset(name, "Radford et al. 2019, table 2", { model_type: "gpt2", ...keys(sizes) }),
  ),
  ...Object.entries(gpt3Sizes).map(([name, sizes]) =>
    preset(name, "Brown et al. 2020, table 2.1", {
      model_type: "gpt3",
      ...keys(sizes),
      n_positions: 2048,
      attention_patterns: Array.from({ length: sizes[0] }, (_, i) => (i % 2 === 0 ? "dense" : `banded(${gpt3Band})`)),
    }),
  ),
];

function keys([n_layer, n_embd, n_head]: readonly [number, number, number]) {
  return { n_layer, n_embd, n_head };
}

function preset(name: string, source: string, raw: RawConfig): Preset {
  return { name, source, config: parseGPTConfig(raw, name) };
}
