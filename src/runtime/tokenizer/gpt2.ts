import type { Tokenizer } from "./tokenizer";
export async function loadTokenizer(_folder: string, _vocabSizeLimit: number): Promise<Tokenizer | null> {
  return null;
}
