/** How much a prompt's success hangs on what should not matter (Lu et al. 2022; Zhao et al. 2021 §3). */
import * as l10n from "@vscode/l10n";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError, invalidRequest } from "../errors";
import type { PromptCell, Sensitivity, SensitivityArm, SensitivityParams } from "../promptProtocol";
import { answerTexts, goldOf } from "./answers";
import { choices, orders, wordings } from "./arrangements";
import { PromptAssembler } from "./assemble";
import type { CellCache } from "./cellCache";
import { promptEncoder } from "./encoder";
import { inputFields, type LoadedPrompt } from "./loadPrompt";
import type { Item, ResolvedVariant } from "./promptFile";
import { variantRuns } from "./runPrompt";

/** What measuring works with. */
export interface SensitivityOptions extends Turn {
  readonly cache: CellCache;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One way to prompt: the loaded file, the variant, and what stands in front. */
interface Arm extends Pick<SensitivityArm, "name" | "demonstrations"> {
  readonly loaded: LoadedPrompt;
  readonly variant: number;
  /** Undefined where each input has its own. */
  readonly forced?: readonly number[];
}

interface Arms {
  readonly arms: readonly Arm[];
  readonly exhaustive: boolean;
  /** Inputs that no arm shows as a demonstration. */
  readonly items: readonly number[];
}

/** UTF-16 code units of a demonstration that a table shows. */
const shownText = 200;
/** Inputs of one batch: between batches a cancellation is seen. */
const batch = 16;

/**
 * Tries every arrangement over all inputs. Throws `invalidRequest` where the variant has nothing to arrange, `CancelledError`, and as
 * `variantRuns`.
 */
export async function sensitivity(
  model: LoadedModel,
  loaded: LoadedPrompt,
  { axis, samples, seed, variant: name }: Pick<SensitivityParams, "axis" | "samples" | "seed" | "variant">,
  options: SensitivityOptions,
): Promise<Sensitivity> {
  const started = performance.now();
  const number = name === undefined ? 0 : loaded.variants.findIndex((variant) => variant.name === name);
  const variant = loaded.variants[number];
  if (!variant) throw invalidRequest(l10n.t('the file has no variant "{0}"', name ?? ""));
  const made = await armsOf(model, loaded, { axis, samples, seed, number, variant }, options);
  if (made.items.length === 0) {
    throw invalidRequest(l10n.t("every input is one of the demonstrations: nothing is left to measure on"));
  }
  const all: (readonly PromptCell[])[] = [];
  const progress = { done: 0, total: made.arms.length * made.items.length };
  for (const arm of made.arms) all.push(await cellsOf(model, arm, made.items, options, progress));
  const judged = all.every((cells) => cells.every(({ correct }) => correct !== null));
  const metric = judged ? "accuracy" : "logprob";
  const arms = made.arms.map(({ name, demonstrations }, i) => ({
    name,
    demonstrations,
    value: measureOf(all[i] ?? [], metric),
  }));
  return {
    axis,
    metric,
    items: made.items.length,
    exhaustive: made.exhaustive,
    arms,
    ...spread(arms.map(({ value }) => value)),
    influence: influence(axis, arms, (index) => shown(loaded.pools[number]?.[index], variant)),
    elapsedMs: performance.now() - started,
  };
}

interface Asked extends Pick<SensitivityParams, "axis" | "samples" | "seed"> {
  readonly number: number;
  readonly variant: ResolvedVariant;
}

async function armsOf(model: LoadedModel, loaded: LoadedPrompt, asked: Asked, turn: Turn): Promise<Arms> {
  const { axis, number, variant, samples, seed } = asked;
  const every = [...loaded.items.keys()];
  switch (axis) {
    case "template": {
      if (loaded.variants.length < 2) throw invalidRequest(l10n.t("one variant alone cannot be compared"));
      const arms = loaded.variants.map(({ name }, i) => ({ name, demonstrations: [], loaded, variant: i }));
      return { arms, exhaustive: true, items: every };
    }
    case "labelWords": {
      if (!variant.labels) throw invalidRequest(l10n.t('variant "{0}" has no labels', variant.name));
      const { all, exhaustive } = wordings(variant.labels, samples, seed);
      const names = [...variant.labels.keys()];
      return { arms: all.map((words) => worded(loaded, number, names, words)), exhaustive, items: every };
    }
    case "order":
    case "demonstrations":
      return demonstrated(model, loaded, asked, turn);
    default:
      return axis satisfies never;
  }
}

/** Arms that differ in their demonstrations: those of the first input, in other orders, or other ones. */
async function demonstrated(
  model: LoadedModel,
  loaded: LoadedPrompt,
  { axis, number, variant, samples, seed }: Asked,
  turn: Turn,
): Promise<Arms> {
  const pool = loaded.pools[number] ?? [];
  const assembler = new PromptAssembler(loaded, number, promptEncoder(model, turn));
  const base = loaded.items.length > 0 ? (await assembler.assemble(0)).demonstrations : [];
  if (base.length < (axis === "order" ? 2 : 1)) {
    throw invalidRequest(l10n.t('variant "{0}" has no demonstrations to arrange', variant.name));
  }
  const { all, exhaustive } =
    axis === "order" ? orders(base, samples, seed) : choices(pool.length, base.length, samples, seed);
  const arms = all.map((forced) => {
    const name = forced.map((index) => index + 1).join(", ");
    return { name, demonstrations: forced, loaded, variant: number, forced };
  });
  const used = new Set(all.flat().map((index) => inputKey(pool[index], variant)));
  const items = [...loaded.items.keys()].filter((item) => !used.has(inputKey(loaded.items[item], variant)));
  return { arms, exhaustive, items };
}

function worded(loaded: LoadedPrompt, number: number, names: readonly string[], words: readonly string[]): Arm {
  const labels = new Map(names.map((name, i) => [name, [words[i] ?? ""]]));
  const variants = loaded.variants.map((variant, i) => (i === number ? { ...variant, labels } : variant));
  const name = names.map((label, i) => `${label} = ${words[i]}`).join(", ");
  return { name, demonstrations: [], loaded: { ...loaded, variants }, variant: number };
}

async function cellsOf(
  model: LoadedModel,
  { loaded, variant, forced }: Arm,
  items: readonly number[],
  { cache, onProgress, signal, priority }: SensitivityOptions,
  progress: { done: number; readonly total: number },
): Promise<readonly PromptCell[]> {
  const run = variantRuns(model, loaded, cache, { signal, priority })[variant];
  const cells: PromptCell[] = [];
  for (let from = 0; from < items.length; from += batch) {
    if (signal.aborted) throw new CancelledError("cancelled");
    const some = items.slice(from, from + batch);
    cells.push(...((await run?.cells(some, forced)) ?? []));
    progress.done += some.length;
    onProgress?.(progress.done, progress.total);
  }
  await cache.flush();
  const final = new Map(run?.recalibrated().map((cell) => [cell.item, cell]));
  return cells.map((cell) => final.get(cell.item) ?? cell);
}

function measureOf(cells: readonly PromptCell[], metric: Sensitivity["metric"]): number {
  if (metric === "accuracy") return mean(cells.map(({ correct }) => (correct ? 1 : 0)));
  return mean(
    cells.flatMap(({ logprob, logprobTokens }) => (logprob === null ? [] : [logprob / Math.max(1, logprobTokens)])),
  );
}

function spread(values: readonly number[]): Pick<Sensitivity, "best" | "worst" | "mean" | "sd"> {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return { best: Math.max(...values), worst: Math.min(...values), mean: center, sd };
}

/** For orders: last place against first. For choices: the arms with a demonstration against those without. */
function influence(
  axis: SensitivityParams["axis"],
  arms: readonly SensitivityArm[],
  text: (index: number) => string,
): Sensitivity["influence"] {
  if (axis !== "order" && axis !== "demonstrations") return [];
  const all = [...new Set(arms.flatMap(({ demonstrations }) => demonstrations))].sort((a, b) => a - b);
  const compared = (index: number): [readonly SensitivityArm[], readonly SensitivityArm[]] =>
    axis === "order"
      ? [
          arms.filter(({ demonstrations }) => demonstrations.at(-1) === index),
          arms.filter(({ demonstrations }) => demonstrations[0] === index),
        ]
      : [
          arms.filter(({ demonstrations }) => demonstrations.includes(index)),
          arms.filter(({ demonstrations }) => !demonstrations.includes(index)),
        ];
  return all.flatMap((demonstration) => {
    const [a, b] = compared(demonstration);
    if (a.length === 0 || b.length === 0) return [];
    const effect = mean(a.map(({ value }) => value)) - mean(b.map(({ value }) => value));
    return [{ demonstration, text: text(demonstration), effect }];
  });
}

function shown(item: Item | undefined, variant: ResolvedVariant): string {
  if (!item) return "";
  const fields = inputFields(variant.template).map((name) => String(item[name] ?? ""));
  const [answer = ""] = answerTexts(goldOf(item, variant) ?? "", item, variant);
  const text = `${fields.join(" · ")} → ${answer}`;
  return text.length <= shownText ? text : `${text.slice(0, shownText)}…`;
}

function inputKey(item: Item | undefined, { template }: ResolvedVariant): string {
  return JSON.stringify(inputFields(template).map((name) => item?.[name] ?? null));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
