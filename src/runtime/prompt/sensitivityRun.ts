/** Sensitivity by the model: each arrangement is a run over all inputs. */
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError } from "../errors";
import type { PromptCell, Sensitivity } from "../promptProtocol";
import type { CellCache } from "./cellCache";
import type { LoadedPrompt } from "./loadPrompt";
import { variantRuns } from "./runPrompt";
import { measureSensitivity, type ScoredArrangement, type SensitivityOptions } from "./sensitivity";

/** How to run it. */
export interface SensitivityRunOptions extends Turn {
  readonly cache: CellCache;
  /** Is told the answers that are known, and how many all arrangements take. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Inputs that are scored together. */
const batchSize = 64;

/** `measureSensitivity` with the model's answers. Throws `CancelledError`, and as `measureSensitivity` and `variantRuns` do. */
export async function runSensitivity(
  model: LoadedModel,
  loaded: LoadedPrompt,
  options: SensitivityOptions,
  how: SensitivityRunOptions,
): Promise<Sensitivity> {
  const started = performance.now();
  let done = 0;
  const score = async (arrangement: ScoredArrangement, arrangements: number) => {
    const cells = await cellsOf(model, arrangement, how, (count) => {
      done += count;
      how.onProgress?.(done, loaded.items.length * arrangements);
    });
    await how.cache.flush();
    return cells;
  };
  return { ...(await measureSensitivity(loaded, options, score)), elapsedMs: performance.now() - started };
}

async function cellsOf(
  model: LoadedModel,
  { loaded, variant, demonstrations }: ScoredArrangement,
  { cache, ...turn }: SensitivityRunOptions,
  onBatch: (count: number) => void,
): Promise<readonly PromptCell[]> {
  const run = variantRuns(model, loaded, cache, turn)[variant];
  if (!run) throw new RangeError(`there is no variant ${variant}`);
  const cells = new Map<number, PromptCell>();
  const numbers = [...loaded.items.keys()];
  for (let from = 0; from < numbers.length; from += batchSize) {
    if (turn.signal.aborted) throw new CancelledError("cancelled");
    const batch = numbers.slice(from, from + batchSize);
    for (const cell of await run.cells(batch, demonstrations)) cells.set(cell.item, cell);
    onBatch(batch.length);
    // Where everything was known, nothing has let messages in.
    await new Promise(setImmediate);
  }
  for (const cell of run.recalibrated()) cells.set(cell.item, cell);
  return [...cells.values()];
}
