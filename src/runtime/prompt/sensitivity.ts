/** How much a prompt's success hangs on what should not matter (Zhao et al. 2021; Lu et al. 2022). */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import type { PromptCell, Sensitivity, SensitivityArm, SensitivityAxis } from "../promptProtocol";
import { goldOf } from "./answers";
import { type Arrangements, choicesOfEach, orders, subsets } from "./arrangements";
import { DemonstrationSampler } from "./demonstrations";
import { inputFields, type LoadedPrompt } from "./loadPrompt";
import type { Item, ResolvedVariant } from "./promptFile";

/** What is measured. */
export interface SensitivityOptions {
  /** Name; the first variant when absent. */
  readonly variant?: string;
  readonly axis: SensitivityAxis;
  /** Most arrangements to try. */
  readonly samples: number;
  readonly seed: number;
}

/** One arrangement to score: all inputs under one variant. */
export interface ScoredArrangement {
  /** In words. */
  readonly name: string;
  readonly loaded: LoadedPrompt;
  /** Number in `loaded.variants`. */
  readonly variant: number;
  /** Numbers in the pool that every input is given, in order; as the file draws them when absent. */
  readonly demonstrations?: readonly number[];
}

/** The cells of all inputs under an arrangement, one of `count`. */
export type ScoreArrangement = (arrangement: ScoredArrangement, count: number) => Promise<readonly PromptCell[]>;

/**
 * Tries arrangements and compares them. For `order` and `demonstrations` all inputs are given the same demonstrations, of which none is an
 * input itself; for the other axes they are drawn as the file says. Throws `invalidRequest` where the axis does not apply, and what `score`
 * throws.
 */
export async function measureSensitivity(
  loaded: LoadedPrompt,
  options: SensitivityOptions,
  score: ScoreArrangement,
): Promise<Omit<Sensitivity, "elapsedMs">> {
  const { all, exhaustive } = await arrange(loaded, options);
  const cells: (readonly PromptCell[])[] = [];
  for (const arrangement of all) cells.push(await score(arrangement, all.length));
  const metric = cells.every((own) => own.some(({ correct }) => correct !== null)) ? "accuracy" : "logprob";
  const arms = all.map(({ name, demonstrations = [] }, arm): SensitivityArm => {
    return { name, value: armValue(cells[arm] ?? [], metric), demonstrations };
  });
  const variant = variantNumber(loaded, options);
  const pool = loaded.pools[variant] ?? [];
  const fields = inputFields(loaded.variants[variant]?.template ?? "");
  const influence = influences(options.axis, arms).map(({ demonstration, effect }) => {
    return { demonstration, text: shown(pool[demonstration] ?? {}, fields), effect };
  });
  return { axis: options.axis, metric, items: loaded.items.length, exhaustive, arms, ...spread(arms), influence };
}

async function arrange(loaded: LoadedPrompt, options: SensitivityOptions): Promise<Arrangements<ScoredArrangement>> {
  switch (options.axis) {
    case "order":
      return orderArms(loaded, options);
    case "demonstrations":
      return demonstrationArms(loaded, options);
    case "labelWords":
      return labelWordArms(loaded, options);
    case "template": {
      const all = loaded.variants.map(({ name }, variant) => ({ name, loaded, variant }));
      return { all: all.slice(0, options.samples), exhaustive: all.length <= options.samples };
    }
    default:
      return options.axis satisfies never;
  }
}

function variantNumber({ variants }: LoadedPrompt, { variant: name }: SensitivityOptions): number {
  if (name === undefined) return 0;
  const number = variants.findIndex((variant) => variant.name === name);
  if (number < 0) throw invalidRequest(l10n.t('the file has no variant "{0}"', name));
  return number;
}

/** Numbers of the pool that are none of the inputs, and how many the variant takes. */
function drawable(loaded: LoadedPrompt, number: number) {
  const variant = loaded.variants[number];
  const pool = loaded.pools[number] ?? [];
  const source = variant?.demonstrations;
  if (!variant || !source || source.k === 0 || pool.length === 0) {
    throw invalidRequest(l10n.t('the variant "{0}" has no demonstrations to arrange', variant?.name ?? ""));
  }
  const fields = inputFields(variant.template);
  const key = (item: Item) => JSON.stringify(fields.map((name) => item[name]));
  const inputs = new Set(fields.length > 0 ? loaded.items.map(key) : []);
  const free = [...pool.keys()].filter((index) => !inputs.has(key(pool[index] ?? {})));
  if (free.length === 0) throw invalidRequest(l10n.t("every demonstration is one of the inputs"));
  return { variant, pool, source, free };
}

/** Orders of one draw. Nearest demonstrations differ by input: in their place some are drawn at random. */
async function orderArms(loaded: LoadedPrompt, options: SensitivityOptions): Promise<Arrangements<ScoredArrangement>> {
  const variant = variantNumber(loaded, options);
  const { variant: own, pool, source, free } = drawable(loaded, variant);
  const sampled = {
    size: free.length,
    label: (at: number) => goldOf(pool[free[at] ?? 0] ?? {}, own) ?? "",
    text: () => "",
  };
  const sampler = source.sampler === "nearest" ? "random" : source.sampler;
  const drawn = new DemonstrationSampler(sampled, { ...source, sampler, fresh: false }, () => Promise.resolve([]));
  const places = await drawn.draw({ number: 0, text: "", excludes: () => false });
  const { all, exhaustive } = orders(
    places.flatMap((at) => free.slice(at, at + 1)),
    options.samples,
    options.seed,
  );
  return { all: all.map((demonstrations) => arm(loaded, variant, demonstrations)), exhaustive };
}

function demonstrationArms(loaded: LoadedPrompt, options: SensitivityOptions): Arrangements<ScoredArrangement> {
  const variant = variantNumber(loaded, options);
  const { source, free } = drawable(loaded, variant);
  const { all, exhaustive } = subsets(free.length, source.k, options.samples, options.seed);
  const numbers = all.map((set) => set.flatMap((at) => free.slice(at, at + 1)));
  return { all: numbers.map((demonstrations) => arm(loaded, variant, demonstrations)), exhaustive };
}

/** Demonstrations as people count them. */
function arm(loaded: LoadedPrompt, variant: number, demonstrations: readonly number[]): ScoredArrangement {
  return { name: demonstrations.map((index) => index + 1).join(", "), loaded, variant, demonstrations };
}

/**
 * The labels as the file has them; one word for each label, in every combination; and the labels' words in each other's places, which
 * tells whether the model reads them or only the demonstrations (Min et al. 2022).
 */
function labelWordArms(loaded: LoadedPrompt, options: SensitivityOptions): Arrangements<ScoredArrangement> {
  const variant = variantNumber(loaded, options);
  const { labels, name } = loaded.variants[variant] ?? {};
  if (!labels) throw invalidRequest(l10n.t('the variant "{0}" has no labels', name ?? ""));
  const own = [...labels.values()];
  const room = Math.max(1, options.samples);
  // Half of what may be tried is for words in each other's places.
  const several = own.some(({ length }) => length > 1);
  const swapped = orders(own, several ? Math.max(1, Math.ceil(room / 2)) : room, options.seed);
  const left = room - swapped.all.length;
  const combined = several && left > 0 ? choicesOfEach(own, left, options.seed) : { all: [], exhaustive: !several };
  const words = [...swapped.all, ...combined.all.map((one) => one.map((word) => [word]))];
  const all = words.map((list) =>
    labelArm(loaded, variant, new Map([...labels.keys()].map((l, i) => [l, list[i] ?? []]))),
  );
  return { all, exhaustive: swapped.exhaustive && combined.exhaustive };
}

function labelArm(
  loaded: LoadedPrompt,
  number: number,
  labels: NonNullable<ResolvedVariant["labels"]>,
): ScoredArrangement {
  const name = Array.from(labels, ([label, words]) => `${label} = ${words.join(" | ")}`).join(", ");
  const variants = loaded.variants.map((variant, i) => (i === number ? { ...variant, labels } : variant));
  return { name, loaded: { ...loaded, variants }, variant: number };
}

function armValue(cells: readonly PromptCell[], metric: Sensitivity["metric"]): number {
  const values =
    metric === "accuracy"
      ? cells.flatMap(({ correct }) => (correct === null ? [] : [Number(correct)]))
      : cells.flatMap((cell) =>
          cell.logprob !== null && cell.logprobTokens > 0 ? cell.logprob / cell.logprobTokens : [],
        );
  if (values.length === 0) throw invalidRequest(l10n.t("there is no answer to measure"));
  return mean(values);
}

function spread(arms: readonly SensitivityArm[]): Pick<Sensitivity, "best" | "worst" | "mean" | "sd"> {
  const values = arms.map(({ value }) => value);
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  const [first = 0] = values;
  const extreme = (pick: (a: number, b: number) => number) => values.reduce((a, b) => pick(a, b), first);
  return { best: extreme(Math.max), worst: extreme(Math.min), mean: center, sd };
}

/** With less without it; for `order`, in the first place less in the last. Only where there are arms on both sides. */
function influences(axis: SensitivityAxis, arms: readonly SensitivityArm[]) {
  const numbers = [...new Set(arms.flatMap(({ demonstrations }) => demonstrations))].sort((a, b) => a - b);
  return numbers.flatMap((demonstration) => {
    const at = (place: number) => arms.filter(({ demonstrations: all }) => all.at(place) === demonstration);
    const having = (has: boolean) => arms.filter(({ demonstrations: all }) => all.includes(demonstration) === has);
    const [one, other] = axis === "order" ? [at(0), at(-1)] : [having(true), having(false)];
    if (one.length === 0 || other.length === 0) return [];
    const value = (some: readonly SensitivityArm[]) => mean(some.map((own) => own.value));
    return [{ demonstration, effect: value(one) - value(other) }];
  });
}

/** A demonstration in a line. */
function shown(item: Item, fields: readonly string[]): string {
  const text = fields
    .map((name) => String(item[name] ?? ""))
    .join(" · ")
    .replaceAll(/\s+/g, " ");
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
