/** The stored runs: their records, read as untrusted files. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { comparisonRecord } from "../../runtime/comparison/comparisonForm";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import type { RunRecord } from "../../runtime/promptProtocol";
import { trainingRecord } from "../../runtime/training/trainingForm";
import type { TrainingRecord } from "../../runtime/trainingProtocol";
import type { RunFiles } from "../promptLab/runFolder";
import { recordSchema } from "../promptLab/runSchemas";

/** A run folder that was found. */
export interface FoundFolder {
  /** Absolute path. */
  readonly folder: string;
  /** Tells a record from another one in the same place; null where there is no record. */
  readonly stamp: string | null;
  /** When the folder last changed, milliseconds since 1970. */
  readonly changedAt: number;
}

/** Where runs are stored. */
export interface HistoryFiles extends Pick<RunFiles, "read"> {
  /** Run folders in all places where runs are stored. A place that is not there has none; links are left out. */
  find(): Promise<readonly FoundFolder[]>;
}

/** A run of the history. */
export type HistoryEntry =
  | { readonly kind: "run"; readonly folder: string; readonly at: number; readonly record: RunRecord }
  | { readonly kind: "training"; readonly folder: string; readonly at: number; readonly record: TrainingRecord }
  | { readonly kind: "comparison"; readonly folder: string; readonly at: number; readonly record: ComparisonRecord }
  | {
      /** Without a record that can be read: still running, cut off, or damaged. */
      readonly kind: "damaged";
      readonly folder: string;
      readonly at: number;
      readonly reason: string;
    };

/** Whether two lists show the same: what `RunHistory` did not read anew is the same object. */
export function sameEntries(some: readonly HistoryEntry[], others: readonly HistoryEntry[]): boolean {
  return some.length === others.length && some.every((entry, i) => sameEntry(entry, others[i]));
}

/** Runs without a record are looked at every time. */
function sameEntry(one: HistoryEntry, other: HistoryEntry | undefined): boolean {
  if (one === other) return true;
  const damaged = one.kind === "damaged" && other?.kind === "damaged";
  return damaged && one.folder === other.folder && one.at === other.at && one.reason === other.reason;
}

/** Longest record that is read, bytes. */
const recordLimit = 64 << 20;
/** Runs that are listed at most, the newest. */
export const listedRuns = 2000;

/** Reads the records; one that did not change is read once. */
export class RunHistory {
  #known = new Map<string, { readonly stamp: string; readonly entry: HistoryEntry }>();

  constructor(private readonly files: HistoryFiles) {}

  /** The runs, newest first. Never throws for what is in a run's folder. */
  async list(): Promise<readonly HistoryEntry[]> {
    const found = (await this.files.find()).toSorted((a, b) => b.changedAt - a.changedAt).slice(0, listedRuns);
    const known = new Map<string, { readonly stamp: string; readonly entry: HistoryEntry }>();
    const entries: HistoryEntry[] = [];
    for (const one of found) {
      const before = this.#known.get(one.folder);
      const entry = before && before.stamp === one.stamp ? before.entry : await this.#read(one);
      if (one.stamp !== null) known.set(one.folder, { stamp: one.stamp, entry });
      entries.push(entry);
    }
    this.#known = known;
    return entries.sort((a, b) => b.at - a.at || basename(b.folder).localeCompare(basename(a.folder)));
  }

  async #read({ folder, stamp, changedAt: at }: FoundFolder): Promise<HistoryEntry> {
    const damaged = (reason: string): HistoryEntry => ({ kind: "damaged", folder, at, reason });
    const missing = l10n.t("It has no record: it is still running, or was cut off.");
    if (stamp === null) return damaged(missing);
    try {
      const bytes = await this.files.read(folder, "run.json", recordLimit);
      if (!bytes) return damaged(missing);
      const parsed = parseRecord(JSON.parse(new TextDecoder().decode(bytes)));
      if (parsed.kind === "unusable") return damaged(l10n.t("Its record cannot be used: {0}", parsed.reason));
      const started = Date.parse(parsed.record.startedAt);
      return { ...parsed, folder, at: Number.isNaN(started) ? at : started };
    } catch (error) {
      return damaged(l10n.t("Its record cannot be read: {0}", error instanceof Error ? error.message : String(error)));
    }
  }
}

type ParsedRecord =
  | { readonly kind: "run"; readonly record: RunRecord }
  | { readonly kind: "training"; readonly record: TrainingRecord }
  | { readonly kind: "comparison"; readonly record: ComparisonRecord }
  | { readonly kind: "unusable"; readonly reason: string };

/** Records of trainings and comparisons say what they are; those of prompts do not. */
function parseRecord(json: unknown): ParsedRecord {
  const unusable = (error: z.ZodError): ParsedRecord => {
    return { kind: "unusable", reason: z.prettifyError(error).split("\n").join(" ") };
  };
  if (typeof json === "object" && json !== null && "kind" in json) {
    if (json.kind === "comparison") {
      const comparison = comparisonRecord.safeParse(json);
      return comparison.success ? { kind: "comparison", record: comparison.data } : unusable(comparison.error);
    }
    const training = trainingRecord.safeParse(json);
    return training.success ? { kind: "training", record: training.data } : unusable(training.error);
  }
  const run = recordSchema.safeParse(json);
  return run.success ? { kind: "run", record: run.data } : unusable(run.error);
}
