import assert from "node:assert/strict";
import { totalOf } from "../../../../src/extension/inlineCompletions/statistics";
import { StatisticsStore } from "../../../../src/extension/inlineCompletions/statisticsStore";
import { memento } from "./support";

const suggestion = (id: number, confidence = 0.5) => ({ id, text: "x", confidence });

describe("StatisticsStore", () => {
  it("keeps counts beyond its life, and counts an acceptance once", async () => {
    const memory = memento();
    const store = new StatisticsStore(memory);
    await store.answered("python", [suggestion(1)], "now");
    await store.accepted(1);
    await store.accepted(1);
    await store.accepted(99);
    const again = new StatisticsStore(memory);
    assert.deepEqual(totalOf(again.statistics), { requests: 1, answered: 1, shown: 1, accepted: 1 });
  });

  it("counts the other candidates as shown only when they are accepted", async () => {
    const store = new StatisticsStore(memento());
    await store.answered("python", [suggestion(1, 0.9), suggestion(2, 0.3)], "now");
    assert.equal(totalOf(store.statistics).shown, 1);
    await store.accepted(2);
    assert.deepEqual(totalOf(store.statistics), { requests: 1, answered: 1, shown: 2, accepted: 1 });
    assert.equal(store.statistics.buckets[3]?.accepted, 1);
  });

  it("remembers the last hundred", async () => {
    const store = new StatisticsStore(memento());
    for (let id = 1; id <= 101; id++) await store.answered("c", [suggestion(id)], "now");
    await store.accepted(1);
    assert.equal(totalOf(store.statistics).accepted, 0);
    await store.accepted(2);
    assert.equal(totalOf(store.statistics).accepted, 1);
  });

  it("says that it changed, and forgets all when told", async () => {
    const store = new StatisticsStore(memento());
    let changes = 0;
    store.onDidChange(() => changes++);
    await store.answered("c", [suggestion(1)], "now");
    await store.reset();
    await store.accepted(1);
    assert.equal(changes, 2);
    assert.equal(store.statistics.since, null);
  });
});
