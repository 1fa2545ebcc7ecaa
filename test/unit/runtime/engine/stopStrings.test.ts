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
