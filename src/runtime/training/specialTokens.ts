/** The tokens that frame an item: rows of their own, or tokens that the model has. */
import type { GPTConfig } from "../model/config";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { FineTuneSettings } from "../trainingProtocol";
import type { SpecialTokens } from "./inputTransforms";

/** Rows that `new` adds: start, delimiter, extract. */
export const newTokens = 3;

/**
 * The tokens, and the configuration with their rows. `new`: V, V + 1, V + 2 (Radford et al. 2018 §3.3). `existing`: extract is the token
 * that ends a text (the last of the vocabulary where there is none), start the one that begins it (else the same), delimiter the line
 * break where it is one token, else the same again.
 */
export function specialTokens(
  kind: FineTuneSettings["specialTokens"],
  config: GPTConfig,
  tokenizer: Pick<Tokenizer, "encode" | "endOfTextId">,
): { readonly special: SpecialTokens; readonly config: GPTConfig } {
  const { vocabSize } = config;
  if (kind === "new") {
    const special = { start: vocabSize, delimiter: vocabSize + 1, extract: vocabSize + 2 };
    return { special, config: { ...config, vocabSize: vocabSize + newTokens } };
  }
  const extract = config.eosTokenId ?? tokenizer.endOfTextId ?? vocabSize - 1;
  const start = config.bosTokenId ?? extract;
  const [lineBreak, ...rest] = tokenizer.encode("\n");
  const delimiter = lineBreak !== undefined && rest.length === 0 ? lineBreak : start;
  return { special: { start, delimiter, extract }, config };
}
