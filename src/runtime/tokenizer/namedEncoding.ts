/** The encodings that models name instead of bringing a vocabulary. GPT-2's own comes with tiktoken. */
import * as l10n from "@vscode/l10n";
import { invalidTokenizer, vocabularyTooLarge } from "../errors";
import { rankTable } from "./bytePairs";
import { quote, type Vocabulary } from "./vocabulary";

/**
 * The vocabulary of an encoding of tiktoken: `gpt2`, which is also called `r50k_base`, or `p50k_base`.
 * @param file what asked for it, to name in errors.
 * @param idLimit the model's vocabulary size.
 * @throws RuntimeError `invalidTokenizer` for another encoding, or when the model's vocabulary is smaller.
 */
export async function namedVocabulary(name: string, file: string, idLimit: number): Promise<Vocabulary> {
  if (name !== "gpt2" && name !== "r50k_base" && name !== "p50k_base") {
    const problem = l10n.t("the encoding {0} is not one of gpt2, r50k_base and p50k_base", quote(name));
    throw invalidTokenizer(file, "tiktoken_encoding", problem);
  }
  // Half a megabyte that few need: bundled, but parsed only here.
  const { bpe_ranks, special_tokens } = await import("tiktoken/encoders/gpt2.json");
  const endOfTextId = special_tokens["<|endoftext|>"];
  const tokens = parseRanks(bpe_ranks);
  if (name === "p50k_base") addRunsOfSpaces(tokens, endOfTextId + 1);
  const largest = Math.max(endOfTextId, tokens.length - 1);
  if (largest >= idLimit) throw vocabularyTooLarge(file, `tiktoken_encoding ${quote(name)}`, largest, idLimit);
  const bytes = new Map<number, Uint8Array>([[endOfTextId, new TextEncoder().encode("<|endoftext|>")]]);
  // Not `entries()`: p50k_base leaves a hole where `<|endoftext|>` is.
  tokens.forEach((token, id) => {
    bytes.set(id, token);
  });
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

/** All that p50k_base has over GPT-2's: runs of 2 to 25 spaces, for code (Chen et al. 2021 §3.2). */
function addRunsOfSpaces(tokens: Uint8Array[], firstId: number): void {
  for (let length = 2; length <= 25; length++) tokens[firstId + length - 2] = Buffer.alloc(length, " ");
}
