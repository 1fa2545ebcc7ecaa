import assert from "node:assert/strict";
import {
  compareTwo,
  deleteRuns,
  type HistoryParts,
  openRun,
  repeatComparison,
  revealRun,
  runAgain,
  trainAgain,
} from "../../../../src/extension/history/historyActions";
import type { HistoryEntry } from "../../../../src/extension/history/runHistory";
import type { LabRequest } from "../../../../src/extension/promptLab/promptLab";
import { ShownTraining } from "../../../../src/extension/training/shownTraining";
import { invalidRequest } from "../../../../src/runtime/errors";
import { runningRecord } from "../../../webview/comparisonStates";
import { completed } from "../../../webview/trainingStates";
import { runRecord, sentiment, variantSummary } from "../commands/prompts/support";
import { fakeWorkbench, type UserAnswers } from "../models";

type Run = Extract<HistoryEntry, { kind: "run" }>;
const run = (name: string, at: number): Run => {
  const record = runRecord([variantSummary("plain")], { overrides: { k: 1, items: [{ text: "x" }] } });
  return { kind: "run", folder: `/w/.gpt-workbench/runs/${name}`, at, record };
};

const training: Extract<HistoryEntry, { kind: "training" }> = {
  ...{ kind: "training", folder: "/w/.gpt-workbench/runs/t", at: 3, record: completed },
};

const comparison: Extract<HistoryEntry, { kind: "comparison" }> = {
  ...{ kind: "comparison", folder: "/w/.gpt-workbench/runs/c", at: 4, record: runningRecord() },
};

function fakeHistory(user: UserAnswers, { notes, trash = true }: { notes?: string; trash?: boolean } = {}) {
  const { workbench, seen } = fakeWorkbench({}, user);
  const runs: LabRequest[] = [];
  const compared: string[][] = [];
  const removed: string[] = [];
  const opened: string[] = [];
  const parts: HistoryParts = {
    messages: workbench.messages,
    dialogs: workbench.dialogs,
    promptLab: {
      open: async (folder) => {
        throw invalidRequest(`${folder} is gone`);
      },
      run: async (request) => void runs.push(request),
      compareRuns: async (a, b) => void compared.push([a, b]),
    },
    training: {
      open: async (folder) => void opened.push(folder),
      openFineTune: (path) => void opened.push(`form of ${path}`),
      openPretrain: (root) => void opened.push(`form of ${root}`),
      running: null,
    },
    comparisons: {
      open: async (folder) => void opened.push(`report of ${folder}`),
      repeatStored: async ({ file }) => void opened.push(`again ${file}`),
      running: null,
    },
    files: {
      read: async () => (notes === undefined ? null : new TextEncoder().encode(notes)),
      remove: async (folder, useTrash) => {
        if (useTrash && !trash) throw new Error("no trash");
        removed.push(folder);
      },
      rootOf: (path) => (path.startsWith("/w/") ? "/w" : undefined),
      openText: async () => undefined,
    },
  };
  return { parts, seen, runs, compared, removed, opened };
}

describe("actions on runs", () => {
  it("run the same text with the same overrides again, from where the file was", async () => {
    const notes = JSON.stringify({
      version: 1,
      file: "../../../prompts/sentiment.prompt.yaml",
      root: "../../..",
      marks: [],
    });
    const { parts, runs } = fakeHistory({}, { notes });
    await runAgain(parts, run("a", 1));
    assert.deepEqual(runs, [
      {
        title: "sentiment.prompt.yaml",
        source: { path: "/w/prompts/sentiment.prompt.yaml", text: sentiment, root: "/w" },
        overrides: { k: 1, items: [{ text: "x" }] },
      },
    ]);
  });

  it("do not let the notes of a run open the disk: what is outside of the workspace has no root but its own folder", async () => {
    const notes = JSON.stringify({ version: 1, file: "/etc/x.prompt.yaml", root: "/", marks: [] });
    const { parts, runs } = fakeHistory({}, { notes });
    await runAgain(parts, run("a", 1));
    assert.deepEqual(runs[0]?.source, { path: "/etc/x.prompt.yaml", text: sentiment });
  });

  it("run again without notes, or with damaged ones, as a file of the workspace", async () => {
    for (const notes of ["{", '{"version":2}']) {
      const { parts, runs } = fakeHistory({}, { notes });
      await runAgain(parts, run("a", 1));
      assert.equal(runs[0]?.source.path, "/w/sentiment.prompt.yaml");
    }
  });

  it("compare the older run with the newer one, and none with itself", async () => {
    const { parts, compared, seen } = fakeHistory({});
    await compareTwo(parts, run("new", 2), run("old", 1));
    await compareTwo(parts, run("new", 2), run("new", 2));
    assert.deepEqual(compared, [["/w/.gpt-workbench/runs/old", "/w/.gpt-workbench/runs/new"]]);
    assert.equal(seen.told[0]?.kind, "info");
  });

  it("tell what went wrong", async () => {
    const { parts, seen } = fakeHistory({});
    await openRun(parts, run("a", 1));
    assert.match(seen.told[0]?.text ?? "", /is gone/);
  });

  it("open a training in its own panel, and fill in its form to train again", async () => {
    const { parts, opened } = fakeHistory({});
    await openRun(parts, training);
    await trainAgain(parts, training);
    assert.deepEqual(opened, [training.folder, "form of /projects/space/data/reviews.tsv"]);
  });

  it("do not delete a training that is under way, and say that models go too", async () => {
    const { parts, removed, seen } = fakeHistory({ confirms: [true] });
    const running = new ShownTraining(1, "reviews");
    running.folder = training.folder;
    const busy = { ...parts, training: { ...parts.training, running } };
    assert.equal(await deleteRuns(busy, [training]), false);
    assert.deepEqual([removed, seen.told[0]?.kind], [[], "info"]);
    assert.equal(await deleteRuns(parts, [training]), true);
    assert.deepEqual(removed, [training.folder]);
    assert.match(seen.confirmations[0]?.detail ?? "", /trained models too/);
  });

  it("open a comparison in its own panel, run it again, and do not delete it while it is under way", async () => {
    const { parts, opened, removed, seen } = fakeHistory({ confirms: [true] });
    await openRun(parts, comparison);
    await repeatComparison(parts, comparison);
    assert.deepEqual(opened, [`report of ${comparison.folder}`, "again some.compare.yaml"]);
    const running = { title: "reviews", folder: comparison.folder, done: 1, total: 2, leftMs: null };
    assert.equal(await deleteRuns({ ...parts, comparisons: { ...parts.comparisons, running } }, [comparison]), false);
    assert.match(seen.told[0]?.text ?? "", /under way/);
    assert.equal(await deleteRuns(parts, [comparison]), true);
    assert.deepEqual(removed, [comparison.folder]);
    assert.match(seen.confirmations[0]?.detail ?? "", /trained models too/);
  });

  it("delete after asking, into the trash", async () => {
    const no = fakeHistory({ confirms: [false] });
    assert.equal(await deleteRuns(no.parts, [run("a", 1)]), false);
    assert.deepEqual(no.removed, []);
    const yes = fakeHistory({ confirms: [true] });
    assert.equal(await deleteRuns(yes.parts, [run("a", 1), run("b", 2)]), true);
    assert.deepEqual(yes.removed, ["/w/.gpt-workbench/runs/a", "/w/.gpt-workbench/runs/b"]);
    assert.equal(yes.seen.confirmations[0]?.message, "Delete 2 runs?");
  });

  it("ask once more before deleting for good where there is no trash", async () => {
    for (const [confirms, left] of [
      [[true, false], []],
      [[true, true], ["/w/.gpt-workbench/runs/a"]],
    ] as const) {
      const { parts, removed } = fakeHistory({ confirms }, { trash: false });
      await deleteRuns(parts, [run("a", 1)]);
      assert.deepEqual(removed, left);
    }
  });

  it("say where the files are when the window is on another machine", async () => {
    const { parts, seen } = fakeHistory({ revealed: false });
    await revealRun(parts, run("a", 1));
    assert.match(seen.told[0]?.text ?? "", /runs\/a/);
  });
});
