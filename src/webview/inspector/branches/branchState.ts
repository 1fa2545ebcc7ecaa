/** What is shown of branches. Pure. */
import {
  type Branch,
  type BranchDelta,
  type Branches,
  branchLength,
  type InspectorState,
} from "../../../runtime/panelProtocol";
import type { TokenPrediction, TokenSpan } from "../../../runtime/protocol";
import { surprisalBits } from "../../shared/format";
import { tokensOf } from "../state";

/** No branches. */
export const noBranches: Branches = { text: null, items: [] };

/** A token of a continuation. */
export interface ContinuedToken extends Pick<TokenSpan, "id" | "text" | "bytes"> {
  readonly prediction: Pick<TokenPrediction, "logprob" | "rank" | "entropy"> | null;
}

/** `branches` with the tokens of `delta` at the end of theirs. */
export function appendToBranch(branches: Branches, { id, tokens }: BranchDelta): Branches {
  const items = branches.items.map((branch) =>
    branch.id === id ? { ...branch, tokens: [...branch.tokens, ...tokens] } : branch,
  );
  return { ...branches, items };
}

/** `text` of scores or `run` of a completion: branches name the text that they are of by it. */
export function textNumber(state: InspectorState): number | null {
  if (state.kind === "scores") return state.text;
  return state.kind === "completion" ? state.run : null;
}

/** The branches of the text that is shown. */
export function branchesOf(state: InspectorState, { text, items }: Branches): readonly Branch[] {
  return text !== null && text === textNumber(state) ? items : [];
}

/** The place whose branches are shown: the chosen token's, or else that of the newest branch; null without branches. */
export function shownPlace(items: readonly Branch[], selected: number | null): number | null {
  return items.some(({ index }) => index === selected) ? selected : (items.at(-1)?.index ?? null);
}

/** The places that have branches, in order. */
export function branchPlaces(items: readonly Branch[]): readonly number[] {
  return [...new Set(items.map(({ index }) => index))].sort((a, b) => a - b);
}

/** How the text itself goes on from a place. */
export function originalTokens(state: InspectorState, index: number): readonly ContinuedToken[] {
  return tokensOf(state).slice(index, index + branchLength);
}

/** A branch's tokens, the alternative first. The entropy at its place is that of the token whose place it took. */
export function branchTokens(state: InspectorState, { index, alternative, tokens }: Branch): readonly ContinuedToken[] {
  const prediction = tokensOf(state)[index]?.prediction;
  const place = prediction?.top.findIndex(({ id }) => id === alternative.id) ?? -1;
  const rank = place >= 0 ? place + 1 : (prediction?.rank ?? 1);
  const { logprob } = alternative;
  return [{ ...alternative, prediction: { logprob, rank, entropy: prediction?.entropy ?? 0 } }, ...tokens];
}

/** Mean surprisal of the tokens that have one, bits; null when none has. */
export function meanBits(tokens: readonly ContinuedToken[]): number | null {
  const bits = tokens.flatMap(({ prediction }) => (prediction ? [surprisalBits(prediction.logprob)] : []));
  return bits.length === 0 ? null : bits.reduce((sum, value) => sum + value, 0) / bits.length;
}
