/** Writes a GPT-2 of a given size with random weights, where only the sizes matter. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { exportModel } from "../src/runtime/checkpoint/export";
import { parseGPTConfig } from "../src/runtime/model/config";
import { initialValues } from "../src/runtime/model/initialize";
import { longRandom } from "../src/runtime/random";
import { cacheFolder } from "./vscode/cacheFolder";

/** GPT-2 small (Radford et al. 2019, table 2): 124 million parameters, 500 MB. Has no tokenizer. */
export function randomGpt2Small(): Promise<string> {
  return randomModel("gpt2-small-random", {});
}

/** 6 layers, 384 wide, 6 heads, the starter's 8,192 words: 14 million parameters. Has no tokenizer. */
export function trainBenchModel(): Promise<string> {
  return randomModel("train-bench", { n_layer: 6, n_head: 6, n_embd: 384, n_positions: 256, vocab_size: 8192 });
}

/** A model with the starter's tokenizer, slow enough to be interrupted: 54 million parameters, 220 MB. */
export async function slowModel(): Promise<string> {
  const sizes = { n_layer: 10, n_head: 10, n_embd: 640, n_positions: 512, vocab_size: 8192 };
  const folder = await randomModel("slow", sizes);
  const starter = join(__dirname, "../media/models/starter");
  for (const file of ["vocab.json", "merges.txt"]) cpSync(join(starter, file), join(folder, file));
  return folder;
}

/** Folder in the cache with a random model; written the first time. Sizes not given are GPT-2 small's. */
async function randomModel(name: string, sizes: Readonly<Record<string, number>>): Promise<string> {
  const folder = join(cacheFolder(), "models", name);
  const checkpoint = join(folder, "model.safetensors");
  if (existsSync(checkpoint)) return folder;
  console.log(`Writing the random model ${name} to the cache …`);
  // What an interrupted run of an older version left.
  rmSync(folder, { recursive: true, force: true });
  const config = parseGPTConfig({ model_type: "gpt2", ...sizes }, "config.json");
  const random = longRandom(1);
  const values = (parameter: string, count: number) => initialValues(parameter, count, config, random);
  try {
    await exportModel(folder, { config, values }, { dtype: "F32" });
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(checkpoint)) throw error;
  }
  return folder;
}
