/** One text to the model and back. Knows nothing of VS Code. */
import type { ModelReference, ScoreParams } from "../../runtime/protocol";
import type { ModelClient } from "../modelClient";
import type { ScoredText } from "./scoredDocument";

/** Alternatives that a hover lists. */
export const hoverAlternatives = 5;

/**
 * Longest text whose alternatives come along with its numbers, UTF-16 code units. The answer is read in one go: 10,000 tokens take the
 * extension host about 20 ms, and with five alternatives each 100; those of a longer text come with the logit lens.
 */
export const longestWithAlternatives = 6_000;

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
