import assert from "node:assert/strict";
import { groupRuns, historyRow } from "../../../../src/extension/history/historyRows";
import {
  type FoundFolder,
  type HistoryEntry,
  RunHistory,
  sameEntries,
} from "../../../../src/extension/history/runHistory";
import type { RunRecord } from "../../../../src/runtime/promptProtocol";
import { runningRecord } from "../../../webview/comparisonStates";
import { completed } from "../../../webview/trainingStates";
import { runRecord, variantSummary } from "../commands/prompts/support";

const accuracy = { value: 0.875, low: 0.5291, high: 0.9776 };
const judged = variantSummary("plain", { judged: 8, correct: 7, accuracy, meanLogprob: -0.25 });
const record = (more: Partial<RunRecord> = {}) => runRecord([judged, variantSummary("short")], more);

/** A disk with these records by folder; null for a folder without one. */
function disk(records: Readonly<Record<string, unknown>>) {
  const reads: string[] = [];
  const stamps = new Map<string, string>();
  const found = (folder: string, i: number): FoundFolder => ({
    folder,
    stamp: records[folder] === null ? null : (stamps.get(folder) ?? "1"),
    changedAt: 1000 + i,
  });
  const history = new RunHistory({
    find: async () => Object.keys(records).map(found),
    read: async (folder, name) => {
      reads.push(`${folder}/${name}`);
      const value = records[folder];
      if (value instanceof Error) throw value;
      return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
    },
  });
  return { history, reads, stamps };
}

describe("the list of runs", () => {
  it("has the newest run first, whatever its folder is called", async () => {
    const { history } = disk({
      "/runs/a": record({ startedAt: "2026-11-25T08:00:00Z" }),
      "/runs/b": record({ startedAt: "2026-11-26T08:00:00Z" }),
      "/runs/c": record({ startedAt: "2026-11-24T08:00:00Z" }),
    });
    const folders = (await history.list()).map(({ folder }) => folder);
    assert.deepEqual(folders, ["/runs/b", "/runs/a", "/runs/c"]);
  });

  it("is the same again while no record changes, though one is missing", async () => {
    const { history, stamps } = disk({ "/runs/a": record(), "/runs/b": null });
    const before = await history.list();
    assert.ok(sameEntries(before, await history.list()));
    stamps.set("/runs/a", "2");
    const after = await history.list();
    assert.ok(!sameEntries(before, after));
    assert.ok(!sameEntries(after, after.slice(1)) && !sameEntries(after.slice(1), after));
  });

  it("has trainings beside the runs of prompts, told apart by their records", async () => {
    const paused = {
      ...completed,
      state: "paused",
      step: 40,
      test: null,
      best: null,
      startedAt: "2026-11-27T08:00:00Z",
    };
    const { history } = disk({
      "/runs/a": record({ startedAt: "2026-11-25T08:00:00Z" }),
      "/runs/b": completed,
      "/runs/c": paused,
      "/runs/d": { ...completed, model: "../elsewhere" },
    });
    const entries = await history.list();
    const rows = entries.map((entry) => historyRow(entry, "day", { locale: "en", selected: false }));
    assert.deepEqual(rows.map(({ label, contextValue }) => [label, contextValue]).sort(), [
      ["d", "damagedRun"],
      ["reviews", "training"],
      ["reviews", "unfinishedTraining"],
      ["sentiment.prompt.yaml", "run"],
    ]);
    const shown = rows.map(({ description }) => description).join("\n");
    assert.match(shown, /82\.0 % · full fine-tuning · starter/);
    assert.match(shown, /paused · step 40 of 520/);
    assert.deepEqual(
      groupRuns(entries, "file", { now: 0, locale: "en" })
        .map(({ label }) => label)
        .sort(),
      ["Without a record", "reviews.tsv", "sentiment.prompt.yaml"],
    );
  });

  it("has comparisons beside them, with how far they are, and what is none as damaged", async () => {
    const comparison = { ...runningRecord(), units: { done: 3, total: 8 } };
    const { history } = disk({
      "/runs/a": { ...comparison, state: "completed" },
      "/runs/b": { ...comparison, state: "paused" },
      "/runs/c": { ...comparison, arms: [{ ...comparison.arms[0], trained: "../elsewhere" }] },
      "/runs/d": { ...comparison, state: "failed", reason: "no memory" },
    });
    const entries = await history.list();
    const rows = new Map(
      entries.map((entry) => [entry.folder, historyRow(entry, "day", { locale: "en", selected: false })]),
    );
    const row = (folder: string) => rows.get(folder) ?? assert.fail(folder);
    assert.deepEqual(
      ["a", "b", "c", "d"].map((name) => row(`/runs/${name}`).contextValue),
      ["comparison", "unfinishedComparison", "damagedRun", "unfinishedComparison"],
    );
    assert.match(row("/runs/b").description, /^paused · 3 of 8 units · \d+ arms · /);
    assert.doesNotMatch(row("/runs/a").description, /units/);
    assert.equal(row("/runs/d").tooltip.find(({ label }) => label === "State")?.value, "failed: no memory");
    assert.notEqual(row("/runs/a").icon.id, row("/runs/b").icon.id);
    const groups = groupRuns(entries, "file", { now: 0, locale: "en" }).map(({ label }) => label);
    assert.deepEqual(groups.sort(), ["Without a record", "some.compare.yaml"]);
  });

  it("shows what is damaged or not there as such, with the reason, and never throws", async () => {
    const { history } = disk({
      "/runs/none": null,
      "/runs/json": "{",
      "/runs/shape": { ...record(), items: -1 },
      "/runs/locked": new Error("EACCES: permission denied"),
      "/runs/good": record(),
    });
    const entries = new Map((await history.list()).map((entry) => [entry.folder, entry]));
    const reason = (name: string) => {
      const entry = entries.get(`/runs/${name}`);
      return entry?.kind === "damaged" ? entry.reason : assert.fail(name);
    };
    assert.match(reason("none"), /still running, or was cut off/);
    assert.match(reason("json"), /cannot be read/);
    assert.match(reason("shape"), /items/);
    assert.match(reason("locked"), /EACCES/);
    assert.equal(entries.get("/runs/good")?.kind, "run");
  });

  it("reads a record once, and again when it changed", async () => {
    const { history, reads, stamps } = disk({ "/runs/a": record(), "/runs/b": record() });
    await history.list();
    await history.list();
    assert.equal(reads.length, 2);
    stamps.set("/runs/b", "2");
    await history.list();
    assert.deepEqual(reads.slice(2), ["/runs/b/run.json"]);
  });
});

describe("the rows of runs", () => {
  const local = (day: number, hour: number) => new Date(2026, 10, day, hour, 5).getTime();
  const entry = (folder: string, at: number, more: Partial<RunRecord> = {}): HistoryEntry => {
    return { kind: "run", folder, at, record: record(more) };
  };
  const damaged: HistoryEntry = { kind: "damaged", folder: "/runs/x", at: local(24, 1), reason: "It has no record." };
  const context = { now: local(26, 12), locale: "en" };
  const entries = [
    entry("/runs/3", local(26, 0)),
    entry("/runs/2", local(25, 23)),
    entry("/runs/1", local(20, 9)),
    damaged,
  ];

  it("are grouped by the reader's day, or by prompt file", () => {
    const days = groupRuns(entries, "day", context);
    assert.deepEqual(
      days.map(({ label, entries: { length } }) => [label, length]),
      [
        ["Today", 1],
        ["Yesterday", 1],
        ["Fri, Nov 20, 2026", 1],
        ["Tue, Nov 24, 2026", 1],
      ],
    );
    const files = groupRuns([...entries, entry("/runs/0", 0, { file: "other.prompt.yaml" })], "file", context);
    assert.deepEqual(
      files.map(({ label, entries: { length } }) => [label, length]),
      [
        ["sentiment.prompt.yaml", 3],
        ["Without a record", 1],
        ["other.prompt.yaml", 1],
      ],
    );
    assert.equal(new Set(days.map(({ key }) => key)).size, days.length);
  });

  it("say accuracy, variants, inputs, K and model; the file or the time, whichever the group does not", () => {
    const run = entry("/runs/3", local(26, 9), { items: 8, overrides: { k: 4 } });
    const byDay = historyRow(run, "day", { locale: "en", selected: false });
    assert.equal(byDay.label, "sentiment.prompt.yaml");
    assert.match(byDay.description, /^best 87\.5 % · 2 variants · 8 inputs · K = 4 · model · 09:05/);
    const byFile = historyRow(run, "file", { locale: "en", selected: true });
    assert.match(byFile.label, /26/);
    assert.match(byFile.description, /^selected for compare · best/);
    assert.deepEqual([byDay.contextValue, byFile.contextValue], ["run", "run"]);
  });

  it("show the record in the tooltip, each variant with its rule and interval", () => {
    const { tooltip } = historyRow(entry("/runs/3", local(26, 9)), "day", { locale: "en", selected: false });
    const line = tooltip.find(({ label }) => label === "plain")?.value;
    assert.equal(line, "perToken · 87.5 % (7/8; 95 %: 52.9 % to 97.8 %) · -0.250 nats per token");
    assert.equal(tooltip.find(({ label }) => label === "Model")?.value, "model · cpu · abababababab");
  });

  it("mark stopped and damaged runs", () => {
    const stopped = historyRow(entry("/runs/3", local(26, 9), { complete: false }), "day", {
      locale: "en",
      selected: false,
    });
    assert.match(stopped.description, /^stopped · /);
    const broken = historyRow(damaged, "day", { locale: "en", selected: false });
    assert.deepEqual([broken.label, broken.contextValue, broken.icon.id], ["x", "damagedRun", "warning"]);
    assert.equal(broken.tooltip[0]?.value, "It has no record.");
  });
});
