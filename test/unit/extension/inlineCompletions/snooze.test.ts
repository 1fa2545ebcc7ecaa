import assert from "node:assert/strict";
import { parseMinutes, Snooze } from "../../../../src/extension/inlineCompletions/snooze";
import { FakeClock } from "../support";

function snoozing() {
  const clock = new FakeClock();
  const snooze = new Snooze(clock);
  const seen: boolean[] = [];
  snooze.onDidChange(() => seen.push(snooze.active));
  return { clock, snooze, seen };
}

describe("Snooze", () => {
  it("ends by itself", () => {
    const { clock, snooze, seen } = snoozing();
    snooze.start(15);
    assert.equal(snooze.minutesLeft, 15);
    clock.advance(14.5 * 60_000);
    assert.equal(snooze.minutesLeft, 1);
    assert.ok(snooze.active);
    clock.advance(30_000);
    assert.ok(!snooze.active);
    assert.equal(snooze.minutesLeft, 0);
    assert.deepEqual(seen, [true, false]);
  });

  it("begins anew, from then on", () => {
    const { clock, snooze } = snoozing();
    snooze.start(5);
    clock.advance(4 * 60_000);
    snooze.start(5);
    clock.advance(4 * 60_000);
    assert.ok(snooze.active);
    assert.equal(clock.waiting.length, 1);
  });

  it("is resumed once", () => {
    const { clock, snooze, seen } = snoozing();
    snooze.resume();
    snooze.start(5);
    snooze.resume();
    assert.deepEqual(seen, [true, false]);
    assert.deepEqual(clock.waiting, []);
  });
});

describe("parseMinutes", () => {
  it("takes whole numbers from 1 to a day", () => {
    assert.deepEqual(["1", " 15 ", "1440"].map(parseMinutes), [1, 15, 1440]);
    for (const text of ["", "0", "1441", "-5", "1.5", "1e2", "ten"]) assert.equal(parseMinutes(text), undefined);
  });
});
