/** A run with its record: what a request for one gets. */
import { basename, join } from "node:path";
import { modelHash } from "../checkpoint/modelHash";
import type { LoadedModel } from "../engine/loadedModel";
import { onnxruntimeVersion } from "../engine/session";
import type { PromptRunEvent, PromptRunParams, PromptRunResult, RunRecord } from "../promptProtocol";
import { version } from "../version";
import { CellCache } from "./cellCache";
import type { LoadedPrompt } from "./loadPrompt";
import { type RunPromptOptions, runItems, runPrompt } from "./runPrompt";
import { RunWriter, runId } from "./runStore";
import { summarize } from "./summary";

/** What a record says before anything is computed. */
type Begun = Omit<RunRecord, "id" | "variants" | "complete" | "elapsedMs">;

/** Versions that results hang on. */
const versions = { gptWorkbench: version, onnxruntime: onnxruntimeVersion };

/**
 * Runs a loaded file with the cache and the record that `params` name. A cancelled run gives what it had. Throws as `runPrompt` does, and
 * `cannotWrite`.
 */
export async function recordedRun(
  model: LoadedModel,
  loaded: LoadedPrompt,
  params: Pick<PromptRunParams, "source" | "overrides" | "cache" | "runs">,
  options: Omit<RunPromptOptions, "cache">,
): Promise<PromptRunResult> {
  const started = performance.now();
  const startedAt = new Date();
  const sha256 = await modelHash(model.info.folder, { signal: options.signal, memory: hashMemory(params.cache) });
  const cache = await openCache(model, sha256, params.cache);
  const begun = beginning(model, loaded, params, { startedAt: startedAt.toISOString(), sha256 });
  const writer =
    params.runs === undefined
      ? null
      : await RunWriter.create(params.runs, startedAt, params.source.path, runItems(loaded));
  const record = (variants: RunRecord["variants"], complete: boolean): RunRecord => ({
    ...begun,
    id: writer?.id ?? runId(startedAt, params.source.path),
    variants,
    complete,
    elapsedMs: performance.now() - started,
  });
  await writer?.record(
    record(
      loaded.variants.map((variant) => summarize(variant, [])),
      false,
    ),
  );
  const onEvent = async (event: PromptRunEvent) => {
    if (event.kind === "cells") await writer?.append(event.cells);
    await options.onEvent(event);
  };
  const { variants, recalibrated, complete } = await runPrompt(model, loaded, { ...options, cache, onEvent });
  await writer?.replace(recalibrated);
  const finished = record(variants, complete);
  await writer?.record(finished);
  return { record: finished, folder: writer?.folder ?? null, recalibrated };
}

/** The cache in a folder, or one in memory when none is named. Throws what making the folder throws. */
export function openCache(model: LoadedModel, sha256: string, folder: string | undefined): Promise<CellCache> {
  return CellCache.open(folder ?? null, {
    model: sha256,
    contextLength: model.config.nPositions,
    device: model.info.device,
    versions: Object.values(versions),
  });
}

/** Where a cache remembers the hashes of models. */
export function hashMemory(cache: string | undefined): string | null {
  return cache === undefined ? null : join(cache, "modelHashes.json");
}

function beginning(
  model: LoadedModel,
  { file, data, items }: LoadedPrompt,
  { source, overrides = {} }: Pick<PromptRunParams, "source" | "overrides">,
  { startedAt, sha256 }: { readonly startedAt: string; readonly sha256: string },
): Begun {
  const { name, folder, device } = model.info;
  return {
    version: 1,
    startedAt,
    file: basename(source.path),
    text: source.text,
    overrides,
    model: { name, folder, sha256, device, contextLength: model.config.nPositions },
    data,
    versions,
    task: file.task,
    items: items.length,
  };
}
