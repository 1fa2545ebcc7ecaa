/** What a loaded model is to the assembler of prompts. */
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { notAModelFolder } from "../errors";
import type { Encoder } from "./assemble";
import { embedTexts } from "./embedTexts";

/** The model's tokenizer, context and hidden states. Throws `notAModelFolder` without a tokenizer. */
export function promptEncoder(model: LoadedModel, turn: Turn): Encoder {
  const { tokenizer } = model;
  if (!tokenizer) throw notAModelFolder(model.info.folder, "vocab.json");
  return { tokenizer, contextTokens: model.config.nPositions, embed: (texts) => embedTexts(model, texts, turn) };
}
