/** Two texts, or one under two models: token by token, and head by head. */
import * as l10n from "@vscode/l10n";
import type { AlignedTokens, ComparedInput, CompareTextsParams, TextComparison } from "./analysisProtocol";
import { attentionMatrix } from "./engine/attentionMatrix";
import { AlignedTokenPairs } from "./engine/headDivergence";
import type { LoadedModel } from "./engine/loadedModel";
import type { ScoreResult } from "./protocol";
import { score } from "./scoring";
import type { RequestContext } from "./service";
import { type AlignedSide, alignById, alignByText } from "./textAlignment";
import { decodeTokens } from "./tokenizer/tokenizer";

/** Both models of a comparison; they may be one. */
export interface ComparedModels {
  readonly a: LoadedModel;
  readonly b: LoadedModel;
}

interface Scored {
  readonly a: ScoreResult;
  readonly b: ScoreResult;
}

/** Compares both sides. Throws as `score` does, and `CancelledError` when the signal aborts. */
export async function compareTexts(
  models: ComparedModels,
  { a, b, topK, heads }: CompareTextsParams,
  context: RequestContext,
): Promise<TextComparison> {
  const started = performance.now();
  const scored = {
    a: await score(models.a, { ...a, topK }, context),
    b: await score(models.b, { ...b, topK }, context),
  };
  const alignment = haveSameTokens(models, scored)
    ? alignById(scored.a.tokens, scored.b.tokens)
    : alignByText(sideOf(models.a, a.input, scored.a), sideOf(models.b, b.input, scored.b));
  const headsReason = heads ? whyNoHeads(models, alignment) : null;
  return {
    ...scored,
    alignment,
    heads: heads && headsReason === null ? await compareHeads(models, scored, alignment, context) : null,
    headsReason,
    elapsedMs: performance.now() - started,
  };
}

/** Whether the ids of both sides mean the same. */
function haveSameTokens({ a, b }: ComparedModels, scored: Scored): boolean {
  if (a === b) return true;
  if (a.config.vocabSize !== b.config.vocabSize) return false;
  const [first, second] = [a.tokenizer, b.tokenizer];
  if (!first || !second) return first === second;
  const ids = new Set([...scored.a.tokens, ...scored.b.tokens].map(({ id }) => id));
  return [...ids].every((id) => Buffer.compare(first.tokenBytes(id), second.tokenBytes(id)) === 0);
}

/** The text that the tokens have their places in: of one that was cut, what was kept. */
function sideOf({ tokenizer }: LoadedModel, input: ComparedInput["input"], { tokens }: ScoreResult): AlignedSide {
  const end = tokens.at(-1)?.end ?? 0;
  if (input.kind === "text") return { tokens, text: input.text.slice(0, end) };
  const text = tokenizer ? decodeTokens(tokenizer, input.ids.slice(0, tokens.length)).text : "";
  return { tokens, text };
}

function whyNoHeads({ a, b }: ComparedModels, alignment: readonly AlignedTokens[]): string | null {
  const [first, second] = [a.config, b.config];
  if (first.nLayer !== second.nLayer || first.nHead !== second.nHead)
    return l10n.t(
      "{0} has {1} layers of {2} heads, {3} has {4} of {5}.",
      a.info.name,
      first.nLayer,
      first.nHead,
      b.info.name,
      second.nLayer,
      second.nHead,
    );
  if (alignment.some(({ kind }) => kind === "same")) return null;
  return l10n.t("The texts have no token in common.");
}

/** One head of both sides at a time. */
async function compareHeads(
  { a, b }: ComparedModels,
  scored: Scored,
  alignment: readonly AlignedTokens[],
  context: RequestContext,
): Promise<NonNullable<TextComparison["heads"]>> {
  const pairs = new AlignedTokenPairs(alignment.map((run) => ({ ...run, same: run.kind === "same" })));
  const { nLayer: layers, nHead: heads } = a.config;
  const divergence = new Float32Array(layers * heads);
  const ids = (side: ScoreResult) => side.tokens.map(({ id }) => id);
  const turn = { signal: context.signal };
  const captures = { a: await a.captures.get(ids(scored.a), turn), b: await b.captures.get(ids(scored.b), turn) };
  for (const at of divergence.keys()) {
    context.onProgress?.({ stage: "analyzing", done: at, total: divergence.length });
    const source = { kind: "head", layer: Math.floor(at / heads), head: at % heads } as const;
    const matrix = (model: LoadedModel, capture: typeof captures.a) =>
      attentionMatrix(model, capture, source, [0, capture.ids.length], turn);
    divergence[at] = pairs.divergence({ a: await matrix(a, captures.a), b: await matrix(b, captures.b) });
  }
  context.onProgress?.({ stage: "analyzing", done: divergence.length, total: divergence.length });
  return { layers, heads, queries: pairs.queries.length, divergence };
}
