/** Looks inside: every layer's hidden states and every head's attention probabilities, for whole sequences. */
import type { ModelFolder } from "../checkpoint/store";
import type { AttentionPattern } from "../model/attentionPattern";
import type { GPTConfig } from "../model/config";
import { deviceTraits } from "../model/deviceTraits";
import { buildTraceGraph } from "../model/gpt";
import { blocking } from "../model/sparseAttention";
import type { Device } from "../protocol";
import { checkpointFolder, checkpointParameters } from "./parameters";
import { int64Tensor, readFloat32, Session, type SessionTensor } from "./session";

/** A padded batch of B sequences of T tokens. */
export interface TraceBatch {
  /** [B][T] */
  readonly ids: readonly (readonly number[])[];
  /** [B][T], 0 at padding; absent: there is none. */
  readonly attentionMask?: readonly (readonly number[])[];
  /** [B][T]; absent: 0 … T − 1. */
  readonly positionIds?: readonly (readonly number[])[];
}

/** Attention probabilities of one layer. What a sparse layer does not see is not there; `denseProbabilities` fills it with zeros. */
export type LayerAttention =
  | { readonly kind: "dense" /** [B, H, T, T] */; readonly probabilities: Float32Array }
  | {
      readonly kind: "sparse";
      readonly pattern: Exclude<AttentionPattern, { readonly kind: "dense" }>;
      /** [B, H, N, b, W] as `SparseOutputs` says. */
      readonly window: Float32Array;
      /** [B, H, N, b, N], or null for a band. */
      readonly columns: Float32Array | null;
    };

/** What happened in a pass, row by row of the shapes. */
export interface Trace {
  readonly batch: number;
  readonly tokens: number;
  /** [B, T, V] */
  readonly logits: Float32Array;
  /** L + 1 times [B, T, C]: the embeddings, then each block's output; the last one after the final norm, where there is one. */
  readonly hiddenStates: readonly Float32Array[];
  /** Per layer [B, T, C]: outputs of attention and MLP before the residual sum, and of the block. */
  readonly attnOut: readonly Float32Array[];
  readonly mlpOut: readonly Float32Array[];
  readonly blockOut: readonly Float32Array[];
  readonly attentions: readonly LayerAttention[];
}

/** Compiles the trace graph of an opened folder. Throws `sessionFailed`. */
export function createTraceSession(model: ModelFolder, device: Device): Promise<Session> {
  const parameters = checkpointParameters(model);
  const { headsAtOnce, quantizedProducts } = deviceTraits[device];
  const graph = buildTraceGraph(model.config, parameters, headsAtOnce, quantizedProducts);
  const folder = checkpointFolder(model.checkpoint);
  return Session.create(graph, { name: `trace graph of ${model.name}`, device, folder });
}

/** Runs a batch. All sequences have the same length, at most the model's context. */
export async function trace(session: Session, config: GPTConfig, batch: TraceBatch): Promise<Trace> {
  const tokens = batch.ids[0]?.length ?? 0;
  const shape = [batch.ids.length, tokens];
  const ones = () => batch.ids.map((row) => row.map(() => 1));
  const places = () => batch.ids.map((row) => row.map((_, i) => i));
  const feeds = {
    input_ids: int64Tensor(batch.ids.flat(), shape),
    position_ids: int64Tensor((batch.positionIds ?? places()).flat(), shape),
    attention_mask: int64Tensor((batch.attentionMask ?? ones()).flat(), shape),
  };
  const outputs = await session.run(feeds, Object.fromEntries(outputNames(config).map((name) => [name, null])));
  return readTrace(config, outputs, { batch: batch.ids.length, tokens });
}

/**
 * A layer's probabilities as a full matrix, zero where nothing was computed: [B, H, T, T]. Takes T² numbers per head: for long texts
 * of sparse models use the compact form.
 */
export function denseProbabilities(layer: LayerAttention, heads: number, { batch, tokens }: TraceSize): Float32Array {
  if (layer.kind === "dense") return layer.probabilities;
  const full = new Float32Array(batch * heads * tokens * tokens);
  const { size, before } = blocking(layer.pattern);
  const blocks = Math.ceil(tokens / size);
  const width = (before + 1) * size;
  for (let row = 0; row < batch * heads * tokens; row++) {
    const [sequence, query] = [Math.floor(row / tokens), row % tokens];
    const [block, offset] = [Math.floor(query / size), query % size];
    const place = sequence * blocks * size + query;
    for (let c = 0; c < width; c++) {
      const key = (block - before) * size + c;
      if (key >= 0 && key <= query) full[row * tokens + key] = layer.window[place * width + c] ?? 0;
    }
    // Rows nearer than two are in the window.
    for (let m = 0; layer.columns && m < block - 1; m++)
      full[row * tokens + m * size + offset] = layer.columns[place * blocks + m] ?? 0;
  }
  return full;
}

type TraceSize = Pick<Trace, "batch" | "tokens">;

function outputNames(config: GPTConfig): string[] {
  const layers = config.attentionPatterns.flatMap((pattern, layer) => [
    `attn_out.${layer}`,
    `mlp_out.${layer}`,
    `block_out.${layer}`,
    ...attentionNames(pattern, layer),
  ]);
  const last = config.normPlacement === "pre" ? ["final_norm"] : [];
  return ["logits", "embeddings", ...layers, ...last];
}

function attentionNames(pattern: AttentionPattern, layer: number): string[] {
  if (pattern.kind === "dense") return [`attentions.${layer}`];
  const window = `attentions.${layer}.window`;
  return pattern.kind === "banded" ? [window] : [window, `attentions.${layer}.columns`];
}

function readTrace(config: GPTConfig, outputs: Readonly<Record<string, SessionTensor>>, size: TraceSize): Trace {
  const read = (name: string) => readFloat32(outputs, name);
  const perLayer = (name: string) => config.attentionPatterns.map((_, layer) => read(`${name}.${layer}`));
  const blockOut = perLayer("block_out");
  const last = config.normPlacement === "pre" ? [read("final_norm")] : blockOut.slice(-1);
  return {
    ...size,
    logits: read("logits"),
    hiddenStates: [read("embeddings"), ...blockOut.slice(0, -1), ...last],
    attnOut: perLayer("attn_out"),
    mlpOut: perLayer("mlp_out"),
    blockOut,
    attentions: config.attentionPatterns.map((pattern, layer) => readAttention(pattern, layer, read)),
  };
}

function readAttention(pattern: AttentionPattern, layer: number, read: (name: string) => Float32Array): LayerAttention {
  if (pattern.kind === "dense") return { kind: "dense", probabilities: read(`attentions.${layer}`) };
  const window = read(`attentions.${layer}.window`);
  const columns = pattern.kind === "strided" ? read(`attentions.${layer}.columns`) : null;
  return { kind: "sparse", pattern, window, columns };
}
