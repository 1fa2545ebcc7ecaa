/** What a comparison found: the one shape that the panel shows and the files HTML, Markdown, CSV and JSON are written from. Platform-free. */
import type { ComparisonMetric } from "./comparison/comparisonFile";
import type { ArmChoice, AssertionOutcome, ComparisonRecord, UnitCost } from "./comparisonRecord";

/** A number with what it is known to. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A class' numbers. */
export interface ReportClass {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly items: number;
}

/** Confidence against accuracy. */
export interface ReportBin {
  /** Bounds of the confidences. */
  readonly from: number;
  readonly to: number;
  readonly items: number;
  /** Means over the items; null for an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** An arm, or a baseline, on test. */
export interface ReportArm {
  readonly name: string;
  readonly kind: "prompt" | "head" | "lora" | "full" | "baseline";
  /** Number of the arm in the record; null for a baseline. */
  readonly arm: number | null;
  readonly choice: ArmChoice | null;
  /** On dev, by the first metric; null for a baseline and where dev was not looked at. */
  readonly dev: number | null;
  /**
   * Every metric of the file: its mean over the seeds, with an interval over items and seeds together (Wilson's for the accuracy of a single
   * seed).
   */
  readonly metrics: Readonly<Partial<Record<ComparisonMetric, Measured>>>;
  /** Spread of the first metric over the seeds, beside the sampling error of the items. */
  readonly spread: {
    readonly seeds: readonly { readonly seed: number; readonly value: number }[];
    readonly lowest: number;
    readonly highest: number;
    /** Null for a single seed. */
    readonly seedDeviation: number | null;
    readonly itemError: number;
    readonly totalError: number;
  };
  readonly classes: readonly ReportClass[];
  /** Rows: right labels, columns: answers; summed over seeds. Empty for multiple choice and texts. */
  readonly confusion: readonly (readonly number[])[];
  /** Reliability diagram, over all seeds; empty without probabilities. */
  readonly reliability: readonly ReportBin[];
  /** Medians over seeds; null for a baseline. */
  readonly cost: UnitCost | null;
  /** Labels used, those of dev counted apart. */
  readonly labels: { readonly train: number; readonly dev: number };
  /** How often it read test in this run. */
  readonly testReads: number;
  /** Items whose prompt was cut or lost demonstrations, or that were truncated: with the seed that has most of them. */
  readonly cut: number;
}

/** Two arms on the same items. */
export interface ReportPair {
  /** Numbers among the report's arms. */
  readonly first: number;
  readonly second: number;
  /** first − second of the first metric: paired bootstrap over items and seeds. */
  readonly difference: Measured;
  /** Items that only one arm's majority answer over its seeds gets right, and McNemar's exact p; null for other metrics than accuracy. */
  readonly mcnemar: { readonly firstOnly: number; readonly secondOnly: number; readonly p: number } | null;
  /** p of the comparison (McNemar's where both arms have a single seed, the bootstrap's otherwise), and after Holm's step-down over all pairs. */
  readonly p: number;
  readonly holm: number;
  /** Decisive where the interval does not hold 0, and p after Holm is at most 1 − level. */
  readonly verdict: "firstBetter" | "secondBetter" | "notDecisive";
  /** A sentence. */
  readonly words: string;
  /** Smallest difference that this test set could show at 80 % power; null where none. */
  readonly smallest: number | null;
}

/** A learning curve. */
export interface ReportCurve {
  /** Number among the report's arms. */
  readonly arm: number;
  readonly axis: "labels" | "k";
  readonly points: readonly {
    readonly at: number;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly seeds: readonly number[];
  }[];
}

/** Where one curve overtakes another. */
export interface ReportCrossover {
  readonly first: number;
  readonly second: number;
  /** A sentence: *fine-tuning overtakes 16-shot at about 240 labels, 95 %: 150–420*. */
  readonly words: string;
  readonly estimate: { readonly kind: "at" | "upTo" | "beyond"; readonly labels: number };
  readonly low: { readonly kind: "at" | "upTo" | "beyond"; readonly labels: number };
  readonly high: { readonly kind: "at" | "upTo" | "beyond"; readonly labels: number };
}

/** Items with something in common on which an arm does worse than on all others. */
export interface ReportSlice {
  readonly arm: number;
  /** What they have in common, in words. */
  readonly name: string;
  readonly items: number;
  readonly wrong: number;
  /** Share of wrong answers with its interval. */
  readonly rate: Measured;
  /** Numbers of the items. */
  readonly only: readonly number[];
}

/** An item whose label looks wrong, by cross-validation on the data. */
export interface ReportSuspicion {
  /** Path of the file as the comparison names it, and the line. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly label: string;
  readonly suggested: string;
  /** Cross-validated probability of its label and of the suggested one. */
  readonly labelProbability: number;
  readonly suggestedProbability: number;
  /** The column of the file that holds the label, and what stands there for the suggested one. */
  readonly column: string;
  readonly value: string;
}

/** An item of test that shares words with something that was learnt from. */
export interface ReportContamination {
  /** Number of the item of test. */
  readonly item: number;
  readonly text: string;
  /** Share of its words that stand in an overlapping n-gram. */
  readonly coverage: number;
  /** Where: the file and line of an item of train, an arm's instruction or template, or a source of pre-training. */
  readonly sources: readonly string[];
  readonly overlap: string;
}

/** What test shares with what was learnt from. */
export interface ReportOverlap {
  /** Words of an n-gram. */
  readonly n: number;
  readonly dirty: readonly ReportContamination[];
  readonly clean: number;
  /** By arm of the report: the first metric on the clean items alone; null where none are clean, or all are. */
  readonly cleanScores: readonly (number | null)[];
  /** What it was looked for in. */
  readonly searched: readonly string[];
}

/** An item of test with every arm's answers. */
export interface ReportItem {
  readonly item: number;
  /** Path of its file as the comparison names it, and the line. */
  readonly file: string;
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
  /** The right answer. */
  readonly gold: string;
  /** Names of the answers that it may get, which probabilities are of: labels, or its choices; none for texts. */
  readonly names: readonly string[];
  /** By arm of the report. */
  readonly answers: readonly {
    /** The answer of most seeds, or the first seed's text. */
    readonly answer: string;
    /** Seeds of all that are right: by the label, or by the text as exact match has it. */
    readonly right: number;
    readonly seeds: number;
    /** Mean over the seeds, by label or choice; null for texts. */
    readonly probabilities: readonly number[] | null;
    /** Each seed's answer, with its own probabilities. */
    readonly bySeed: readonly {
      readonly seed: number;
      readonly answer: string;
      readonly right: boolean;
      readonly probabilities: readonly number[] | null;
    }[];
  }[];
}

/** A whole report. */
export interface ComparisonReport {
  readonly record: ComparisonRecord;
  /** In plain words, the answer first. */
  readonly verdicts: readonly string[];
  /** Arms in the file's order, then the baselines. */
  readonly arms: readonly ReportArm[];
  /** Every two arms that are no baselines. */
  readonly pairs: readonly ReportPair[];
  readonly curves: readonly ReportCurve[];
  readonly crossovers: readonly ReportCrossover[];
  /** The worst, by arm. */
  readonly slices: readonly ReportSlice[];
  /** The most suspect first. */
  readonly suspicions: readonly ReportSuspicion[];
  readonly overlap: ReportOverlap | null;
  readonly assertions: readonly AssertionOutcome[];
  /** Sentences about what the report lacks, and how it was made. */
  readonly notes: readonly string[];
}
