/** Scoring, as its request wants it: from text to tokens with their places and predictions. */
import type { TokenDescriber } from "./engine/alternatives";
import type { LoadedModel } from "./engine/loadedModel";
import { summarize } from "./engine/score";
import { scoreText } from "./engine/scoreText";
import type { ScoredToken, ScoreParams, ScoreResult, TokenSpan } from "./protocol";
import { textIds } from "./requests";
import type { RequestContext } from "./service";
import { decodeTokens, describeToken, predictedBytes, type Tokenizer, tokenSpans } from "./tokenizer/tokenizer";

/** Scores every token of a text or of given ids. Throws as `textIds` does, and `CancelledError` when the signal aborts. */
export async function score(model: LoadedModel, params: ScoreParams, context: RequestContext): Promise<ScoreResult> {
  const started = performance.now();
  const { ids, truncation, text } = textIds(model, params.input, params.longText);
  const { predictions, reused, slides } = await scoreText(model, ids, {
    topK: params.topK,
    describe: describer(model.tokenizer),
    signal: context.signal,
    priority: params.priority,
    onProgress: (done, total) => context.onProgress?.({ stage: "scoring", done, total }),
  });
  const spans = spansOf(model.tokenizer, text, ids);
  const tokens: ScoredToken[] = spans.map((span, i) => ({ ...span, prediction: predictions[i] ?? null }));
  const bytes = model.tokenizer ? predictedBytes(model.tokenizer, text, spans) : 0;
  const summary = summarize(predictions, bytes);
  const elapsedMs = performance.now() - started;
  return { model: model.info, tokens, summary, truncation, slides, reused, elapsedMs };
}

/** Names tokens; without a tokenizer by their number. */
export function describer(tokenizer: Tokenizer | null): TokenDescriber {
  return (id: number) => (tokenizer ? describeToken(tokenizer, id) : { id, text: String(id) });
}

/** Places of the tokens in the text, or in the text that the ids stand for; without a tokenizer there is no text. */
function spansOf(tokenizer: Tokenizer | null, text: string | null, ids: readonly number[]): readonly TokenSpan[] {
  if (!tokenizer) return ids.map((id) => ({ id, text: String(id), start: 0, end: 0 }));
  return text === null ? decodeTokens(tokenizer, ids).spans : tokenSpans(tokenizer, text, ids);
}
