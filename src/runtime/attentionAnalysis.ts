/** Attention, as its requests want it: checked against the model, from what was captured of the text. */
import type {
  AnalysisTarget,
  AttentionFlow,
  AttentionFlowParams,
  AttentionMatrix,
  AttentionMatrixParams,
  AttentionOverview,
  AttentionOverviewParams,
  AttentionReach,
  AttentionReachParams,
  AttentionRows,
  AttentionRowsParams,
} from "./analysisProtocol";
import { checkFlow, checkIndex, checkRows, checkSegments, checkSource, checkTarget } from "./analysisRequests";
import { attentionFlow as flowToTokens } from "./engine/attentionFlow";
import { attentionMatrix as matrixRows, meanAttentions, attentionRows as queryRows } from "./engine/attentionMatrix";
import { attentionOverview as overviewOfHeads } from "./engine/attentionOverview";
import { attentionReach as reachOf } from "./engine/attentionReach";
import type { LoadedModel } from "./engine/loadedModel";
import type { TextCapture } from "./engine/textCapture";
import type { RequestContext } from "./service";

/** Thumbnails, statistics and segment sums of every head. Throws as all below: `checkTarget`'s, `invalidRequest`, `CancelledError`. */
export async function attentionOverview(
  model: LoadedModel,
  params: AttentionOverviewParams,
  context: RequestContext,
): Promise<AttentionOverview> {
  const started = performance.now();
  checkTarget(model, params);
  const segments = params.segments ?? [];
  checkSegments(model, segments, params.ids.length);
  const steps = 2 * model.config.nLayer;
  const capture = await captureOf(model, params, context, steps);
  const { thumbnailSize } = params;
  const options = { signal: context.signal, onProgress: reporter(context, model.config.nLayer, steps) };
  const overview = await overviewOfHeads(model, capture, { thumbnailSize, segments }, options);
  const { nLayer: layers, nHead: heads } = model.config;
  return {
    model: model.info,
    tokens: capture.ids.length,
    layers,
    heads,
    patterns: model.config.attentionPatterns.map((pattern) => ({ k: 0, ...pattern })),
    ...overview,
    elapsedMs: performance.now() - started,
  };
}

/** Rows of one matrix. */
export async function attentionMatrix(
  model: LoadedModel,
  params: AttentionMatrixParams,
  context: RequestContext,
): Promise<AttentionMatrix> {
  const started = performance.now();
  const { source, rows, ids } = params;
  checkTarget(model, params);
  checkSource(model, source);
  checkRows(rows, ids.length);
  const { nLayer } = model.config;
  const steps = nLayer + (source.kind === "all" || source.kind === "rollout" ? nLayer : 0);
  const capture = await captureOf(model, params, context, steps);
  const options = { signal: context.signal, onProgress: reporter(context, nLayer, steps) };
  const data = await matrixRows(model, capture, source, rows, options);
  return { source, rows, columns: ids.length, data, elapsedMs: performance.now() - started };
}

/** One query in all heads of a layer. */
export async function attentionRows(
  model: LoadedModel,
  params: AttentionRowsParams,
  context: RequestContext,
): Promise<AttentionRows> {
  checkTarget(model, params);
  checkIndex("layer", params.layer, model.config.nLayer);
  checkIndex("query", params.query, params.ids.length);
  const capture = await captureOf(model, params, context, model.config.nLayer);
  const data = await queryRows(model, capture, params.layer, params.query, context);
  return { data, heads: model.config.nHead };
}

/** Flow from a query to every token. */
export async function attentionFlow(
  model: LoadedModel,
  params: AttentionFlowParams,
  context: RequestContext,
): Promise<AttentionFlow> {
  const started = performance.now();
  const { layer, query, ids } = params;
  checkTarget(model, params);
  checkIndex("layer", layer, model.config.nLayer);
  checkIndex("query", query, ids.length);
  checkFlow(query);
  const { nLayer } = model.config;
  const tokens = query + 1;
  const steps = nLayer + layer + 1 + tokens;
  const capture = await captureOf(model, params, context, steps);
  const { signal } = context;
  const options = { signal, onProgress: reporter(context, nLayer, steps) };
  const means = await meanAttentions(model, capture, layer, tokens, options);
  const onProgress = reporter(context, nLayer + layer + 1, steps);
  const flow = await flowToTokens(means, tokens, { signal, onProgress });
  const data = new Float32Array(ids.length).fill(Number.NaN);
  const reach = reachOf(model.config.attentionPatterns.slice(0, layer + 1), tokens, query);
  for (const [token, value] of flow.entries()) if (reach[token]) data[token] = value;
  return { data, elapsedMs: performance.now() - started };
}

/** What can reach a token: known from the patterns, with no pass. */
export async function attentionReach(model: LoadedModel, params: AttentionReachParams): Promise<AttentionReach> {
  checkTarget(model, params);
  checkIndex("token", params.token, params.ids.length);
  return { data: reachOf(model.config.attentionPatterns, params.ids.length, params.token) };
}

/** The text's capture, whose layers are the first of `steps`. */
function captureOf(
  model: LoadedModel,
  { ids }: AnalysisTarget,
  context: RequestContext,
  steps: number,
): Promise<TextCapture> {
  return model.captures.get(ids, { signal: context.signal, onProgress: reporter(context, 0, steps) });
}

/** Reports steps that come after `before` others, of `total`. */
function reporter({ onProgress }: RequestContext, before: number, total: number): (done: number) => void {
  return (done) => onProgress?.({ stage: "analyzing", done: before + done, total });
}
