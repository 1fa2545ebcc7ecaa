/** Input transforms: the sequences of each task, what is cut, and what a batch predicts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { RuntimeError } from "../../../../src/runtime/errors";
import {
  type EncodedItem,
  encodeItem,
  minLength,
  trainingBatch,
} from "../../../../src/runtime/training/inputTransforms";
import type { TaskType } from "../../../../src/runtime/trainingDataProtocol";

const special = { start: 900, delimiter: 901, extract: 902 };
/** A token per character, so that sequences can be read. */
const encode = (text: string) => Array.from(text, (character) => character.charCodeAt(0));
const decode = (ids: readonly number[]) =>
  ids.map((id) => ({ 900: "<", 901: "|", 902: ">" })[id] ?? String.fromCharCode(id)).join("");

function sequences(task: TaskType, fields: Record<string, string | readonly string[]>, maxLength = 100) {
  const encoded = encodeItem({ fields, label: 1 }, task, encode, special, maxLength);
  return { texts: encoded.sequences.map(decode), truncated: encoded.truncated };
}

describe("input transforms", () => {
  it("frames the four tasks as GPT-1 does", () => {
    assert.deepEqual(sequences("classification", { text: "good" }).texts, ["<good>"]);
    assert.deepEqual(sequences("entailment", { premise: "one", hypothesis: "two" }).texts, ["<one|two>"]);
    assert.deepEqual(sequences("similarity", { text_a: "one", text_b: "two" }).texts, ["<one|two>", "<two|one>"]);
    assert.deepEqual(sequences("multipleChoice", { context: "why", choices: ["a", "bc"] }).texts, [
      "<why|a>",
      "<why|bc>",
    ]);
  });

  it("cuts segments at their ends, to equal shares", () => {
    assert.deepEqual(sequences("classification", { text: "abcdefgh" }, 6), { texts: ["<abcd>"], truncated: true });
    const both = { premise: "abcdefgh", hypothesis: "ABCDEFGH" };
    assert.deepEqual(sequences("entailment", both, 11), { texts: ["<abcd|ABCD>"], truncated: true });
    assert.deepEqual(sequences("entailment", both, 12).texts, ["<abcde|ABCD>"]);
    assert.deepEqual(sequences("entailment", both, 19), { texts: ["<abcdefgh|ABCDEFGH>"], truncated: false });
    // A short segment gives the rest of its share away.
    assert.deepEqual(sequences("entailment", { ...both, premise: "a" }, 9).texts, ["<a|ABCDE>"]);
    assert.deepEqual(sequences("entailment", { ...both, hypothesis: "A" }, 9).texts, ["<abcde|A>"]);
    assert.deepEqual(sequences("similarity", { text_a: "abcdef", text_b: "ABCDEF" }, 8).texts, [
      "<abc|AB>",
      "<AB|abc>",
    ]);
  });

  it("leaves blanks at the ends of a text out", () => {
    assert.deepEqual(sequences("classification", { text: " a b\n" }).texts, ["<a b>"]);
    assert.deepEqual(sequences("multipleChoice", { context: " a", choices: ["b ", "c"] }).texts, ["<a|b>", "<a|c>"]);
  });

  it("keeps the same context before every choice", () => {
    const { texts, truncated } = sequences("multipleChoice", { context: "abcdef", choices: ["A", "ABCDEF"] }, 9);
    assert.deepEqual(texts, ["<abc|A>", "<abc|ABC>"]);
    assert.ok(truncated);
  });

  it("fits, keeps special tokens, and wastes no room, whatever the lengths", () => {
    const lengths = fc.nat({ max: 40 });
    fc.assert(
      fc.property(lengths, lengths, fc.integer({ min: minLength, max: 60 }), (a, b, maxLength) => {
        const fields = { text_a: "a".repeat(a), text_b: "b".repeat(b) };
        const encoded = encodeItem({ fields, label: 0 }, "similarity", encode, special, maxLength);
        for (const ids of encoded.sequences) {
          assert.equal(ids.length, Math.min(a + b + 3, maxLength));
          assert.equal(ids[0], special.start);
          assert.equal(ids.at(-1), special.extract);
          assert.equal(ids.filter((id) => id === special.delimiter).length, 1);
        }
        assert.equal(encoded.truncated, a + b + 3 > maxLength);
        const count = (letter: string) => decode(encoded.sequences[0] ?? []).split(letter).length - 1;
        const half = Math.floor((maxLength - 3) / 2);
        assert.ok(count("a") >= Math.min(a, half) && count("b") >= Math.min(b, half));
      }),
    );
  });

  it("says which field an item lacks", () => {
    const fails = (task: TaskType, fields: Record<string, string>, message: RegExp, maxLength = 50) =>
      assert.throws(
        () => sequences(task, fields, maxLength),
        (error) => error instanceof RuntimeError && error.code === "invalidRequest" && message.test(error.message),
      );
    fails("entailment", { premise: "a" }, /"hypothesis"/);
    fails("multipleChoice", { context: "a" }, /"choices"/);
    fails("classification", { text: "a" }, /4|5/, 4);
  });
});

describe("training batches", () => {
  const items: EncodedItem[] = [
    { sequences: [[1, 2, 3]], label: 0, truncated: false },
    { sequences: [[4, 5, 6, 7, 8]], label: 2, truncated: false },
  ];

  it("pads on the right, points at the extract tokens, and predicts every token but the first", () => {
    const batch = trainingBatch(items, { padTo: 4, lm: true });
    assert.deepEqual([batch.rows, batch.length, batch.lengths, batch.labels], [2, 8, [3, 5], [0, 2]]);
    assert.deepEqual([...batch.inputIds], [1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 7, 8, 0, 0, 0]);
    assert.deepEqual([...batch.lmTargets], [2, 3, -1, -1, -1, -1, -1, -1, 5, 6, 7, 8, -1, -1, -1, -1]);
    assert.deepEqual(batch.extract, [2, 12]);
  });

  it("predicts nothing without the language model, and rounds to no more than the context", () => {
    const batch = trainingBatch(items, { padTo: 4, maxLength: 6, lm: false });
    assert.equal(batch.length, 6);
    assert.ok(batch.lmTargets.every((target) => target === -1));
    assert.equal(trainingBatch(items, { lm: false }).length, 5);
    assert.throws(() => trainingBatch(items, { maxLength: 4, lm: false }), RangeError);
  });

  it("puts the sequences of an item in a row, and wants equally many of each", () => {
    const pairs = [1, 2].map((label) => ({ sequences: [[1, 2], [3]], label, truncated: false }));
    const batch = trainingBatch(pairs, { lm: false });
    assert.deepEqual([batch.rows, batch.extract, batch.labels], [4, [1, 2, 5, 6], [1, 2]]);
    assert.throws(() => trainingBatch([...pairs, ...items], { lm: false }), RangeError);
  });
});
