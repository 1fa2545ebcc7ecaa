import assert from "node:assert/strict";
import { type MergeParts, mergeAdapter } from "../../../../src/extension/training/mergeAdapter";
import { CancelledError, storeFailed } from "../../../../src/runtime/errors";
import { fakeWorkbench, press, type UserAnswers } from "../models";

const trained = [{ name: "films", folder: "/w/.gpt-workbench/runs/1-films/model" }];

function setUp(user: UserAnswers, adapters = trained, fail?: Error) {
  const { workbench, seen } = fakeWorkbench({}, user);
  const merged: unknown[] = [];
  let refreshed = 0;
  workbench.modelStore.onDidChange(() => refreshed++);
  const parts: MergeParts = {
    ...workbench,
    history: { adapters: async () => adapters },
    trainingClient: {
      merge: async (params) => {
        merged.push(params);
        if (fail) throw fail;
        return "/store/new";
      },
    },
  };
  return { run: () => mergeAdapter(parts), seen, merged, refreshed: () => refreshed };
}

const intoStore = (name: string) => ({ kind: "store", store: "/store", name });

describe("mergeAdapter", () => {
  it("merges a trained adapter into the store, under the name of its run", async () => {
    const { run, seen, merged, refreshed } = setUp({ choices: ["films"], inputs: [" films-merged "] });
    await run();
    assert.deepEqual(seen.choices[0]?.labels, ["films", "$(folder-opened) Another Folder…"]);
    assert.equal(seen.inputs[0]?.value, "films-merged");
    assert.deepEqual(merged, [{ adapter: trained[0]?.folder, into: intoStore("films-merged") }]);
    assert.equal(refreshed(), 1);
    assert.equal(seen.told[0]?.text, "films-merged was added to the models.");
    await press(seen, "Load");
    assert.deepEqual(seen.updates, [["model", "/store/new"]]);
  });

  it("merges another folder's, and asks for it at once where none was trained", async () => {
    const folder = { scheme: "file", fsPath: "/adapters/poems" };
    const chosen = setUp({ choices: ["$(folder-opened) Another Folder…"], folder, inputs: ["a"] });
    await chosen.run();
    const alone = setUp({ folder, inputs: ["b"] }, []);
    await alone.run();
    assert.deepEqual(chosen.merged, [{ adapter: "/adapters/poems", into: intoStore("a") }]);
    assert.deepEqual(alone.merged, [{ adapter: "/adapters/poems", into: intoStore("b") }]);
    assert.equal(alone.seen.inputs[0]?.value, "poems-merged");
  });

  it("does nothing once a question is dismissed", async () => {
    for (const user of [{ choices: [undefined] }, { choices: ["films"], inputs: [undefined] }]) {
      const { run, seen, merged } = setUp(user);
      await run();
      assert.deepEqual([merged, seen.told], [[], []]);
    }
    const { run, merged } = setUp({ folder: undefined }, []);
    await run();
    assert.deepEqual(merged, []);
  });

  it("takes no name that is empty or that a file system refuses", async () => {
    const { run, seen } = setUp({ choices: ["films"], inputs: ["good"] });
    await run();
    for (const name of [" ", "a/b", "a\\b"]) assert.notEqual(seen.inputs[0]?.problem(name), undefined);
  });

  it("tells of a failure, and nothing of a cancellation", async () => {
    const failing = setUp({ choices: ["films"], inputs: ["a"] }, trained, storeFailed("/store", "is full"));
    await failing.run();
    assert.equal(failing.seen.told[0]?.kind, "error");
    assert.match(failing.seen.told[0]?.text ?? "", /is full/);
    const cancelled = setUp({ choices: ["films"], inputs: ["a"] }, trained, new CancelledError("cancelled"));
    await cancelled.run();
    assert.deepEqual(cancelled.seen.told, []);
  });
});
