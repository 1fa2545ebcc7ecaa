/**
 * Gradient × input (Shrikumar et al. 2016; Ancona et al. 2018): how much each token's embedding moves the log-probability of a prediction,
 * to first order.
 */
import {
  buildBlocksGradientGraph,
  buildHeadGradientGraph,
  buildTokenRowsGraph,
  type Followed,
  salienceNames,
} from "../model/salienceGraphs";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32 } from "./session";
import { blockGroups } from "./textCapture";

/** What is followed back to the tokens. */
export interface SalienceRequest {
  /** The text; at least one token, at most the context. It is read once for all places. */
  readonly ids: readonly number[];
  /** So many tokens stand before the prediction, one at least; the last of them predicts. */
  readonly place: number;
  readonly followed: Followed;
  /** Token or label. */
  readonly target: number;
}

/** What each token before the prediction does. */
export interface TokenSalience {
  /** Natural logarithm of the target's probability. */
  readonly logprob: number;
  /** Σ gradient · embedding of each token, nats. */
  readonly gradientTimesInput: Float64Array;
  /** ‖gradient‖ · ‖embedding‖ of each token, nats: what the former is at most. */
  readonly norm: Float64Array;
}

/** How to compute. */
export interface SalienceOptions extends Turn {
  /** Layers that are done, forwards and backwards, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Lengths are rounded up to multiples of this, so that graphs can be kept; causality hides what is added. */
const lengthStep = 32;

/**
 * Follows a prediction back. One turn for each few blocks, between which a cancellation is seen. The model is not quantized.
 * @throws RuntimeError `sessionFailed`; `CancelledError`.
 */
export async function salience(
  model: LoadedModel,
  request: SalienceRequest,
  options: SalienceOptions,
): Promise<TokenSalience> {
  const { ids, place } = request;
  const { nEmbd: C, nLayer, nPositions } = model.config;
  const report = (done: number) => options.onProgress?.(done, 2 * nLayer);
  const capture = await model.captures.get(ids, { ...options, onProgress: report });
  const last = capture.states.at(-1)?.subarray((place - 1) * C, place * C) ?? new Float32Array(C);
  const head = await headGradient(model, last, request, options);
  const length = Math.min(nPositions, Math.ceil(place / lengthStep) * lengthStep);
  let gradient = new Float32Array(length * C);
  gradient.set(head.gradient, (place - 1) * C);
  for (const [first, end] of [...blockGroups(model.folder)].reverse()) {
    const state = new Float32Array(length * C);
    state.set(capture.states[first]?.subarray(0, place * C) ?? []);
    gradient = await blocksGradient(model, { first, last: end, length, state, gradient }, options);
    report(2 * nLayer - first);
  }
  const rows = await tokenRows(model, ids.slice(0, place), options);
  return { logprob: head.logprob, ...products(gradient, rows, C) };
}

function headGradient(model: LoadedModel, state: Float32Array, { followed, target }: SalienceRequest, turn: Turn) {
  return passes.run(turn, async () => {
    const session = await model.graphs.get(`gradient of ${followed.kind}`, (config, parameters) =>
      buildHeadGradientGraph(config, parameters, followed),
    );
    const { state: stateName, target: targetName, logprob, gradient } = salienceNames;
    const feeds = {
      [stateName]: float32Tensor(state, [1, state.length]),
      [targetName]: int64Tensor([target], [1]),
    };
    const outputs = await session.run(feeds, { [logprob]: null, [gradient]: null });
    return {
      logprob: readFloat32(outputs, logprob)[0] ?? Number.NaN,
      gradient: readFloat32(outputs, gradient),
    };
  });
}

interface BlocksStep {
  readonly first: number;
  readonly last: number;
  readonly length: number;
  readonly state: Float32Array;
  readonly gradient: Float32Array;
}

function blocksGradient(model: LoadedModel, step: BlocksStep, turn: Turn): Promise<Float32Array<ArrayBuffer>> {
  const { first, last, length, state, gradient } = step;
  return passes.run(turn, async () => {
    const name = `gradient of blocks ${first} to ${last}, ${length} tokens`;
    const session = await model.graphs.get(name, (config, parameters, traits) =>
      buildBlocksGradientGraph(config, parameters, traits, { first, last, length }),
    );
    const shape = [length, model.config.nEmbd];
    const feeds = {
      [salienceNames.state]: float32Tensor(state, shape),
      [salienceNames.gradient]: float32Tensor(gradient, shape),
    };
    const outputs = await session.run(feeds, { [salienceNames.below]: null, [salienceNames.above]: null });
    return Float32Array.from(readFloat32(outputs, salienceNames.below));
  });
}

/** On the CPU, which reads the few rows that it needs from the file. */
function tokenRows(model: LoadedModel, ids: readonly number[], turn: Turn): Promise<Float32Array> {
  return passes.run(turn, async () => {
    const session = await model.graphs.get("token rows", buildTokenRowsGraph, "cpu");
    const outputs = await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) }, { [salienceNames.rows]: null });
    return readFloat32(outputs, salienceNames.rows);
  });
}

function products(gradient: Float32Array, rows: Float32Array, C: number) {
  const tokens = rows.length / C;
  const gradientTimesInput = new Float64Array(tokens);
  const norm = new Float64Array(tokens);
  for (let t = 0; t < tokens; t++) {
    let [dot, ofGradient, ofInput] = [0, 0, 0];
    for (let c = t * C; c < (t + 1) * C; c++) {
      const [g = 0, e = 0] = [gradient[c], rows[c]];
      dot += g * e;
      ofGradient += g * g;
      ofInput += e * e;
    }
    gradientTimesInput[t] = dot;
    norm[t] = Math.sqrt(ofGradient) * Math.sqrt(ofInput);
  }
  return { gradientTimesInput, norm };
}
