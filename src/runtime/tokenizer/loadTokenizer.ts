/** Loads whatever tokenizer a model folder has. */
import { gpt1Tokenizer } from "./gpt1";
import { gpt2Tokenizer } from "./gpt2";
import { libraryTokenizer } from "./library";
import type { Tokenizer } from "./tokenizer";
import { readTokenizerFiles, type TokenizedModel } from "./vocabularyFiles";

/**
 * The tokenizer of a model folder; null when the folder has no tokenizer files.
 * @param model its vocabulary may be larger than the tokenizer's: embeddings are often padded.
 * @throws RuntimeError `invalidTokenizer`, naming file, and line, key or token.
 */
export async function loadTokenizer(folder: string, model: TokenizedModel): Promise<Tokenizer | null> {
  const files = await readTokenizerFiles(folder, model);
  if (files === null) return null;
  switch (files.kind) {
    case "byteLevel":
      return gpt2Tokenizer(files.vocabulary, model.vocabSize);
    case "gpt1":
      return gpt1Tokenizer(files.vocabulary, model.vocabSize);
    case "library":
      return libraryTokenizer(files.json, model.vocabSize);
    default:
      return files satisfies never;
  }
}
