/** How a prompt fills the model's context, in words. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { PromptPreview } from "../../../runtime/promptProtocol";

/** One line: the whole, then instruction, each demonstration and query, in tokens. */
export function budgetLine(preview: PromptPreview): string {
  const { variant, promptTokens, answerTokens, contextTokens } = preview;
  const whole = l10n.t("{0}: {1} of {2} tokens", variant, promptTokens, contextTokens);
  const answer = answerTokens > 0 ? [l10n.t("answer {0}", answerTokens)] : [];
  return `${whole} (${[...parts(preview), ...answer].join(", ")})`;
}

function parts({ segments }: PromptPreview): string[] {
  const tokensOf = (kind: "instruction" | "demonstration" | "query") =>
    segments.filter((segment) => segment.kind === kind).map(({ start, end }) => end - start);
  const [instruction, demonstrations, query] = [tokensOf("instruction"), tokensOf("demonstration"), tokensOf("query")];
  return [
    ...(instruction.length > 0 ? [l10n.t("instruction {0}", sum(instruction))] : []),
    ...(demonstrations.length > 0 ? [demonstrationText(demonstrations)] : []),
    ...(query.length > 0 ? [l10n.t("query {0}", sum(query))] : []),
  ];
}

/** Single numbers while they can be taken in. */
function demonstrationText(tokens: readonly number[]): string {
  const [first = 0] = tokens;
  if (tokens.length === 1) return l10n.t("1 demonstration {0}", first);
  if (tokens.length <= 8) return l10n.t("{0} demonstrations {1}", tokens.length, tokens.join(" + "));
  const range = [Math.min(...tokens), Math.max(...tokens)] as const;
  return l10n.t("{0} demonstrations {1} ({2} to {3} each)", tokens.length, sum(tokens), ...range);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Whether something of a prompt does not fit. */
export function isShortened({ dropped, truncated }: PromptPreview): boolean {
  return dropped > 0 || truncated > 0;
}

/** What is left out of a prompt and by which rule; empty when all of it fits. */
export function shortening({ dropped, truncated, demonstrations }: PromptPreview): string {
  if (truncated > 0) {
    return l10n.t("Even without demonstrations it is too long: {0} tokens are cut off its beginning.", truncated);
  }
  if (dropped === 0) return "";
  const all = dropped + demonstrations.length;
  return l10n.t("{0} of {1} demonstrations are left out, the farthest from the query first.", dropped, all);
}

/** All variants' budgets in one line. */
export function budgetTitle(name: string, previews: readonly PromptPreview[]): string {
  const [only] = previews;
  if (only && previews.length === 1) return `${name} · ${budgetLine(only)}`;
  const tokens = previews.map(({ promptTokens }) => promptTokens);
  const [least, most] = [Math.min(...tokens), Math.max(...tokens)];
  const context = only?.contextTokens ?? 0;
  return l10n.t("{0} · {1} variants: {2} to {3} of {4} tokens", name, previews.length, least, most, context);
}
