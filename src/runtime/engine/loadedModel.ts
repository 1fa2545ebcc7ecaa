/** A model folder, compiled for a device and ready to run. */
import { parametersInMemory } from "../checkpoint/describe";
import { parameterCount } from "../checkpoint/parameterNames";
import type { ModelFolder } from "../checkpoint/store";
import { CancelledError } from "../errors";
import { cacheNames } from "../model/attention";
import type { GPTConfig } from "../model/config";
import { deviceTraits } from "../model/deviceTraits";
import { buildInferenceGraph } from "../model/gpt";
import { estimateMemory } from "../model/memory";
import { predictionNames } from "../model/predictions";
import type { Device, ModelInfo } from "../protocol";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { Classifier } from "./classifier";
import { limitContext, MemoryBudget, type MemoryLimits } from "./deviceMemory";
import { GraphSessions } from "./graphSessions";
import { createKVCache, type KVCache } from "./kvCache";
import { ModelParts } from "./modelParts";
import { checkpointFolder, checkpointParameters } from "./parameters";
import { PrefixCache } from "./prefixCache";
import { RowReader } from "./rowReader";
import { ScoreMemo } from "./scoreMemo";
import { Session } from "./session";
import { TextCaptures } from "./textCapture";
import { TextEmbeddings } from "./textEmbeddings";
import { createTraceSession } from "./trace";

/** A model that can run. Call `dispose` to free it. */
export interface LoadedModel {
  readonly info: ModelInfo;
  readonly config: GPTConfig;
  readonly tokenizer: Tokenizer | null;
  /** What it was loaded from. */
  readonly folder: ModelFolder;
  /** The inference graph. */
  readonly session: Session;
  /** Memory that its parameters take, bytes. */
  readonly weightBytes: number;
  /** An empty cache for one sequence of `tokens` tokens, but no more than the context. Throws `notEnoughMemory`. */
  newCache(tokens: number): KVCache;
  /** Gets a row that a pass left on the device. */
  readonly rows: RowReader;
  /** Bytes that passes gave to the process: what crossed from the device. */
  readonly traffic: { bytes: number };
  /** Caches of earlier texts: they are taken from here and given back. */
  readonly prefixCache: PrefixCache;
  /** Predictions of earlier texts. */
  readonly scoreMemo: ScoreMemo;
  /** The model in parts, compiled when they are first asked for. */
  readonly parts: ModelParts;
  /** The trace graph, compiled when it is first asked for. Throws `sessionFailed`. */
  traceSession(): Promise<Session>;
  /** Other graphs of the model, compiled when they are first asked for. */
  readonly graphs: GraphSessions;
  /** Every layer's state over the last texts that were looked into. */
  readonly captures: TextCaptures;
  /** Whole texts as vectors. */
  readonly embeddings: TextEmbeddings;
  /** What it tells apart, when it was fine-tuned to; null for other models. */
  readonly classifier: Classifier | null;
  dispose(): Promise<void>;
}

/** Most memory of caches that wait for a text with the same beginning, bytes: nearly two full contexts of GPT-2 small. */
export const prefixCacheBytes = 128 << 20;

/**
 * Compiles the inference graph of an opened folder. Its context is the model's, or a shorter one of `limits`, under which its caches'
 * memory is planned. Throws `sessionFailed`, or `CancelledError` when `signal` aborts.
 */
export async function loadModel(
  model: ModelFolder,
  device: Device,
  startedAt: number,
  signal?: AbortSignal,
  { contextLength, available }: MemoryLimits = {},
): Promise<LoadedModel> {
  const { tokenizer } = model;
  const config = limitContext(model.config, contextLength);
  const session = await createInferenceSession(model, device);
  let tracing: Promise<Session> | undefined;
  if (signal?.aborted) {
    await session.release();
    throw new CancelledError("cancelled while loading");
  }
  const budget = new MemoryBudget(model, device, available);
  const newCache = (tokens: number) => createKVCache(config, device, tokens, budget);
  const prefixCache = new PrefixCache(newCache, prefixCacheBytes);
  budget.onShort = () => prefixCache.clear();
  const rows = new RowReader(device, config.vocabSize);
  const parts = new ModelParts(model, device, budget);
  const graphs = new GraphSessions(model, device);
  const captures = new TextCaptures(model, graphs);
  const embeddings = new TextEmbeddings(model, graphs);
  const classifier = model.classifier && new Classifier(model, model.classifier, device, budget);
  return {
    info: describe(model, config, device, startedAt),
    config,
    tokenizer,
    folder: model,
    session,
    weightBytes: estimateMemory(config, device, parametersInMemory(model)).weights,
    newCache,
    prefixCache,
    scoreMemo: new ScoreMemo(),
    rows,
    parts,
    traffic: { bytes: 0 },
    traceSession() {
      tracing ??= createTraceSession(model, device);
      return tracing;
    },
    graphs,
    captures,
    embeddings,
    classifier,
    async dispose() {
      prefixCache.dispose();
      captures.dispose();
      embeddings.dispose();
      await classifier?.dispose();
      await graphs.dispose();
      tokenizer?.free();
      await rows.dispose();
      await parts.dispose();
      await session.release();
      await (await tracing?.catch(() => undefined))?.release();
    },
  };
}

async function createInferenceSession(model: ModelFolder, device: Device): Promise<Session> {
  const parameters = checkpointParameters(model);
  const { cacheUse, quantizedProducts } = deviceTraits[device];
  const graph = buildInferenceGraph(model.config, parameters, cacheUse, quantizedProducts);
  const layers = Array.from({ length: model.config.nLayer }, (_, layer) => cacheNames(layer));
  const onDevice = [...layers.flat().map(({ output }) => output), predictionNames.lastLogprobs];
  const folder = checkpointFolder(model.checkpoint);
  return Session.create(graph, { name: `inference graph of ${model.name}`, device, folder, onDevice });
}

function describe(model: ModelFolder, config: GPTConfig, device: Device, startedAt: number): ModelInfo {
  return {
    folder: model.folder,
    name: model.name,
    modelType: config.modelType,
    device,
    parameterCount: parameterCount(config),
    nLayer: config.nLayer,
    nHead: config.nHead,
    nEmbd: config.nEmbd,
    nPositions: config.nPositions,
    vocabSize: config.vocabSize,
    hasTokenizer: model.tokenizer !== null,
    ...(model.classifier?.task === "classification" && { labels: model.classifier.labels }),
    loadMs: performance.now() - startedAt,
  };
}
