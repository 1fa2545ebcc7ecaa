/** Reads words and merges in the forms in which tokenizer files write them. */
import * as l10n from "@vscode/l10n";
import { invalidTokenizer } from "../errors";
import { quote, type VocabularyWords, type WrittenMerge, type WrittenMerges } from "./vocabulary";

/** `{"word": id, …}`, at the key `place` of the file. Throws `invalidTokenizer`, naming the word. */
export function parseWords(json: unknown, file: string, place = ""): VocabularyWords {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalidTokenizer(file, place, l10n.t("is not a JSON object from token to id"));
  }
  const ids = new Map<string, number>();
  for (const [word, id] of Object.entries(json)) {
    if (typeof id !== "number") throw invalidTokenizer(file, quote(word), l10n.t("the id is not a number"));
    ids.set(word, id);
  }
  return { file, ids };
}

/** One merge a line: two words and a space between. A first line that begins `#version` is a comment. */
export function parseMerges(text: string, file: string): WrittenMerges {
  const merges: WrittenMerge[] = [];
  text.split("\n").forEach((ended, index) => {
    const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
    if (line === "" || (index === 0 && line.startsWith("#version"))) return;
    merges.push(parseMerge(line, l10n.t("line {0}", index + 1), file));
  });
  return { file, merges };
}

/** The `merges` of a tokenizer.json: each a line as in merges.txt, or a pair. */
export function parseJsonMerges(merges: readonly (string | readonly [string, string])[], file: string): WrittenMerges {
  const parsed = merges.map((merge, index) => {
    const place = `model.merges.${index}`;
    if (typeof merge === "string") return parseMerge(merge, place, file);
    return { left: merge[0], right: merge[1], place };
  });
  return { file, merges: parsed };
}

function parseMerge(line: string, place: string, file: string): WrittenMerge {
  const [left, right, ...rest] = line.split(" ");
  if (!left || !right || rest.length > 0) {
    throw invalidTokenizer(file, place, l10n.t("{0} is not two tokens with a space between", quote(line)));
  }
  return { left, right, place };
}
