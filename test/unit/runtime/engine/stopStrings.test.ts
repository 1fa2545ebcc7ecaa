import assert from "node:assert/strict";
import fc from "fast-check";
import { StopStrings } from "../../../../src/runtime/engine/stopStrings";

/** What a stop search over the whole text gives. */
function plainStop(text: string, stops: readonly string[]): { text: string; stopped: boolean } {
  const ends = stops.filter((s) => s !== "").map((s) => text.indexOf(s));
  const found = ends.filter((i) => i >= 0);
  return found.length > 0 ? { text: text.slice(0, Math.min(...found)), stopped: true } : { text, stopped: false };
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 6 });

describe("StopStrings", () => {
  it("finds what a search over the whole text finds, however the text is cut, when pieces end at the stop", () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), fc.array(letters, { maxLength: 3 }), (pieces, stops) => {
        const matcher = new StopStrings(stops);
        let text = "";
        let read = "";
        let stopped = false;
        for (const piece of pieces) {
          read += piece;
          const result = matcher.push(piece);
          text += result.text;
          assert.ok(plainStop(read, stops).text.startsWith(text), "gave out text that was not certain");
          stopped = result.stopped;
          if (stopped) break;
        }
        if (!stopped) text += matcher.end();
        assert.deepEqual({ text, stopped }, plainStop(read, stops));
      }),
    );
  });

  it("holds back only what may begin a stop string", () => {
    const matcher = new StopStrings(["\n\n"]);
    assert.deepEqual(matcher.push("one\n"), { text: "one", stopped: false });
    assert.deepEqual(matcher.push("two"), { text: "\ntwo", stopped: false });
    assert.deepEqual(matcher.push("\n\nthree"), { text: "", stopped: true });
  });
});

describe("StopStrings at edges", () => {
  /** Text given out and where it stopped, for pieces one after the other. */
  function run(stops: readonly string[], pieces: readonly string[]) {
    const matcher = new StopStrings(stops);
    const given: string[] = [];
    for (const piece of pieces) {
      const { text, stopped } = matcher.push(piece);
      given.push(text);
      if (stopped) return { given, stopped: true };
    }
    return { given: [...given, matcher.end()], stopped: false };
  }

  it("finds a string of many pieces, and one in a single piece with more behind it", () => {
    assert.deepEqual(run(["###END"], ["a#", "#", "#E", "N", "D!"]), { given: ["a", "", "", "", ""], stopped: true });
    assert.deepEqual(run(["b"], ["abc"]), { given: ["a"], stopped: true });
  });

  it("lets go of a beginning that leads nowhere, but keeps the one inside it", () => {
    assert.deepEqual(run(["aab"], ["a", "a", "a", "b"]), { given: ["", "", "a", ""], stopped: true });
    assert.deepEqual(run(["\n\n"], ["\n", "x", "\n"]), { given: ["", "\nx", "", "\n"], stopped: false });
  });

  it("ends at the earliest of several, also when a longer one began before", () => {
    assert.deepEqual(run(["abcd", "bc"], ["ab", "c", "d"]), { given: ["", "a"], stopped: true });
    assert.deepEqual(run(["x", "xy"], ["wxy"]), { given: ["w"], stopped: true });
  });

  it("works on characters of two units, which may come apart from their neighbours but not in two", () => {
    assert.deepEqual(run(["🙂!"], ["a🙂", "?", "🙂", "!"]), { given: ["a", "🙂?", "", ""], stopped: true });
  });

  it("gives all out at once where there is nothing to stop at", () => {
    assert.deepEqual(run([], ["a", "b"]), { given: ["a", "b", ""], stopped: false });
    assert.deepEqual(run([""], ["a", ""]), { given: ["a", "", ""], stopped: false });
  });
});
