/** The numbers of a report as tables of texts, for every form that has them. */
import * as l10n from "@vscode/l10n";
import type { ArmChoice, ComparisonRecord, PromptChoice } from "../../comparisonRecord";
import type { ComparisonReport, ReportArm, ReportItem, ReportPair } from "../../comparisonReport";
import type { ReportCell } from "../../prompt/reportTexts";
import type { FineTuneSettings } from "../../trainingProtocol";
import type { ComparisonMetric } from "../comparisonFile";
import { differenceText, measuredText, metricName, metricText, pText, sizeText, timeText } from "./metricWords";
import { anchors } from "./reportAnchors";

/** What is written: a report, and items of test with the answers to them. */
export interface ReportDocument {
  readonly report: ComparisonReport;
  /** In their order; not all where there are many. */
  readonly items: readonly ReportItem[];
}

/** A table: its caption, its headings, and its rows, each headed by its first cell. */
export interface ReportTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
}

/** What arms and baselines reached, what they used and what they cost. */
export function armTable({ record, arms }: ComparisonReport): ReportTable {
  return {
    caption: l10n.t("What each arm reached on test"),
    head: [
      l10n.t("Arm"),
      l10n.t("Kind"),
      ...record.metrics.map(metricName),
      l10n.t("Seeds"),
      l10n.t("Labels of train"),
      l10n.t("Labels of dev"),
      l10n.t("Time of an item"),
      l10n.t("Training"),
      l10n.t("Memory"),
      l10n.t("Added"),
      l10n.t("Reads of test"),
    ],
    rows: arms.map((arm, place) => [
      arm.arm === null ? arm.name : { text: arm.name, to: anchors.arm(place) },
      kindText(arm),
      ...record.metrics.map((metric) => metricCell(arm, place, metric)),
      String(arm.spread.seeds.length),
      String(arm.labels.train),
      String(arm.labels.dev),
      ...costTexts(arm),
      arm.arm === null ? none : String(arm.testReads),
    ]),
  };
}

/** What stands where there is nothing. */
const none = "–";

function metricCell({ metrics }: ReportArm, place: number, metric: ComparisonMetric): ReportCell {
  const measured = metrics[metric];
  return measured ? { text: measuredText(metric, measured), to: anchors.wrong(place) } : none;
}

function costTexts({ cost }: ReportArm): readonly string[] {
  if (!cost) return [none, none, none, none];
  const { itemMs, trainMs, peakBytes, addedBytes } = cost;
  return [
    timeText(itemMs),
    trainMs === null ? none : timeText(trainMs),
    sizeText(peakBytes),
    addedBytes === 0 ? none : sizeText(addedBytes),
  ];
}

/** What an arm is, in a word. */
export function kindText({ kind }: Pick<ReportArm, "kind">): string {
  switch (kind) {
    case "prompt":
      return l10n.t("prompting");
    case "head":
      return l10n.t("head alone");
    case "lora":
      return l10n.t("LoRA");
    case "full":
      return l10n.t("full fine-tuning");
    case "baseline":
      return l10n.t("baseline");
    default:
      return kind satisfies never;
  }
}

/** Every two arms. */
export function pairTable({ record, arms, pairs }: ComparisonReport): ReportTable {
  const metric = record.metrics[0] ?? "accuracy";
  return {
    caption: l10n.t("Arms against each other, by {0}", metricName(metric)),
    head: [
      l10n.t("First"),
      l10n.t("Second"),
      l10n.t("Difference"),
      l10n.t("Only the first is right"),
      l10n.t("Only the second is right"),
      l10n.t("McNemar"),
      l10n.t("p"),
      l10n.t("p after Holm"),
      l10n.t("Could be shown"),
      l10n.t("Verdict"),
    ],
    rows: pairs.map((pair, place) => [
      arms[pair.first]?.name ?? "",
      arms[pair.second]?.name ?? "",
      differenceWords(metric, pair),
      ...mcnemarCells(pair, place),
      pText(pair.p),
      pText(pair.holm),
      pair.smallest === null ? none : differenceText(metric, pair.smallest).replace("+", ""),
      verdictText(pair, arms),
    ]),
  };
}

/** A difference with its interval. */
export function differenceWords(metric: ComparisonMetric, { difference }: Pick<ReportPair, "difference">): string {
  const { value, low, high } = difference;
  return l10n.t(
    "{0} ({1} to {2})",
    ...[differenceText(metric, value), differenceText(metric, low), differenceText(metric, high)],
  );
}

function mcnemarCells({ mcnemar }: ReportPair, place: number): readonly ReportCell[] {
  if (!mcnemar) return [none, none, none];
  return [
    { text: String(mcnemar.firstOnly), to: anchors.only(place, "first") },
    { text: String(mcnemar.secondOnly), to: anchors.only(place, "second") },
    pText(mcnemar.p),
  ];
}

/** Who is better, or that it is not decided. */
export function verdictText(
  { verdict, first, second }: Pick<ReportPair, "verdict" | "first" | "second">,
  arms: readonly ReportArm[],
): string {
  if (verdict === "notDecisive") return l10n.t("not decisive");
  return l10n.t("{0} is better", arms[verdict === "firstBetter" ? first : second]?.name ?? "");
}

/** Each arm's spread over seeds. */
export function spreadTable({ record, arms }: ComparisonReport): ReportTable {
  const metric = record.metrics[0] ?? "accuracy";
  return {
    caption: l10n.t("Spread over seeds, by {0}", metricName(metric)),
    head: [
      l10n.t("Arm"),
      l10n.t("By seed"),
      l10n.t("Lowest"),
      l10n.t("Highest"),
      l10n.t("Deviation of seeds"),
      l10n.t("Error of items"),
      l10n.t("Error of both"),
    ],
    rows: arms.map(({ name, spread }) => [
      name,
      spread.seeds.map(({ seed, value }) => `${seed}: ${metricText(metric, value)}`).join(", "),
      metricText(metric, spread.lowest),
      metricText(metric, spread.highest),
      spread.seedDeviation === null ? none : metricText(metric, spread.seedDeviation),
      metricText(metric, spread.itemError),
      metricText(metric, spread.totalError),
    ]),
  };
}

/** Precision and recall of every class. */
export function classTable({ arms }: ComparisonReport): ReportTable {
  return {
    caption: l10n.t("Labels, over all seeds"),
    head: [l10n.t("Arm"), l10n.t("Label"), l10n.t("Precision"), l10n.t("Recall"), l10n.t("F1"), l10n.t("Items")],
    rows: arms.flatMap(({ name, classes }) =>
      classes.map(({ label, precision, recall, f1, items }) => [
        name,
        label,
        ...[precision, recall, f1].map((value) => metricText("accuracy", value)),
        String(items),
      ]),
    ),
  };
}

/** The points of every curve. */
export function curveTable({ record, arms, curves }: ComparisonReport): ReportTable {
  const metric = record.metrics[0] ?? "accuracy";
  return {
    caption: l10n.t("Learning curves, by {0}", metricName(metric)),
    head: [l10n.t("Arm"), l10n.t("Against"), l10n.t("At"), metricName(metric), l10n.t("Seeds")],
    rows: curves.flatMap(({ arm, axis, points }) =>
      points.map(({ at, mean, low, high, seeds }) => [
        arms[arm]?.name ?? "",
        axis === "labels" ? l10n.t("labels") : l10n.t("demonstrations"),
        String(at),
        measuredText(metric, { value: mean, low, high }),
        String(seeds.length),
      ]),
    ),
  };
}

/** Where arms are wrong more than elsewhere. */
export function sliceTable({ arms, slices }: ComparisonReport): ReportTable {
  return {
    caption: l10n.t("Where arms are wrong more often than elsewhere. Many were looked at, and some are so by chance."),
    head: [l10n.t("Arm"), l10n.t("Items"), l10n.t("Wrong"), l10n.t("Of"), l10n.t("Share")],
    rows: slices.map(({ arm, name, items, wrong, rate }, place) => [
      arms[arm]?.name ?? "",
      name,
      { text: String(wrong), to: anchors.slice(place) },
      String(items),
      measuredText("accuracy", rate),
    ]),
  };
}

/** Labels that look wrong. */
export function suspicionTable({ suspicions }: ComparisonReport, most: number): ReportTable {
  return {
    caption: l10n.t("Labels of train and dev that look wrong to a bag of words that was not shown them"),
    head: [
      l10n.t("Where"),
      l10n.t("Label"),
      l10n.t("Rather"),
      l10n.t("p of the label"),
      l10n.t("p of the other"),
      l10n.t("Text"),
    ],
    rows: suspicions
      .slice(0, most)
      .map((suspicion) => [
        `${suspicion.file}:${suspicion.line}`,
        suspicion.label,
        suspicion.suggested,
        suspicion.labelProbability.toFixed(3),
        suspicion.suggestedProbability.toFixed(3),
        shortened(suspicion.text),
      ]),
  };
}

/** Items of test that share words with what was learnt from. */
export function overlapTable({ overlap }: ComparisonReport, most: number): ReportTable {
  const n = overlap?.n ?? 0;
  return {
    caption: l10n.t("Items of test that share {0} words in a row with: {1}", n, overlap?.searched.join(", ") ?? ""),
    head: [l10n.t("Item"), l10n.t("Share of its words"), l10n.t("Overlap"), l10n.t("Found in")],
    rows: (overlap?.dirty ?? [])
      .slice(0, most)
      .map(({ item, coverage, overlap: words, sources }) => [
        { text: String(item), to: anchors.item(item) },
        metricText("accuracy", coverage),
        words,
        shortened(sources.join(", ")),
      ]),
  };
}

/** What the file asserts. */
export function assertionTable({ assertions }: ComparisonReport): ReportTable {
  return {
    caption: l10n.t("What the file asserts"),
    head: [l10n.t("Arm"), l10n.t("Holds"), l10n.t("Found")],
    rows: assertions.map(({ assertion, passed, words }) => [
      assertion.arm,
      passed ? l10n.t("yes") : l10n.t("no"),
      words,
    ]),
  };
}

/** What each arm's settings were chosen from. */
export function choiceTable({ record }: Pick<ComparisonReport, "record">): ReportTable {
  const metric = record.metrics[0] ?? "accuracy";
  return {
    caption: l10n.t("Settings, chosen on dev by {0}", metricName(metric)),
    head: [l10n.t("Arm"), l10n.t("Settings"), l10n.t("On dev"), l10n.t("Chosen")],
    rows: record.arms.flatMap(({ name, tried, chosen }) =>
      tried.map(({ choice, dev }, place) => [
        name,
        choiceText(choice),
        dev === null ? none : metricText(metric, dev),
        place === chosen ? l10n.t("yes") : none,
      ]),
    ),
  };
}

/** Settings in a line. */
export function choiceText(choice: ArmChoice): string {
  return choice.kind === "prompt" ? promptText(choice) : settingsText(choice.settings);
}

function promptText({ variant, k, sampler, rule, calibration }: PromptChoice): string {
  return [
    ...(variant === null ? [] : [variant]),
    l10n.t("{0}-shot", k),
    ...(k > 0 ? [sampler] : []),
    ...(rule === null ? [] : [rule]),
    ...(calibration === null || calibration === "none" ? [] : [calibration]),
  ].join(", ");
}

function settingsText({ method, epochs, optimizer, lmCoef }: FineTuneSettings): string {
  return [
    method.kind === "lora" ? `LoRA r = ${method.r}` : method.kind,
    l10n.t("{0} epochs", epochs),
    l10n.t("learning rate {0}", optimizer.learningRate),
    l10n.t("batch of {0}", optimizer.batchSize),
    `λ = ${lmCoef}`,
  ].join(", ");
}

/** How the numbers came about: names and values. */
export function recordRows({ record, notes }: ComparisonReport): readonly (readonly [name: string, value: string])[] {
  const { versions, items, estimate, actual } = record;
  return [
    [l10n.t("Comparison file"), record.file],
    [l10n.t("Task"), record.task],
    [l10n.t("Items"), l10n.t("{0} of train, {1} of dev, {2} of test", items.train, items.dev, items.test)],
    [l10n.t("Test, SHA-256"), record.testSha256],
    [l10n.t("Reads of this test set before"), String(record.testReadsBefore)],
    [l10n.t("Started"), record.startedAt],
    [l10n.t("State"), record.reason === null ? record.state : `${record.state}: ${record.reason}`],
    [l10n.t("Time"), l10n.t("{0}, estimated were {1}", timeText(actual.ms), timeText(estimate.ms))],
    [l10n.t("Memory"), l10n.t("{0}, estimated were {1}", sizeText(actual.peakBytes), sizeText(estimate.peakBytes))],
    [l10n.t("Device"), record.device],
    ...record.models.map(modelRow),
    ...Object.entries(record.data).map(([file, hash]) => [l10n.t("Data {0}, SHA-256", file), hash] as const),
    [l10n.t("Versions"), `GPT Workbench ${versions.gptWorkbench}, onnxruntime ${versions.onnxruntime}`],
    ...[...record.notes, ...notes].map((note) => [l10n.t("Note"), note] as const),
  ];
}

function modelRow({ name, sha256, contextLength }: ComparisonRecord["models"][number]): readonly [string, string] {
  return [l10n.t("Model {0}", name), l10n.t("{0} tokens of context, SHA-256 {1}", contextLength, sha256)];
}

/** Long texts are cut: the JSON form has all. */
export function shortened(text: string, most = 300): string {
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : text;
}
