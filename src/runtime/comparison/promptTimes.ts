/** How long prompts take: a few are measured, the others are reckoned from the tokens that they have. */
import type { ArmChoice, ComparisonUnit } from "../comparisonRecord";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError } from "../errors";
import type { ResolvedVariant, Scoring } from "../prompt/promptFile";
import { openCache } from "../prompt/recordedRun";
import { baselineContext } from "../prompt/scoringRules";
import { poolOf } from "./comparisonData";
import type { ComparisonInput, ComparisonItem, ResolvedArm } from "./comparisonInput";
import { type PromptUnit, runPromptUnit, unitAssembler } from "./promptArm";
import { mean } from "./unitRun";

/** Items whose prompts are looked at; the first of them warms the model up. */
const sampled = 5;
/** Most items that demonstrations are drawn from meanwhile: `nearest` embeds every one. */
const smallPool = 64;
/** Milliseconds after which the first item's time is all that is waited for. */
const longEnough = 5000;

/** Milliseconds of a unit: of what other units may ask as well, which is done once, and of its own. */
export interface UnitTime {
  /** The same for all units that ask it. */
  readonly sharedKey: string;
  readonly sharedMs: number;
  readonly ownMs: number;
}

/** What a choice takes. */
interface MeasuredChoice {
  /** Tokens that are read for an item. */
  readonly work: number;
  /** Milliseconds for an item, and once for each item that demonstrations are drawn from. */
  readonly itemMs: number;
  readonly poolMs: number;
}

/**
 * Times of an arm's units, milliseconds, by the model that its prompts are put to. No item of test is looked at. Throws as `runPromptUnit`
 * does, and `CancelledError`.
 */
export async function promptTimes(
  model: LoadedModel,
  input: ComparisonInput,
  arm: ResolvedArm,
  turn: Turn,
): Promise<(unit: ComparisonUnit) => UnitTime> {
  const choices = askedChoices(input, arm);
  const works = new Map<string, number>();
  for (const choice of choices) {
    if (turn.signal.aborted) throw new CancelledError("cancelled while planning");
    works.set(keyOf(choice), await workOf(model, sampleUnit(input, arm, choice), turn));
  }
  const byWork = [...choices].sort((a, b) => (works.get(keyOf(a)) ?? 0) - (works.get(keyOf(b)) ?? 0));
  const ends = new Set([byWork[0], byWork.at(-1)].filter((choice) => choice !== undefined));
  const measured: MeasuredChoice[] = [];
  for (const choice of ends)
    measured.push(await measure(model, sampleUnit(input, arm, choice), works.get(keyOf(choice)) ?? 0, turn));
  return (unit) => {
    const { choice, labels, split } = unit;
    const work = works.get(keyOf(choice)) ?? 0;
    const { itemMs, poolMs } = between(measured, work);
    const contexts = contextsOf(variantOf(arm, choice).scoring);
    // The prompt itself, without what its numbers are compared with.
    const promptMs = Math.min(itemMs, Math.max(itemMs / contexts, between(measured, work / contexts).itemMs));
    const embeds = choice.kind === "prompt" && choice.sampler === "nearest" && choice.k > 0;
    const items = input.data[split].length;
    return {
      sharedKey: promptKey(arm, unit),
      sharedMs: items * promptMs,
      ownMs: items * (itemMs - promptMs) + (embeds ? labels * poolMs : 0),
    };
  };
}

/** Of all that the prompts of a unit hang on: units that only score them differently ask the same, and what was answered is kept. */
function promptKey(arm: ResolvedArm, { choice, labels, seed, split }: ComparisonUnit): string {
  const { name: _name, scoring: _scoring, labels: words, ...prompt } = variantOf(arm, choice);
  return JSON.stringify([arm.model, prompt, words && [...words], labels, seed, split]);
}

/** Choices of the arm, and those of its curve against K. */
function askedChoices({ file }: ComparisonInput, { choices }: ResolvedArm): readonly ArmChoice[] {
  const curve = choices.flatMap((choice) =>
    choice.kind === "prompt" ? (file.curve?.k ?? []).map((k): ArmChoice => ({ ...choice, k })) : [],
  );
  return [...new Map([...choices, ...curve].map((choice) => [keyOf(choice), choice])).values()];
}

function keyOf(choice: ArmChoice): string {
  return JSON.stringify(choice);
}

/** A unit on a few items of train, or of dev where train has none to spare. */
function sampleUnit({ data, params, seeds }: ComparisonInput, arm: ResolvedArm, choice: ArmChoice): PromptUnit {
  const [seed = 0] = seeds.demonstrations;
  const pool = poolOf(data, arm.labels, seed);
  return {
    path: params.source.path,
    variant: variantOf(arm, choice),
    labels: data.labels,
    pool: choice.kind === "prompt" && choice.sampler === "nearest" ? pool.slice(0, smallPool) : pool,
    items: spread(data.train.length > sampled ? data.train : [...data.train, ...data.dev], sampled),
    seed,
  };
}

function variantOf({ variant }: ResolvedArm, choice: ArmChoice): ResolvedVariant {
  if (!variant) throw new TypeError("an arm that trains has no prompt");
  return variant(choice);
}

/** A few of the items, from the first to the last. */
export function spread(items: readonly ComparisonItem[], count: number): readonly ComparisonItem[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)]).filter(
    (item) => item !== undefined,
  );
}

/** Mean tokens that are read for an item: the prompt after every input that its numbers are compared with, and the answers. */
async function workOf(model: LoadedModel, unit: PromptUnit, turn: Turn): Promise<number> {
  const { demonstrations, scoring } = unit.variant;
  // Which ones are drawn matters little to their length.
  const drawn = demonstrations && { ...demonstrations, sampler: "random" as const };
  const assembler = unitAssembler(model, { ...unit, variant: { ...unit.variant, demonstrations: drawn } }, turn);
  const contexts = contextsOf(scoring);
  const tokens = [];
  for (const item of unit.items.keys()) {
    const { promptTokens, answerTokens, candidates } = await assembler.assemble(item);
    tokens.push(contexts * (promptTokens + answerTokens * (candidates?.length ?? 1)));
  }
  return mean(tokens);
}

/** The prompt, and every input that its numbers are compared with. */
function contextsOf(scoring: Scoring): number {
  const free = scoring.calibration === "contextual" ? scoring.contentFree.length : 0;
  return 1 + free + (baselineContext(scoring) === null ? 0 : 1);
}

async function measure(model: LoadedModel, unit: PromptUnit, work: number, turn: Turn): Promise<MeasuredChoice> {
  const cache = await openCache(model, "", undefined);
  const timed = async (only: readonly number[]) => {
    const started = performance.now();
    await runPromptUnit(model, unit, { ...turn, cache, only });
    return (performance.now() - started) / only.length;
  };
  const first = await timed([0]);
  const others = [...unit.items.keys()].slice(1);
  const itemMs = others.length > 0 && first < longEnough ? await timed(others) : first;
  return { work, itemMs, poolMs: Math.max(0, first - itemMs) / Math.max(1, unit.pool.length) };
}

/** On the line through the measured choices. */
function between(measured: readonly MeasuredChoice[], work: number): Pick<MeasuredChoice, "itemMs" | "poolMs"> {
  const [low, high = low] = measured;
  if (!low || !high) return { itemMs: 0, poolMs: 0 };
  const share = high.work > low.work ? (work - low.work) / (high.work - low.work) : 0;
  return {
    itemMs: Math.max(0, low.itemMs + share * (high.itemMs - low.itemMs)),
    poolMs: Math.max(low.poolMs, high.poolMs),
  };
}
