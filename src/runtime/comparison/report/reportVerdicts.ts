/** What a report says in plain words, the answer first. */
import * as l10n from "@vscode/l10n";
import type {
  ComparisonReport,
  ReportArm,
  ReportCrossover,
  ReportOverlap,
  ReportPair,
  ReportSuspicion,
} from "../../comparisonReport";
import { type ComparisonMetric, lowerIsBetter } from "../comparisonFile";
import { differenceText, levelText, measuredText, metricName, metricText, metricUnit } from "./metricWords";
import { drawSettings } from "./reportArms";
import { firstMetric, type ReportInput } from "./reportInput";
import { type PairContext, reportPair } from "./reportPairs";

/** What the sentences are about. */
export interface VerdictContext extends PairContext {
  readonly reportArms: readonly ReportArm[];
  readonly pairs: readonly ReportPair[];
  readonly crossovers: readonly ReportCrossover[];
  readonly overlap: ReportOverlap | null;
  readonly suspicions: readonly ReportSuspicion[];
  readonly assertions: ComparisonReport["assertions"];
}

/** Sentences on pairs that nothing was chosen among, at most. */
const mostPairs = 6;

/** All sentences. */
export function reportVerdicts(context: VerdictContext): readonly string[] {
  const finalists = chosen(context);
  return [
    ...answer(context, finalists),
    ...failedWords(context),
    ...assertionWords(context),
    ...values(context, finalists),
    ...baselineWords(context),
    ...labelWords(context, finalists),
    ...crossoverWords(context, finalists),
    ...costWords(context, finalists),
    ...seedWords(context),
    ...testWords(context),
    ...overlapWords(context, finalists),
    ...cutWords(context),
    ...suspicionWords(context),
  ];
}

/** Numbers of the arms that stand for prompting and for training: one each where dev chose, or there was no choice. */
interface Finalists {
  readonly prompts: readonly number[];
  readonly trained: readonly number[];
}

function chosen({ reportArms, input }: VerdictContext): Finalists {
  const places = (of: (arm: ReportArm) => boolean) => reportArms.flatMap((arm, place) => (of(arm) ? [place] : []));
  const best = (family: readonly number[]) => bestOnDev(input, reportArms, family);
  return {
    prompts: best(places(({ kind }) => kind === "prompt")),
    trained: best(places(({ kind }) => kind !== "prompt" && kind !== "baseline")),
  };
}

/** The best on dev, the first of ones as good; all where dev was not looked at for one of them. Test is no ground to choose by. */
function bestOnDev(input: ReportInput, arms: readonly ReportArm[], family: readonly number[]): readonly number[] {
  if (family.length < 2 || family.some((place) => arms[place]?.dev === null)) return family;
  const sign = lowerIsBetter.has(firstMetric(input)) ? -1 : 1;
  const score = (place: number) => sign * (arms[place]?.dev ?? 0);
  return [family.reduce((best, place) => (score(place) > score(best) ? place : best))];
}

/** Prompting or fine-tuning; where there is one of them only, its best arm against the others. */
function answer(context: VerdictContext, finalists: Finalists): readonly string[] {
  const { prompts, trained } = finalists;
  if (prompts.length > 0 && trained.length > 0) {
    return [...methodWords(context, prompts, trained), ...choiceWords(context, finalists)];
  }
  const [best, ...rest] = [...prompts, ...trained];
  if (best === undefined) return [l10n.t("No arm answered test.")];
  if (rest.length > 0) {
    return [...context.pairs.slice(0, mostPairs).map(({ words }) => words), ...choiceWords(context, finalists)];
  }
  const others = context.reportArms.flatMap(({ kind }, place) =>
    kind !== "baseline" && place !== best ? [place] : [],
  );
  if (others.length === 0) return [];
  const words = others.slice(0, mostPairs).flatMap((other) => pairOf(context, best, other)?.words ?? []);
  return [l10n.t("{0} is the best on dev.", nameOf(context, best)), ...words];
}

function methodWords(
  context: VerdictContext,
  prompts: readonly number[],
  trained: readonly number[],
): readonly string[] {
  const pairs = prompts.flatMap((prompt) => trained.flatMap((train) => pairOf(context, prompt, train) ?? []));
  if (pairs.length > 1) return pairs.slice(0, mostPairs).map(({ words }) => words);
  return pairs.map((pair) => {
    if (pair.verdict === "notDecisive") return l10n.t("Prompting or fine-tuning? {0}", pair.words);
    const winner = pair.verdict === "firstBetter" ? pair.first : pair.second;
    return prompts.includes(winner)
      ? l10n.t("Prompting does better. {0}", pair.words)
      : l10n.t("Fine-tuning does better. {0}", pair.words);
  });
}

/** How the two came to stand for their kinds. */
function choiceWords({ reportArms }: VerdictContext, finalists: Finalists): readonly string[] {
  const count = (of: (arm: ReportArm) => boolean) => reportArms.filter(of).length;
  const prompts = count(({ kind }) => kind === "prompt");
  const trained = count(({ kind }) => kind !== "prompt" && kind !== "baseline");
  if (prompts < 2 && trained < 2) return [];
  return finalists.prompts.length > 1 || finalists.trained.length > 1
    ? [
        l10n.t(
          "Dev was not looked at for every arm, so none was chosen to stand for its kind: test is no ground to choose by.",
        ),
      ]
    : [l10n.t("They were chosen on dev, among {0} arms that prompt and {1} that train.", prompts, trained)];
}

function pairOf({ pairs }: VerdictContext, one: number, other: number): ReportPair | undefined {
  return pairs.find(({ first, second }) => (first === one && second === other) || (first === other && second === one));
}

function nameOf({ reportArms }: VerdictContext, place: number): string {
  return reportArms[place]?.name ?? "";
}

/** Arms that failed are not compared. */
function failedWords({ input: { record }, reportArms }: VerdictContext): readonly string[] {
  if (record.state !== "failed") return [];
  const there = new Set(reportArms.map(({ arm }) => arm));
  const names = record.arms.flatMap(({ name }, arm) => (there.has(arm) ? [] : [name]));
  const reason = record.reason ?? "";
  return names.length > 0
    ? [l10n.t("Not every arm came to its end: {0} is left out. {1}", names.join(", "), reason)]
    : [reason];
}

function assertionWords({ assertions }: VerdictContext): readonly string[] {
  const failed = assertions.filter(({ passed }) => !passed).length;
  return failed === 0 ? [] : [l10n.t("{0} of {1} assertions do not hold.", failed, assertions.length)];
}

/** Arms that do not beat what takes no language model: the strongest baseline. */
function baselineWords(context: VerdictContext): readonly string[] {
  const { reportArms, input } = context;
  const metric = firstMetric(input);
  const sign = lowerIsBetter.has(metric) ? -1 : 1;
  const scoreOf = (place: number) => reportArms[place]?.metrics[metric]?.value ?? Number.NaN;
  const places = (baseline: boolean) =>
    reportArms.flatMap(({ kind }, place) => ((kind === "baseline") === baseline ? [place] : []));
  const [first, ...others] = places(true);
  if (first === undefined) return [];
  const strongest = others.reduce((best, place) => (sign * (scoreOf(place) - scoreOf(best)) > 0 ? place : best), first);
  const pairs = places(false).flatMap((arm) => {
    const pair = reportPair(context, metric, arm, strongest);
    return pair && pair.verdict !== "firstBetter" ? [{ arm, ...pair }] : [];
  });
  if (pairs.length === 0) return [l10n.t("Every arm is better than every baseline.")];
  const open = pairs.filter(({ verdict }) => verdict === "notDecisive").map(({ arm }) => arm);
  const leads = (arm: number) => sign * (scoreOf(arm) - scoreOf(strongest)) > 0;
  const named = (place: number) => l10n.t("{0} {1}", nameOf(context, place), metricText(metric, scoreOf(place)));
  const told = (arms: readonly number[], words: (baseline: string, arms: string) => string) => {
    return arms.length > 0 ? [words(named(strongest), arms.map(named).join("; "))] : [];
  };
  return [
    ...beatenWords(
      context,
      named(strongest),
      pairs.filter(({ verdict }) => verdict === "secondBetter"),
    ),
    ...told(open.filter(leads), (baseline, arms) =>
      l10n.t("Hardly better than the baseline {0}, and not decisively: {1}.", baseline, arms),
    ),
    ...told(
      open.filter((arm) => !leads(arm)),
      (baseline, arms) => l10n.t("No better than the baseline {0}: {1}.", baseline, arms),
    ),
  ];
}

/** One sentence, however many they are. `pairs` are arms against the baseline. */
function beatenWords(context: VerdictContext, baseline: string, pairs: readonly ReportPair[]): readonly string[] {
  const [first, ...others] = pairs;
  if (!first) return [];
  if (others.length === 0) return [l10n.t("Beaten by a baseline! {0}", first.words)];
  const metric = firstMetric(context.input);
  const sizes = pairs.map(({ first: place, difference: { value, low, high } }) => {
    const [least, most] = [Math.abs(low), Math.abs(high)].sort((a, b) => a - b);
    const [by, ...bounds] = [Math.abs(value), least ?? 0, most ?? 0].map((size) => sizeOf(metric, size));
    return l10n.t("{0} {1} ({2} to {3})", nameOf(context, place), by ?? "", ...bounds);
  });
  const parts = [baseline, pairs.length, levelText(drawSettings(context.input).level), sizes.join("; ")];
  return [
    metricUnit(metric) === "share"
      ? l10n.t("Beaten by a baseline! {0} is better than {1} arms, by so many points ({2} %): {3}.", ...parts)
      : l10n.t("Beaten by a baseline! {0} is better than {1} arms, by so much ({2} %): {3}.", ...parts),
  ];
}

/** A difference without its sign. */
function sizeOf(metric: ComparisonMetric, size: number): string {
  return differenceText(metric, size).replace(/^\+/, "");
}

function values(context: VerdictContext, { prompts, trained }: Finalists): readonly string[] {
  const metric = firstMetric(context.input);
  const texts = [...prompts, ...trained].flatMap((place) => {
    const measured = context.reportArms[place]?.metrics[metric];
    return measured ? [l10n.t("{0} {1}", nameOf(context, place), measuredText(metric, measured))] : [];
  });
  const items = context.input.data.test.length;
  return [l10n.t("On {0} items of test, by {1}: {2}.", items, metricName(metric), texts.join("; "))];
}

function labelWords(context: VerdictContext, { prompts, trained }: Finalists): readonly string[] {
  return [...prompts, ...trained].flatMap((place) => {
    const arm = context.reportArms[place];
    if (!arm) return [];
    const { train, dev } = arm.labels;
    return dev === 0
      ? [l10n.t("{0} used {1} labels.", arm.name, train)]
      : [l10n.t("{0} used {1} labels, and {2} of dev to choose by.", arm.name, train, dev)];
  });
}

function crossoverWords({ crossovers }: VerdictContext, { prompts, trained }: Finalists): readonly string[] {
  return crossovers
    .filter(({ first, second }) => trained.includes(first) && prompts.includes(second))
    .map(({ words }) => words);
}

function costWords(context: VerdictContext, { prompts, trained }: Finalists): readonly string[] {
  return [...prompts, ...trained].flatMap((place) => {
    const arm = context.reportArms[place];
    if (!arm?.cost) return [];
    const { itemMs, trainMs } = arm.cost;
    const ms = itemMs < 10 ? itemMs.toFixed(1) : itemMs.toFixed(0);
    return trainMs === null
      ? [l10n.t("{0} takes {1} ms an item.", arm.name, ms)]
      : [l10n.t("{0} takes {1} ms an item, after {2} s of training.", arm.name, ms, (trainMs / 1000).toFixed(0))];
  });
}

/** A single seed says nothing of others. Without demonstrations there is nothing that seeds could change. */
function seedWords({ arms }: VerdictContext): readonly string[] {
  const single = arms.filter(
    ({ kind, runs, choice }) =>
      kind !== "baseline" && runs.length === 1 && !(choice?.kind === "prompt" && choice.k === 0),
  );
  return single.map(({ name }) =>
    l10n.t("{0} was run with one seed: its interval leaves out what another seed would change.", name),
  );
}

function testWords({ input, reportArms }: VerdictContext): readonly string[] {
  const { testReadsBefore } = input.record;
  const often = reportArms.filter(({ testReads }) => testReads > 1);
  return [
    ...often.map(({ name, testReads }) => l10n.t("{0} read test {1} times in this run!", name, testReads)),
    ...(testReadsBefore > 0
      ? [
          l10n.t(
            "This test set was read {0} times before this run! The more often one looks at it, the less it says of new items.",
            testReadsBefore,
          ),
        ]
      : []),
  ];
}

function overlapWords(context: VerdictContext, { prompts, trained }: Finalists): readonly string[] {
  const { overlap, input } = context;
  if (!overlap || overlap.dirty.length === 0) return [];
  const metric = firstMetric(input);
  const found = l10n.t(
    "{0} of {1} items of test share {2} words in a row or more with what was learnt from.",
    ...[overlap.dirty.length, input.data.test.length, overlap.n],
  );
  const clean = [...prompts, ...trained].flatMap((place) => {
    const score = overlap.cleanScores[place] ?? null;
    return score === null ? [] : [l10n.t("{0} {1}", nameOf(context, place), metricText(metric, score))];
  });
  if (clean.length === 0) return [found];
  return [found, l10n.t("On the {0} others, by {1}: {2}.", overlap.clean, metricName(metric), clean.join("; "))];
}

function cutWords({ arms, input }: VerdictContext): readonly string[] {
  return arms
    .filter(({ cut }) => cut > 0)
    .map(({ name, cut }) =>
      l10n.t("{0}: {1} of {2} items did not fit whole, or lost demonstrations.", name, cut, input.data.test.length),
    );
}

function suspicionWords({ suspicions }: VerdictContext): readonly string[] {
  if (suspicions.length === 0) return [];
  return [l10n.t("{0} labels of train and dev look wrong to a bag of words: they are listed.", suspicions.length)];
}
