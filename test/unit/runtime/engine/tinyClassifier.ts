/** Classifiers with random weights and the starter's tokenizer: what they say means nothing, but is always the same. */
import { join } from "node:path";
import type { ClassifierInfo } from "../../../../src/runtime/checkpoint/classifierInfo";
import { headShapes, tokenizerFilesOf, writeClassifier } from "../../../../src/runtime/checkpoint/exportClassifier";
import { parameterShapes } from "../../../../src/runtime/checkpoint/parameterNames";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { fillNormal, longRandom } from "../../../../src/runtime/random";

/** Rows of the vocabulary: the starter's, and start, delimiter and extract. */
export const vocabSize = 8195;

const sizes = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 48, vocab_size: vocabSize };

/** A GPT-2. */
export const gpt2Config = parseGPTConfig({ model_type: "gpt2", ...sizes }, "config.json");

/** What the classifiers say of themselves. */
export function classifierInfo(extra: Partial<ClassifierInfo> = {}): ClassifierInfo {
  return {
    task: "classification",
    labels: ["negative", "positive"],
    special: { start: 8192, delimiter: 8193, extract: 8194 },
    maxLength: 32,
    headBias: false,
    base: { name: "tiny", folder: "/models/tiny", sha256: "" },
    ...extra,
  };
}

/** Writes one as the new folder. `tokenizer` is the starter's folder. */
export async function writeTinyClassifier(
  folder: string,
  extra: Partial<ClassifierInfo> = {},
  config: GPTConfig = gpt2Config,
  tokenizer = join(__dirname, "../../../../media/models/starter"),
): Promise<ClassifierInfo> {
  const info = classifierInfo(extra);
  const random = longRandom(3);
  const shapes = new Map([...parameterShapes(config), ...headShapes(config, info)]);
  const values = async (name: string) => {
    const list = new Float32Array((shapes.get(name) ?? []).reduce((a, b) => a * b, 1));
    fillNormal(list, 0.6, random);
    return list;
  };
  const tokenizerFiles = await tokenizerFilesOf(tokenizer);
  await writeClassifier(folder, { config, values, info, tokenizerFiles });
  return info;
}
