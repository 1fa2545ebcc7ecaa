import assert from "node:assert/strict";
import fc from "fast-check";
import { PromptLookup } from "../../../../src/runtime/engine/promptLookup";

describe("prompt lookup", () => {
  it("guesses what followed the same three tokens the last time", () => {
    const lookup = new PromptLookup([1, 2, 3, 4, 5, 1, 2, 3, 6, 7, 8, 9, 1, 2, 3]);
    assert.deepEqual(lookup.guess(10), [6, 7, 8, 9]);
    assert.deepEqual(lookup.guess(2), [6, 7]);
    assert.deepEqual(lookup.guess(0), []);
    assert.deepEqual(new PromptLookup([1, 2, 3, 1, 2, 3]).guess(4), [1, 2, 3, 1]);
    assert.deepEqual(new PromptLookup([1, 2, 3, 4]).guess(10), []);
    assert.deepEqual(new PromptLookup([1, 2]).guess(10), []);
  });

  it("guesses more while it is right, and pauses when it is wrong", () => {
    const cycle = [1, 2, 3, 4, 5];
    const lookup = new PromptLookup([...cycle, ...cycle, ...cycle, ...cycle, ...cycle]);
    const first = lookup.guess(100);
    assert.equal(first.length, 4);
    for (const id of first) lookup.push(id, id);
    assert.ok(lookup.guess(100).length > 4);
    const [wrong = 0] = lookup.guess(100);
    lookup.push(99, wrong);
    for (const id of [1, 2, 3]) {
      assert.deepEqual(lookup.guess(100), []);
      lookup.push(id);
    }
    assert.deepEqual(lookup.guess(100), []);
    lookup.push(4);
    assert.equal(lookup.guess(100).length, 2);
  });

  it("guesses nothing that the text does not have, and never more than it may", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 40 }), fc.nat(20), (ids, most) => {
        const guess = new PromptLookup(ids).guess(most);
        assert.ok(guess.length <= most);
        const text = [...ids, ...guess].join(",");
        if (guess.length > 0)
          assert.ok(text.indexOf([...ids.slice(-3), ...guess].join(",")) < ids.join(",").length - 5);
      }),
    );
  });
});
