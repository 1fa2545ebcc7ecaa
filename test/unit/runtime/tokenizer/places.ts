/** What must hold of the places of any text's tokens. */
import assert from "node:assert/strict";
import type { Tokenizer } from "../../../../src/runtime/tokenizer/tokenizer";

/** Encodes `text` and asserts that its places are within it, in order, split no surrogate pair, and fit any first part. */
export function assertPlaces(tokenizer: Tokenizer, text: string): void {
  const ids = tokenizer.encode(text);
  const places = tokenizer.places(text, ids);
  assert.equal(places.length, ids.length);
  let [start, end] = [0, 0];
  for (const place of places) {
    const inOrder = place.start >= start && place.end >= end && place.start <= place.end && place.end <= text.length;
    if (!inOrder || [place.start, place.end].some((at) => splitsPair(text, at))) {
      assert.fail(`${JSON.stringify(text.slice(0, 200))}: ${JSON.stringify(places.slice(0, 50))}`);
    }
    [start, end] = [place.start, place.end];
  }
  const half = ids.slice(0, ids.length >> 1);
  assert.equal(tokenizer.places(text, half).length, half.length);
}

function splitsPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 1), at + 1));
}
