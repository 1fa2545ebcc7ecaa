/** GPT-2's own vocabulary, which comes with tiktoken. */
import * as l10n from "@vscode/l10n";
import { invalidTokenizer } from "../errors";
import { rankTable } from "./bytePairs";
import type { Vocabulary } from "./vocabulary";

/**
 * GPT-2's own vocabulary of 50,257 tokens.
 * @param file what asked for it, to name in errors.
 * @param idLimit the model's vocabulary size.
 * @throws RuntimeError `invalidTokenizer` when the model's vocabulary is smaller.
 */
export async function gpt2Vocabulary(file: string, idLimit: number): Promise<Vocabulary> {
  // Half a megabyte that few need: bundled, but parsed only here.
  const { bpe_ranks, special_tokens } = await import("tiktoken/encoders/gpt2.json");
  const tokens = parseRanks(bpe_ranks);
  const endOfTextId = special_tokens["<|endoftext|>"];
  if (endOfTextId >= idLimit) {
    const problem = l10n.t(
      "GPT-2's encoding has {0} tokens, but the model's vocabulary only {1}",
      endOfTextId + 1,
      idLimit,
    );
    throw invalidTokenizer(file, "tiktoken_encoding", problem);
  }
  const bytes = new Map(tokens.entries()).set(endOfTextId, new TextEncoder().encode("<|endoftext|>"));
  return { table: rankTable(tokens), bytes, endOfTextId };
}

/** tiktoken's text form of ranks, `! FIRST BASE64 BASE64 …` on a line: each token's bytes, by rank. */
function parseRanks(text: string): Uint8Array[] {
  const tokens: Uint8Array[] = [];
  for (const line of text.split("\n")) {
    const [, first, ...words] = line.split(" ");
    words.forEach((word, i) => {
      tokens[Number(first) + i] = Buffer.from(word, "base64");
    });
  }
  return tokens;
}
