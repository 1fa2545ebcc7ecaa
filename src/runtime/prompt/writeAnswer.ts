/** Free answers: what the model writes after a prompt, with what it thought of each token. */
import * as z from "zod";
import { beamTexts } from "../engine/beamTexts";
import { CompletionWriter, writeCompletion } from "../engine/completion";
import { endOfText, generateTokens } from "../engine/generate";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { scoreText } from "../engine/scoreText";
import { CancelledError, emptyText, notAModelFolder } from "../errors";
import type { ScoredToken } from "../protocol";
import { decodeTokens, describeToken, joint, type Tokenizer } from "../tokenizer/tokenizer";
import type { Decoding } from "./promptFile";

const token = z.object({
  id: z.int(),
  text: z.string(),
  bytes: z.string().exactOptional(),
  start: z.int(),
  end: z.int(),
  prediction: z.object({ logprob: z.number(), rank: z.int(), entropy: z.number(), top: z.array(z.never()) }).nullable(),
}) satisfies z.ZodType<ScoredToken>;

/** A free answer, as it is kept. */
export const writtenAnswer = z.object({ text: z.string(), tokens: z.array(token) });

/** A text that was written. */
export interface WrittenAnswer {
  /** Without the stop string. */
  readonly text: string;
  /** Its tokens, without those that only end it; places are the text's. */
  readonly tokens: readonly ScoredToken[];
}

/** A prompt as the model reads it. */
interface PromptTokens {
  readonly tokenizer: Tokenizer;
  readonly ids: readonly number[];
  readonly joint: string;
}

/**
 * What comes after `prompt`: greedily, by sampling, or by beam search for `numBeams` above 1. Of a prompt that is too long the end is read.
 * Throws `emptyText` for a prompt without tokens where the model has no end of text, `notAModelFolder` without a tokenizer, `CancelledError`.
 */
export async function writeAnswer(
  model: LoadedModel,
  prompt: string,
  decoding: Decoding,
  turn: Turn,
): Promise<WrittenAnswer> {
  const read = promptTokens(model, prompt, decoding);
  return decoding.numBeams > 1 ? search(model, read, decoding, turn) : generate(model, read, decoding, turn);
}

function promptTokens(model: LoadedModel, prompt: string, { maxNewTokens }: Decoding): PromptTokens {
  const { tokenizer, config } = model;
  if (!tokenizer) throw notAModelFolder(model.info.folder, "vocab.json");
  const all = prompt === "" ? [endOfText(model)].filter((id) => id !== null) : tokenizer.encode(prompt);
  if (all.length === 0) throw emptyText();
  const room = config.nPositions - Math.min(maxNewTokens, Math.floor(config.nPositions / 2));
  const ids = all.slice(-room);
  return { tokenizer, ids, joint: prompt === "" ? "" : joint(tokenizer, prompt, ids) };
}

async function generate(
  model: LoadedModel,
  { tokenizer, ids, joint }: PromptTokens,
  decoding: Decoding,
  turn: Turn,
): Promise<WrittenAnswer> {
  const { stop, maxNewTokens, temperature, topK, topP, seed } = decoding;
  const steps = generateTokens(model, ids, {
    config: { maxNewTokens, temperature, topK, topP, seed },
    endOfText: endOfText(model),
    topK: 0,
    describe: (id) => describeToken(tokenizer, id),
    ...turn,
  });
  const tokens: ScoredToken[] = [];
  const writer = new CompletionWriter(tokenizer, endOfText(model), stop, joint);
  const { text, finishReason } = await writeCompletion(steps, writer, (event) => {
    if (event.kind !== "token") return;
    const { truncatedProbability: _, ...written } = event.token;
    tokens.push({ ...written, prediction: { ...written.prediction, top: [] } });
  });
  if (finishReason === "cancelled") throw new CancelledError("cancelled");
  return { text, tokens: within(tokens, text) };
}

async function search(model: LoadedModel, read: PromptTokens, decoding: Decoding, turn: Turn): Promise<WrittenAnswer> {
  const [best] = await beamTexts(model, read, decoding, turn.signal);
  if (!best) return { text: "", tokens: [] };
  const { tokenizer, ids, joint } = read;
  const describe = (id: number) => describeToken(tokenizer, id);
  const { predictions } = await scoreText(model, [...ids, ...best.ids], { topK: 0, describe, ...turn });
  const { spans } = decodeTokens(tokenizer, best.ids);
  const tokens = spans.map(({ start, end, ...span }, i) => ({
    ...span,
    start: start + joint.length,
    end: end + joint.length,
    prediction: predictions[ids.length + i] ?? null,
  }));
  return { text: best.text, tokens: within(tokens, best.text) };
}

/** Tokens that have a part in `text`: not the stop string's. */
function within(tokens: readonly ScoredToken[], text: string): ScoredToken[] {
  return tokens
    .filter(({ start }) => start < text.length)
    .map((token) => ({ ...token, end: Math.min(token.end, text.length) }));
}
