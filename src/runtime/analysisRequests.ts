/** What callers may ask about the inside of a model, and its checks that need the model. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import {
  type Ablated,
  type AblateParams,
  type AnalysisTarget,
  type AttentionFlowParams,
  type AttentionMatrixParams,
  type AttentionOverviewParams,
  type AttentionReachParams,
  type AttentionRowsParams,
  type ComparedInput,
  type CompareTextsParams,
  type LensParams,
  type MatrixSource,
  maxAnswerBytes,
  maxFlowTokens,
  type SalienceParams,
  type Segment,
} from "./analysisProtocol";
import type { LoadedModel } from "./engine/loadedModel";
import { checkTokenIds } from "./engine/score";
import { emptyText, invalidRequest } from "./errors";
import { input, modelReference, topK } from "./requests";

const index = z.int().min(0);
const target = { model: modelReference, ids: z.array(index) };

const segment = z.object({ name: z.string(), start: index, end: index }) satisfies z.ZodType<Segment>;

const source = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("head"), layer: index, head: index }),
  z.object({ kind: z.literal("layer"), layer: index, combine: z.enum(["mean", "max"]) }),
  z.object({ kind: z.literal("all"), combine: z.enum(["mean", "max"]) }),
  z.object({ kind: z.literal("rollout"), layer: index }),
]) satisfies z.ZodType<MatrixSource>;

const ablated = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("head"), layer: index, head: index }),
  z.object({ kind: z.literal("mlp"), layer: index }),
]) satisfies z.ZodType<Ablated>;

const compared = z.object({ model: modelReference, input }) satisfies z.ZodType<ComparedInput>;

/** The parameters of each request, for `parseRequest`. */
export const analysisParams = {
  attentionOverview: z.object({
    ...target,
    thumbnailSize: z.int().min(8).max(128),
    segments: z.array(segment).exactOptional(),
  }) satisfies z.ZodType<AttentionOverviewParams>,
  attentionMatrix: z.object({
    ...target,
    source,
    rows: z.tuple([index, index]),
  }) satisfies z.ZodType<AttentionMatrixParams>,
  attentionRows: z.object({ ...target, layer: index, query: index }) satisfies z.ZodType<AttentionRowsParams>,
  attentionFlow: z.object({ ...target, layer: index, query: index }) satisfies z.ZodType<AttentionFlowParams>,
  attentionReach: z.object({ ...target, token: index }) satisfies z.ZodType<AttentionReachParams>,
  lens: z.object({
    ...target,
    places: z.tuple([index, index]),
    topK: z.int().min(1).max(10),
  }) satisfies z.ZodType<LensParams>,
  ablate: z.object({
    model: modelReference,
    items: z
      .array(z.object({ ids: z.array(index), place: index, id: index }))
      .min(1)
      .max(10_000),
    sets: z.array(z.array(ablated)).min(1).max(10_000),
  }) satisfies z.ZodType<AblateParams>,
  salience: z.object({
    ...target,
    followed: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("token"), place: z.int().min(1), id: index }),
      z.object({ kind: z.literal("label"), label: z.string() }),
    ]),
  }) satisfies z.ZodType<SalienceParams>,
  compareTexts: z.object({
    a: compared,
    b: compared,
    topK,
    heads: z.boolean(),
  }) satisfies z.ZodType<CompareTextsParams>,
};

/** Throws `emptyText`, `invalidTokenIds`, or `invalidRequest` where there are more than the model's context. */
export function checkTarget({ config }: LoadedModel, { ids }: Pick<AnalysisTarget, "ids">): void {
  if (ids.length === 0) throw emptyText();
  checkTokenIds(ids, config.vocabSize);
  if (ids.length <= config.nPositions) return;
  throw invalidRequest(
    l10n.t("{0} tokens are more than the model's context of {1}", ids.length, config.nPositions),
    l10n.t("Choose a shorter text."),
  );
}

/** Throws `invalidRequest`, naming the key, unless `value` is below `count`. */
export function checkIndex(key: string, value: number, count: number): void {
  if (value < count) return;
  throw invalidRequest(l10n.t('"{0}": {1} is not in 0 … {2}', key, value, count - 1));
}

/** Throws `invalidRequest` unless the source exists in the model. */
export function checkSource({ config }: LoadedModel, source: MatrixSource): void {
  if (source.kind !== "all") checkIndex("source.layer", source.layer, config.nLayer);
  if (source.kind === "head") checkIndex("source.head", source.head, config.nHead);
}

/** Throws `invalidRequest` unless `rows` are some of the text's, and few enough for one answer. */
export function checkRows([first, end]: readonly [number, number], tokens: number): void {
  if (first >= end || end > tokens)
    throw invalidRequest(l10n.t('"{0}": {1} to {2} are no rows of {3} tokens', "rows", first, end, tokens));
  const most = Math.floor(maxAnswerBytes / (4 * tokens));
  if (end - first <= most) return;
  throw invalidRequest(
    l10n.t('"{0}": {1} rows of {2} tokens are more than one answer carries', "rows", end - first, tokens),
    l10n.t("Ask for {0} rows at a time.", most),
  );
}

/** Throws `invalidRequest` where flow to the query would take too long. */
export function checkFlow(query: number): void {
  if (query < maxFlowTokens) return;
  throw invalidRequest(
    l10n.t("attention flow from token {0} passes more than {1} tokens", query, maxFlowTokens),
    l10n.t("Choose one of the first {0} tokens, or look at rollout.", maxFlowTokens),
  );
}

/**
 * Throws `invalidRequest` unless every segment holds tokens of the text, none overlaps another, and the sums of all heads are few enough
 * for one answer.
 */
export function checkSegments({ config }: LoadedModel, segments: readonly Segment[], tokens: number): void {
  const sorted = [...segments].sort((a, b) => a.start - b.start);
  for (const [i, { name, start, end }] of sorted.entries()) {
    if (start >= end || end > tokens)
      throw invalidRequest(l10n.t('segment "{0}": {1} to {2} are no tokens of {3}', name, start, end, tokens));
    if (start < (sorted[i - 1]?.end ?? 0))
      throw invalidRequest(l10n.t('segment "{0}" overlaps "{1}"', name, sorted[i - 1]?.name ?? ""));
  }
  const bytes = 4 * config.nLayer * config.nHead * segments.length * (segments.length + 1);
  if (bytes > maxAnswerBytes)
    throw invalidRequest(
      l10n.t("the sums over {0} segments are more than one answer carries", segments.length),
      l10n.t("Name fewer segments."),
    );
}
