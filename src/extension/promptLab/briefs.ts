/** Cells as the compare panel's grid shows them: what it draws, and no more. Knows nothing of VS Code. */
import type { CellBrief } from "../../runtime/comparePanelProtocol";
import type { PromptCell } from "../../runtime/promptProtocol";
import type { ScoredToken } from "../../runtime/protocol";

/** UTF-16 code units of an output that the grid shows at most, and tokens of it. */
const outputLength = 400;
const shownTokens = 40;

/** What the grid shows of a cell. */
export function briefOf(cell: PromptCell): CellBrief {
  const { variant, item, gold, correct, logprob, logprobTokens, ms, cached, candidates, dropped, truncated } = cell;
  const named = (answer: string) => displayed(cell, answer);
  return {
    ...{ variant, item, correct, logprob, logprobTokens, ms, cached },
    output: cut(candidates ? named(cell.output) : cell.output),
    gold: gold === null ? null : cut(candidates ? named(gold) : gold),
    answers: candidates ? candidates.map(({ answer }) => cut(named(answer))) : null,
    shares: (candidates ?? []).map(({ calibrated, probability }) => calibrated ?? probability),
    tokens: cell.tokens.slice(0, shownTokens).map(briefToken),
    shortened: dropped > 0 || truncated > 0,
  };
}

/** A choice is named by its number: what it says is told with it. */
function displayed({ candidates }: PromptCell, answer: string): string {
  const word = candidates?.find((candidate) => candidate.answer === answer)?.words[0]?.text.trim();
  return word && word !== answer && /^\d+$/.test(answer) ? `${answer}: ${word}` : answer;
}

function briefToken({ text, bytes, prediction }: ScoredToken): CellBrief["tokens"][number] {
  const bits = prediction ? Math.max(0, -prediction.logprob * Math.LOG2E) : 0;
  return { text, ...(bytes === undefined ? {} : { bytes }), bits };
}

function cut(text: string): string {
  return text.length > outputLength ? `${text.slice(0, outputLength)}…` : text;
}
