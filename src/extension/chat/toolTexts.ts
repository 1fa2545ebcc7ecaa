/** What the tools answer, as text that a language model reads. Knows nothing of VS Code. In English: models read it, not users. */
import type { ScoredToken, ScoreResult } from "../../runtime/protocol";
import type { Classification } from "../commands/prompts/classification";

/** A text's bits and perplexity, and its most surprising tokens with where they stand and what was expected instead. */
export function probabilitiesText(
  text: string,
  { model, summary, tokens, truncation }: ScoreResult,
  shown: number,
): string {
  const { bits, perplexity, bitsPerByte } = summary;
  const lines = [
    `Model: ${model.name} (${model.modelType}, ${model.device})`,
    `Tokens: ${tokens.length}, of which ${summary.tokens} have a prediction`,
    `Total: ${bits.toFixed(2)} bits; perplexity ${perplexity.toFixed(3)}; ${bitsPerByte.toFixed(4)} bits per byte`,
    ...(truncation ? [`Only the first ${truncation.kept} of ${truncation.total} tokens were scored.`] : []),
    `Most surprising tokens (surprisal = -log2 p):`,
    ...mostSurprising(tokens)
      .slice(0, shown)
      .map((token) => tokenLine(text, token)),
  ];
  return lines.join("\n");
}

function mostSurprising(tokens: readonly ScoredToken[]): ScoredToken[] {
  const predicted = tokens.filter(({ prediction }) => prediction !== null);
  return predicted.sort((a, b) => (a.prediction?.logprob ?? 0) - (b.prediction?.logprob ?? 0));
}

function tokenLine(text: string, { text: token, start, prediction }: ScoredToken): string {
  const before = text.slice(0, start);
  const line = before.split("\n").length;
  const column = start - before.lastIndexOf("\n");
  const surprisal = (prediction ? bitsOf(prediction.logprob) : 0).toFixed(2);
  const [best] = prediction?.top ?? [];
  const expected = best ? `; most probable was ${JSON.stringify(best.text)} (${percent(Math.exp(best.logprob))})` : "";
  return `- line ${line}, column ${column}: ${JSON.stringify(token)} ${surprisal} bits, rank ${prediction?.rank ?? 1}${expected}`;
}

function bitsOf(logprob: number): number {
  return Math.max(0, -logprob * Math.LOG2E);
}

/** The classifications, one method after the other. */
export function classificationText(file: string, found: readonly Classification[]): string {
  const blocks = found.map(({ by, answers, note }) => {
    const rows = answers.map(({ label, probability }) => `- ${JSON.stringify(label)}: ${percent(probability)}`);
    return [`${by}: ${JSON.stringify(answers[0]?.label ?? "")}`, ...rows, ...(note === "" ? [] : [note])].join("\n");
  });
  return [`Prompt file: ${file}`, ...blocks].join("\n\n");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
