/** Writes a vocabulary in the files that Hugging Face's tokenizers and ours read. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endOfTextToken, type TrainedVocabulary, unknownToken } from "./trainBpe";

/**
 * Writes vocab.json, merges.txt and tokenizer_config.json into `folder`, which is made if need be.
 * @param nPositions the model's longest context, tokens.
 */
export async function writeVocabulary(
  folder: string,
  vocabulary: TrainedVocabulary,
  nPositions: number,
): Promise<void> {
  const { tokens, merges } = vocabulary;
  await mkdir(folder, { recursive: true });
  const ids = Object.fromEntries(tokens.map((token, id) => [token, id]));
  await writeFile(join(folder, "vocab.json"), JSON.stringify(ids));
  const lines = ["#version: 0.2", ...merges.map(([left, right]) => `${left} ${right}`), ""];
  await writeFile(join(folder, "merges.txt"), lines.join("\n"));
  const config = { ...tokenizerConfig(vocabulary), model_max_length: nPositions };
  await writeFile(join(folder, "tokenizer_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

function tokenizerConfig({ kind }: TrainedVocabulary): Readonly<Record<string, unknown>> {
  if (kind === "gpt1")
    return { tokenizer_class: "OpenAIGPTTokenizer", unk_token: unknownToken, eos_token: endOfTextToken };
  const special = { bos_token: endOfTextToken, eos_token: endOfTextToken, unk_token: endOfTextToken };
  return { tokenizer_class: "GPT2Tokenizer", add_prefix_space: false, ...special };
}
