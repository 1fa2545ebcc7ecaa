/** A unit of an arm that prompts: the model is asked as it is, with demonstrations out of the labels that the arm may use. */
import * as l10n from "@vscode/l10n";
import type { Prediction } from "../comparisonRecord";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError, invalidRequest } from "../errors";
import { PromptAssembler } from "../prompt/assemble";
import type { CellCache } from "../prompt/cellCache";
import { promptEncoder } from "../prompt/encoder";
import type { PromptParts } from "../prompt/loadPrompt";
import type { Item, ResolvedVariant } from "../prompt/promptFile";
import { variantRuns } from "../prompt/runPrompt";
import type { PromptCell } from "../promptProtocol";
import type { ComparisonItem } from "./comparisonInput";
import { mean, median, type OnUnitProgress, type UnitRun, withPeakMemory } from "./unitRun";

/** What is asked, and of what. */
export interface PromptUnit {
  /** Absolute path of the comparison file, for messages. */
  readonly path: string;
  readonly variant: ResolvedVariant;
  /** Names of the data's labels; none for multiple choice and texts. */
  readonly labels: readonly string[];
  /** What demonstrations are drawn from. */
  readonly pool: readonly ComparisonItem[];
  /** The items of the part. */
  readonly items: readonly ComparisonItem[];
  /** Of the demonstrations. */
  readonly seed: number;
}

/** How it is asked. */
export interface PromptUnitOptions extends Turn {
  readonly cache: CellCache;
  /** Numbers of the items to answer; all when absent. */
  readonly only?: readonly number[];
  readonly onProgress?: OnUnitProgress;
}

/** Items that are answered together: always the same ones, so that the same numbers come out. Free answers are written one by one. */
const batchSize = 32;

/**
 * Answers the items of the part. Cells that the cache has are taken from it, with the time that they took when they were computed. Batch
 * calibration is over all that are answered.
 * @throws RuntimeError as `variantRuns` and `VariantRun` do, and `invalidRequest` for a prompt without words for one of the labels;
 * `CancelledError`, then the cache has what was answered.
 */
export async function runPromptUnit(
  model: LoadedModel,
  unit: PromptUnit,
  options: PromptUnitOptions,
): Promise<UnitRun> {
  checkLabels(unit);
  const { result, peakBytes } = await withPeakMemory(() => cellsOf(model, unit, options));
  const predictions = result.map((cell) => prediction(cell, unit));
  return {
    predictions,
    cost: {
      trainMs: null,
      itemMs: median(predictions.map(({ ms }) => ms)),
      peakBytes,
      addedBytes: 0,
      itemTokens: mean(result.map(({ promptTokens }) => promptTokens)),
    },
    cut: result.filter(({ dropped, truncated }) => dropped > 0 || truncated > 0).length,
  };
}

/** The prompt of one item, as the model gets it. Throws as `PromptAssembler` does. */
export async function unitPrompt(model: LoadedModel, unit: PromptUnit, item: number, turn: Turn): Promise<string> {
  return (await unitAssembler(model, unit, turn).assemble(item)).text;
}

/** Puts a unit's prompts together. */
export function unitAssembler(model: LoadedModel, unit: PromptUnit, turn: Turn): PromptAssembler {
  return new PromptAssembler(promptParts(unit), 0, promptEncoder(model, turn));
}

/** All cells, in the order of the items. */
async function cellsOf(
  model: LoadedModel,
  unit: PromptUnit,
  { cache, onProgress, only, ...turn }: PromptUnitOptions,
): Promise<readonly PromptCell[]> {
  const [run] = variantRuns(model, promptParts(unit), cache, turn);
  if (!run) throw new RangeError("there is no variant");
  const cells = new Map<number, PromptCell>();
  const size = isFree(unit.variant) ? 1 : batchSize;
  const numbers = only ?? [...unit.items.keys()];
  for (let from = 0; from < numbers.length; from += size) {
    if (turn.signal.aborted) throw new CancelledError("cancelled while answering");
    for (const cell of await run.cells(numbers.slice(from, from + size))) cells.set(cell.item, cell);
    await cache.flush();
    await onProgress?.("answering", cells.size, numbers.length);
    // Where everything was known, nothing has let messages in.
    await new Promise(setImmediate);
  }
  for (const cell of run.recalibrated()) cells.set(cell.item, cell);
  return numbers.flatMap((item) => cells.get(item) ?? []);
}

/** A prompt file's variant with its data, as if it had been read. */
function promptParts({ path, variant, pool, items, seed }: PromptUnit): PromptParts {
  const { demonstrations } = variant;
  const drawn = demonstrations !== null && demonstrations.k > 0 ? { ...demonstrations, seed } : null;
  return {
    path,
    variants: [{ ...variant, demonstrations: drawn }],
    items: items.map((item) => promptItem(item, variant)),
    numbers: items.map((_, number) => number),
    pools: [drawn && pool.map((item) => promptItem(item, variant))],
  };
}

/** The item with its right answer where the variant looks for it. */
function promptItem({ fields, gold }: ComparisonItem, { answer }: ResolvedVariant): Item {
  const copied = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]);
  return { ...Object.fromEntries(copied), [answer]: gold };
}

function isFree({ labels, choices }: ResolvedVariant): boolean {
  return !labels && choices === null;
}

/** Every label of the data needs words, and words for another one would be answers that are never right. */
function checkLabels({ variant, labels }: PromptUnit): void {
  if (labels.length === 0) return;
  const named = [...(variant.labels?.keys() ?? [])];
  const without = labels.find((label) => !named.includes(label));
  const unknown = named.find((label) => !labels.includes(label));
  if (without === undefined && unknown === undefined) return;
  throw invalidRequest(
    without === undefined
      ? l10n.t('the prompt "{0}" has words for the label "{1}", which the data has not', variant.name, unknown ?? "")
      : l10n.t('the prompt "{0}" has no words for the label "{1}"', variant.name, without),
    l10n.t("The data has the labels {0}.", labels.join(", ")),
  );
}

function prediction(cell: PromptCell, { labels }: PromptUnit): Prediction {
  const { item, candidates, ms, gold, logprob, logprobTokens } = cell;
  if (candidates === null) {
    // Without a right text the cell tells of the written one.
    const known = gold !== null && gold !== "" && logprob !== null;
    const of = known ? { logprob, tokens: logprobTokens } : { logprob: null, tokens: null };
    return { item, label: null, probabilities: null, text: cell.output.trim(), ...of, ms };
  }
  const names = labels.length > 0 ? labels : candidates.map((_, number) => String(number));
  const shares = new Map(candidates.map((one) => [one.answer, one.calibrated ?? one.probability]));
  return {
    item,
    label: names.indexOf(cell.output),
    probabilities: names.map((name) => shares.get(name) ?? 0),
    text: null,
    logprob: null,
    tokens: null,
    ms,
  };
}
