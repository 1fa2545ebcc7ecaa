/** Items that are the same, in one part, across parts, or under different labels. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { contentKey, normaliseText, screenItems } from "../../../../src/runtime/training/duplicates";
import type { TaskType } from "../../../../src/runtime/trainingDataProtocol";

const item = (task: TaskType, fields: Record<string, string | readonly string[]>, label = 0) =>
  contentKey({ fields, label }, task);

/** Rows `text label`, one a line. */
const rows = (...texts: string[]) =>
  texts.map((row, i) => {
    const [text = "", label = "0"] = row.split(" ");
    return { line: i + 1, label: Number(label), ...item("classification", { text }, Number(label)) };
  });
const lines = (items: readonly { readonly line: number }[]) => items.map(({ line }) => line);

describe("what makes items the same", () => {
  it("is text but for case, white space and composition", () => {
    assert.equal(normaliseText("  A\u00a0caf\u0065\u0301\r\n\tNOIR "), "a caf\u00e9 noir");
    assert.notEqual(normaliseText("a b"), normaliseText("ab"));
    assert.notEqual(normaliseText("a."), normaliseText("a"));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        assert.equal(normaliseText(`\n${text}  `), normaliseText(text));
      }),
    );
  });

  it("is not the label, and tells fields apart", () => {
    assert.equal(item("classification", { text: "a" }, 0).key, item("classification", { text: "A " }, 1).key);
    const keys = [
      item("entailment", { premise: "a", hypothesis: "b" }).key,
      item("entailment", { premise: "b", hypothesis: "a" }).key,
      item("entailment", { premise: "a b", hypothesis: "" }).key,
    ];
    assert.equal(new Set(keys).size, 3);
  });

  it("is both orders of a pair, and any order of choices with the same right one", () => {
    assert.equal(
      item("similarity", { text_a: "a", text_b: "b" }).key,
      item("similarity", { text_a: "b", text_b: "a" }).key,
    );
    const first = item("multipleChoice", { context: "c", choices: ["x", "y", "z"] }, 1);
    assert.deepEqual(item("multipleChoice", { context: "c", choices: ["y", "z", "x"] }, 0), first);
    const other = item("multipleChoice", { context: "c", choices: ["y", "z", "x"] }, 1);
    assert.equal(other.key, first.key);
    assert.notEqual(other.answer, first.answer);
  });
});

describe("screening", () => {
  it("leaves later rows of the same item out, and says where the first is", async () => {
    const { items, duplicates, leaked, contradictions } = await screenItems(rows("a", "b", "A", "a"), {}, false);
    assert.deepEqual(lines(items), [1, 2]);
    assert.deepEqual(duplicates.examples, [
      { line: 3, sameAs: 1 },
      { line: 4, sameAs: 1 },
    ]);
    assert.deepEqual([duplicates.count, leaked.count, contradictions.count], [2, 0, 0]);
  });

  it("leaves all rows out whose texts have several labels, each with one that has another", async () => {
    const { items, contradictions, duplicates } = await screenItems(rows("a 0", "a 0", "b 0", "a 1", "a 2"), {}, false);
    assert.deepEqual(lines(items), [3]);
    assert.deepEqual(contradictions.examples, [
      { line: 1, sameAs: 4 },
      { line: 2, sameAs: 4 },
      { line: 4, sameAs: 1 },
      { line: 5, sameAs: 1 },
    ]);
    assert.equal(duplicates.count, 0);
  });

  it("leaves out what dev or test hold, whatever the label", async () => {
    const held = { dev: rows("x", "a 1"), test: rows("c", "a") };
    const { items, leaked } = await screenItems(rows("a 0", "b", "C", "x"), held, false);
    assert.deepEqual(lines(items), [2]);
    assert.deepEqual(leaked.examples, [
      { line: 1, split: "test", sameAs: 2 },
      { line: 3, split: "test", sameAs: 1 },
      { line: 4, split: "dev", sameAs: 1 },
    ]);
  });

  it("tells of them and keeps them when asked to, and gives a few examples of many", async () => {
    const many = rows("a", "a", "b 0", "b 1", "c", ...new Array<string>(50).fill("d"));
    const found = await screenItems(many, { dev: rows("c") }, true);
    assert.equal(found.items.length, many.length);
    assert.deepEqual([found.duplicates.count, found.contradictions.count, found.leaked.count], [50, 2, 1]);
    assert.ok(found.duplicates.examples.length < 50);
  });
});
