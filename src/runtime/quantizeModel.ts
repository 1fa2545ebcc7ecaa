/** `models/quantize`: a quantized copy in the store, and what it cost. */
import * as l10n from "@vscode/l10n";
import { findQuantized, makeModel } from "./checkpoint/modelStore";
import { hashCheckpoint, writeQuantized } from "./checkpoint/quantize";
import { type ModelFolder, openModelFolder } from "./checkpoint/store";
import { Devices } from "./engine/device";
import { loadModel } from "./engine/loadedModel";
import { measurePerplexity } from "./engine/perplexity";
import { adapterNotMerged, alreadyQuantized, invalidRequest, notAModelFolder } from "./errors";
import type { InstalledModel, QuantizeParams, QuantizeResult } from "./modelsProtocol";
import type { Device, WorkProgress } from "./protocol";

/** What stops the work, and whom to tell of it. */
interface QuantizeContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * Writes the copy, unless the store has one of the same weights in the same form, and measures perplexity before and after. The measurement is
 * part of the work: when it is cancelled or fails, nothing is left in the store.
 * @throws RuntimeError for a source or a store that cannot be used, a text that a model without tokenizer cannot read; `CancelledError`.
 */
export async function quantizeModel(params: QuantizeParams, context: QuantizeContext): Promise<QuantizeResult> {
  const source = await openModelFolder(params.folder);
  try {
    if (source.config.quantization !== null) throw alreadyQuantized(source.folder);
    if (source.adapter) throw adapterNotMerged(source.folder);
    const measurement = await planMeasurement(source, params);
    const bytesBefore = fileBytes(source);
    const origin = {
      kind: "quantized",
      source: source.name,
      sourceSha256: await hashSource(source, bytesBefore, context),
      bits: params.bits,
      blockSize: params.blockSize,
      ...(params.embeddingBits && { embeddingBits: params.embeddingBits }),
    } as const;
    let perplexity: QuantizeResult["perplexity"] = null;
    const measure = async (folder: string) => {
      perplexity = measurement && (await measureBoth(source.folder, folder, measurement, context));
    };
    const existing = await findQuantized(params.store, origin);
    if (existing) await measure(existing.folder);
    const name = `${source.name}-q${params.bits}-${params.blockSize}${params.embeddingBits ? "-e8" : ""}`;
    const model =
      existing ??
      (await makeModel(params.store, name, origin, async (folder) => {
        await quantize(source, folder, origin, context);
        await measure(folder);
      }));
    return { model, bytesBefore, bytesAfter: bytesOf(model), perplexity };
  } finally {
    source.tokenizer?.free();
  }
}

type QuantizedOrigin = Extract<InstalledModel["origin"], { readonly kind: "quantized" }>;

function hashSource(source: ModelFolder, total: number, { signal, onProgress }: QuantizeContext): Promise<string> {
  let done = 0;
  return hashCheckpoint(source.checkpoint, signal, (count) => {
    done += count;
    onProgress?.({ stage: "checking", done, total });
  });
}

function quantize(
  source: ModelFolder,
  folder: string,
  origin: QuantizedOrigin,
  context: QuantizeContext,
): Promise<void> {
  const { bits, blockSize, embeddingBits, sourceSha256 } = origin;
  return writeQuantized(source, folder, {
    quantization: { bits, blockSize, ...(embeddingBits && { embeddingBits }) },
    sourceSha256,
    signal: context.signal,
    onProgress: (done, total) => context.onProgress?.({ stage: "quantizing", done, total }),
  });
}

/** Tokens to measure on, and where. */
interface Measurement {
  readonly ids: readonly number[];
  readonly device: Device;
}

/** Null when there is no text. Everything that can be wrong is found before the work begins. */
async function planMeasurement(source: ModelFolder, params: QuantizeParams): Promise<Measurement | null> {
  if (params.text === "") return null;
  if (!source.tokenizer) throw notAModelFolder(source.folder, "vocab.json");
  const ids = source.tokenizer.encode(params.text);
  if (ids.length < 2 || source.config.nPositions < 2)
    throw invalidRequest(l10n.t("perplexity needs a text of two tokens or more"));
  return { ids, device: await new Devices().choose(params.device ?? "auto") };
}

async function measureBoth(
  before: string,
  after: string,
  { ids, device }: Measurement,
  { signal, onProgress }: QuantizeContext,
): Promise<NonNullable<QuantizeResult["perplexity"]>> {
  const measure = async (folder: string, start: number) => {
    const model = await load(folder, device, signal);
    try {
      const report = (done: number) => onProgress?.({ stage: "measuring", done: start + done, total: 2 * ids.length });
      return await measurePerplexity(model, ids, { signal, onProgress: report });
    } finally {
      await model.dispose();
    }
  };
  // One after the other: together they might not fit in memory.
  const first = await measure(before, 0);
  const second = await measure(after, ids.length);
  return { before: first.perplexity, after: second.perplexity, tokens: first.tokens };
}

async function load(folder: string, device: Device, signal: AbortSignal) {
  const opened = await openModelFolder(folder);
  try {
    return await loadModel(opened, device, performance.now(), signal);
  } catch (error) {
    opened.tokenizer?.free();
    throw error;
  }
}

function fileBytes({ checkpoint }: ModelFolder): number {
  return checkpoint.files.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function bytesOf({ state }: InstalledModel): number {
  return state.kind === "ready" ? state.description.fileBytes : 0;
}
