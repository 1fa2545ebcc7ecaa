/** Contamination: items of test that share words with what was learnt from. */
import * as l10n from "@vscode/l10n";
import type { ReportContamination, ReportOverlap } from "../../comparisonReport";
import { CancelledError } from "../../errors";
import { ContaminationCheck, type ItemContamination } from "../../evaluation/contamination";
import { statisticOn } from "../../evaluation/jointBootstrap";
import { average } from "../../evaluation/spread";
import { pacer } from "../../pacer";
import { itemText } from "../itemText";
import type { PretrainingOverlap } from "../pretrainingOverlap";
import type { ComparedArm } from "./comparedArms";
import { metricStatistic } from "./metricStatistics";
import { sizeText } from "./metricWords";
import { classCount, firstMetric, type ReportInput } from "./reportInput";

/** Words of an overlap that are shown, at most; and texts that are named. */
const shown = { words: 40, sources: 20 } as const;

/**
 * Looks for n-grams of test in train (out of which demonstrations are drawn), in the prompts' own texts and, where it is known, in the text of pre-training; and scores the arms on the clean
 * items alone (Brown et al. 2020, §4). Items that are too short count as clean, and are told. Throws `CancelledError`.
 */
export async function reportOverlap(
  input: ReportInput,
  arms: readonly ComparedArm[],
  signal?: AbortSignal,
): Promise<{ readonly overlap: ReportOverlap; readonly notes: readonly string[] }> {
  const texts = input.data.test.map(itemText);
  const check = new ContaminationCheck(texts, input.file.contamination?.n);
  const searched = await search(input, check, signal);
  const found = check.report();
  const clean = found.flatMap(({ kind }, item) => (kind === "clean" ? [item] : []));
  const short = found.filter(({ ngrams }) => ngrams === 0).length;
  const overlap = {
    n: check.n,
    dirty: found.flatMap((of, item) => (of.kind === "dirty" ? [contamination(of, item, texts[item] ?? "")] : [])),
    clean: clean.length,
    cleanScores: arms.map((arm) => cleanScore(input, arm, clean)),
    searched,
  };
  const note = l10n.t(
    "{0} items of test have fewer than {1} words: no overlap of them was looked for.",
    short,
    check.n,
  );
  return { overlap, notes: short > 0 ? [note] : [] };
}

async function search(
  { data, prompts = [], pretraining }: ReportInput,
  check: ContaminationCheck,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const pace = pacer();
  const train = data.train.map((item) => ({ source: `${item.file}:${item.line}`, text: itemText(item) }));
  // Only n-grams of as many words are kept of it.
  const known = pretraining?.n === check.n ? pretraining.found : [];
  for (const text of [...train, ...prompts, ...known]) {
    check.add(text);
    await pace();
    if (signal?.aborted) throw new CancelledError("cancelled while looking for overlaps");
  }
  return [
    l10n.t("train ({0} items)", train.length),
    ...(prompts.length > 0 ? [l10n.t("instructions and templates ({0})", prompts.length)] : []),
    ...(pretraining ? [pretrainingWords(pretraining)] : []),
  ];
}

function pretrainingWords({ files, bytes, cut }: PretrainingOverlap): string {
  const size = sizeText(bytes);
  return cut
    ? l10n.t("the first {1} of text of pre-training ({0} files)", files, size)
    : l10n.t("text of pre-training ({0} files, {1})", files, size);
}

function contamination({ coverage, overlaps }: ItemContamination, item: number, text: string): ReportContamination {
  const sources = [...new Set(overlaps.map(({ source }) => source))].slice(0, shown.sources);
  return { item, text, coverage, sources, overlap: overlapText(overlaps) };
}

/** The first stretch of words that overlaps: N-grams that follow each other share all their words but one. */
function overlapText(overlaps: ItemContamination["overlaps"]): string {
  const [first, ...rest] = overlaps;
  if (!first) return "";
  const words = first.ngram.split(" ");
  let { at } = first;
  for (const next of rest) {
    if (next.at !== at + 1) break;
    words.push(next.ngram.split(" ").at(-1) ?? "");
    at = next.at;
  }
  return words.length > shown.words ? `${words.slice(0, shown.words).join(" ")} …` : words.join(" ");
}

function cleanScore(input: ReportInput, { runs }: ComparedArm, clean: readonly number[]): number | null {
  const items = input.data.test;
  if (clean.length === 0 || clean.length === items.length) return null;
  const values = runs.map(({ predictions }) => {
    const statistic = metricStatistic(firstMetric(input), { items, predictions, classes: classCount(input) });
    return statistic === null ? Number.NaN : statisticOn(statistic, clean);
  });
  const mean = average(values);
  return Number.isFinite(mean) ? mean : null;
}
