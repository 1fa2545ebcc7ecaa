/** One text to the model and back. Knows nothing of VS Code. */
import type { ModelReference, ScoreParams } from "../../runtime/protocol";
import type { ModelClient } from "../modelClient";
import type { ScoredText } from "./scoredDocument";

/** Alternatives that a hover lists. */
export const hoverAlternatives = 5;

/**
 * Longest text whose alternatives come along with its numbers, UTF-16 code units. Reading an answer of 10,000 tokens with five
 * alternatives each held the extension host for 100 ms, and without them for 20.
 */
export const longestWithAlternatives = 12_000;

/** Scores a text. Throws as `ModelClient.score`. */
export async function scoreText(
  models: Pick<ModelClient, "score">,
  text: string,
  reference: ModelReference,
  signal: AbortSignal,
): Promise<ScoredText> {
  const params: ScoreParams = {
    model: reference,
    input: { kind: "text", text },
    topK: text.length <= longestWithAlternatives ? hoverAlternatives : 0,
    priority: "interactive",
    longText: "slide",
  };
  const { model, tokens, truncation } = await models.score(params, { signal });
  return { text, reference, model, tokens, truncation };
}
