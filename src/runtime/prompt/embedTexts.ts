/** Texts as vectors of the loaded model, by which the nearest demonstrations are found. */
import { endOfText } from "../engine/generate";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { notAModelFolder } from "../errors";

/** Texts that are tokenized before others get their turn. */
const stretch = 256;

/**
 * A vector [C] of length 1 for each text: the mean last hidden state (`TextEmbeddings`), whose products are cosines. Of a text longer than
 * the context the start is read; an empty one is an end of text. Throws `notAModelFolder` without a tokenizer, `CancelledError`.
 */
export async function embedTexts(model: LoadedModel, texts: readonly string[], turn: Turn): Promise<Float32Array[]> {
  const ids: number[][] = [];
  for (let start = 0; start < texts.length; start += stretch) {
    ids.push(...texts.slice(start, start + stretch).map((text) => tokens(model, text)));
    await new Promise(setImmediate);
  }
  return model.embeddings.get(ids, turn);
}

function tokens(model: LoadedModel, text: string): number[] {
  if (!model.tokenizer) throw notAModelFolder(model.info.folder, "vocab.json");
  const ids = model.tokenizer.encode(text).slice(0, model.config.nPositions);
  return ids.length > 0 ? ids : [endOfText(model) ?? 0];
}
