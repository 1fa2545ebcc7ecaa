/** Writes a GPT-2 of a given size with random weights, where only the sizes matter. */
import { cpSync, existsSync } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parameterShapes } from "../src/runtime/checkpoint/parameterNames";
import { parseGPTConfig } from "../src/runtime/model/config";
import { seededRandom } from "../src/runtime/random";
import { cacheFolder } from "./vscode/cacheFolder";

/** GPT-2 small (Radford et al. 2019, table 2): 124 million parameters, 500 MB. Has no tokenizer. */
export function randomGpt2Small(): Promise<string> {
  return randomModel("gpt2-small-random", {
    n_layer: 12,
    n_head: 12,
    n_embd: 768,
    n_positions: 1024,
    vocab_size: 50257,
  });
}

/** A model with the starter's tokenizer, slow enough to be interrupted: 54 million parameters, 220 MB. */
export async function slowModel(): Promise<string> {
  const sizes = { n_layer: 10, n_head: 10, n_embd: 640, n_positions: 512, vocab_size: 8192 };
  const folder = await randomModel("slow", sizes);
  const starter = join(__dirname, "../media/models/starter");
  for (const file of ["vocab.json", "merges.txt"]) cpSync(join(starter, file), join(folder, file));
  return folder;
}

/** Folder in the cache with a random model; written the first time. */
async function randomModel(name: string, sizes: Readonly<Record<string, number>>): Promise<string> {
  const folder = join(cacheFolder(), "models", name);
  const checkpoint = join(folder, "model.safetensors");
  if (existsSync(checkpoint)) return folder;
  console.log(`Writing the random model ${name} to the cache …`);
  const config = { model_type: "gpt2", activation_function: "gelu_new", ...sizes };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeCheckpoint(`${checkpoint}.part`, parameterShapes(parseGPTConfig(config, "config.json")));
  await rename(`${checkpoint}.part`, checkpoint);
  return folder;
}

/** Layer norm gains are 1, biases 0, everything else uniform with the spread of GPT-2's initialisation (0.02). */
async function writeCheckpoint(file: string, shapes: ReadonlyMap<string, readonly number[]>): Promise<void> {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of shapes) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const handle = await open(file, "w");
  try {
    await handle.writeFile(Buffer.concat([length, json]));
    const random = seededRandom(1);
    for (const [name, shape] of shapes) await handle.writeFile(new Uint8Array(values(name, shape, random).buffer));
  } finally {
    await handle.close();
  }
}

function values(name: string, shape: readonly number[], random: () => number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (name.endsWith(".bias")) return data;
  if (name.includes("ln_")) return data.fill(1);
  const spread = 0.02 * Math.sqrt(12);
  return data.map(() => (random() - 0.5) * spread);
}
