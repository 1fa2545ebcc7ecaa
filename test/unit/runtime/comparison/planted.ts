/** A planted task: one word decides the label, so that whoever can learn from labels gets all of it, and a model as it is gets none. */
import { join } from "node:path";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import type { ComparisonItem } from "../../../../src/runtime/comparison/comparisonInput";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import { fillNormal, longRandom } from "../../../../src/runtime/random";
import { randomStream } from "../../../../src/runtime/training/streams";
import { starterFolder } from "../engine/starter";

/** The labels, and the word that decides. */
export const plantedLabels = { no: "river", yes: "window" } as const;

const fillers = ["the", "old", "house", "stands", "near", "a", "road", "and", "people", "walk", "there", "often"];

/** Items of both labels in turn, their words drawn from `seed`. */
export function plantedItems(count: number, seed: number, file = "planted.jsonl"): ComparisonItem[] {
  const random = randomStream(seed, "planted");
  const draw = () => fillers[Math.floor(random() * fillers.length)] ?? "";
  return Array.from({ length: count }, (_, i) => {
    const gold = i % 2 === 0 ? "no" : "yes";
    const words = Array.from({ length: 5 }, draw);
    words.splice(Math.floor(random() * 6), 0, plantedLabels[gold]);
    return { file, line: i + 1, fields: { text: words.join(" ") }, label: gold === "no" ? 0 : 1, gold };
  });
}

/** Share of the items whose predicted label is theirs. */
export function accuracyOf(
  predictions: readonly { readonly item: number; readonly label: number | null }[],
  items: readonly ComparisonItem[],
): number {
  return predictions.filter(({ item, label }) => items[item]?.label === label).length / items.length;
}

/**
 * Writes a GPT-2 of one block with weights large enough to have opinions, and the starter's tokenizer. A blind one does not see where a
 * token stands: it has no positions, and looks at all tokens alike.
 */
export async function opinionatedModel(parent: string, kind: "sighted" | "blind"): Promise<string> {
  const folder = join(parent, kind);
  const sizes = { n_layer: 1, n_head: 2, n_embd: 16, n_positions: 256, vocab_size: 8192 };
  const config = parseGPTConfig(
    { model_type: "gpt2", ...sizes, eos_token_id: 8191, bos_token_id: 8191 },
    "config.json",
  );
  const random = longRandom(5);
  const values = (name: string, count: number) => {
    const drawn = new Float32Array(count);
    if (/(^|\.)ln_.*\.weight$/.test(name)) drawn.fill(1);
    else fillNormal(drawn, 0.3, random);
    if (kind === "blind" && name === "wpe.weight") drawn.fill(0);
    // Rows of [inputs, 3 · C]: queries, keys, values.
    if (kind === "blind" && name.includes("c_attn.")) for (let i = 0; i < count; i++) if (i % 48 < 32) drawn[i] = 0;
    return [drawn];
  };
  const copy = ["vocab.json", "merges.txt"].map((file) => join(starterFolder, file));
  await exportModel(folder, { config, values }, { dtype: "F32", copy });
  return folder;
}
