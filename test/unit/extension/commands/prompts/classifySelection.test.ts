import assert from "node:assert/strict";
import { classificationRow, classificationsOf } from "../../../../../src/extension/commands/prompts/classification";
import { classifySelection } from "../../../../../src/extension/commands/prompts/classifySelection";
import { answering, cell, fakeParts, overridesOf, runRecord, sentiment, variantSummary } from "./support";

const files = { "/a.prompt.yaml": sentiment, "/b.prompt.yaml": answering, "/c.prompt.yaml": "variants: 3" };
const variants = [variantSummary("plain"), variantSummary("short", { rule: "pmi, batch" })];
const result = { record: runRecord(variants), folder: null, recalibrated: [] };
const cells = [cell(0, { positive: 0.8, negative: 0.2 }), cell(1, { positive: 0.4996, negative: 0.5004 })];

describe("classifySelection", () => {
  it("shows label, probability and rule of every variant at once, without a record", async () => {
    const { parts, done, seen } = fakeParts(
      files,
      { choices: ["$(file) a.prompt.yaml", undefined] },
      { cells, result },
    );
    await classifySelection(parts, "Lovely.\n");
    const [asked] = done.once;
    assert.deepEqual(asked?.overrides, { items: [{ text: "Lovely." }], variants: ["plain", "short"] });
    assert.deepEqual([asked?.cache, asked?.runs], ["/cache", undefined]);
    assert.deepEqual(seen.choices[1]?.labels, ["positive 80.0 %", "negative 50.0 %", "$(table) Show Details"]);
    assert.deepEqual(done.runs, []);
  });

  it("offers files that have labels, and those with errors, which it shows", async () => {
    const { parts, done, seen } = fakeParts(files, { choices: ["$(file) c.prompt.yaml"] });
    await classifySelection(parts, "x");
    const labels = ["$(file) a.prompt.yaml", "$(file) c.prompt.yaml", "$(new-file) New Prompt File…"];
    assert.deepEqual(seen.choices[0]?.labels, labels);
    assert.equal(done.shown[0]?.path, "/c.prompt.yaml");
    const none = fakeParts({ "/b.prompt.yaml": answering }, {});
    await classifySelection(none.parts, "x");
    assert.match(none.seen.told[0]?.text ?? "", /No prompt file in this workspace has labels/);
  });

  it("opens the compare panel for the details, of all variants or of the one that was chosen", async () => {
    for (const [row, shown] of [
      ["$(table) Show Details", ["plain", "short"]],
      ["negative 50.0 %", ["short"]],
    ] as const) {
      const user = { choices: ["$(file) a.prompt.yaml", row] };
      const { parts, done } = fakeParts(files, user, { cells, result });
      await classifySelection(parts, "x");
      assert.deepEqual(overridesOf(done), [{ items: [{ text: "x" }], variants: shown }]);
    }
  });

  it("shows nothing of a run that was stopped", async () => {
    const stopped = { ...result, record: runRecord(variants, { complete: false }) };
    const user = { choices: ["$(file) a.prompt.yaml"] };
    const { parts, seen } = fakeParts(files, user, { cells, result: stopped });
    await classifySelection(parts, "x");
    assert.deepEqual([seen.told, seen.choices.length], [[], 1]);
  });
});

describe("classifications", () => {
  const answersOf = (one: ReturnType<typeof cell>) => [{ variant: variantSummary("plain"), cell: one }];

  it("takes calibrated shares where there are some, the chosen label first", () => {
    const plain = cell(0, { a: 0.7, b: 0.3 });
    const calibrated = (plain.candidates ?? []).map((one) => ({ ...one, calibrated: 1 - one.probability }));
    const [found] = classificationsOf(answersOf({ ...plain, candidates: calibrated, output: "b" }));
    assert.deepEqual(
      found?.answers.map(({ label }) => label),
      ["b", "a"],
    );
    const [tie] = classificationsOf(answersOf({ ...cell(0, { a: 0.5, b: 0.5 }), output: "b" }));
    assert.equal(tie?.answers[0]?.label, "b");
  });

  it("leaves out variants that wrote freely", () => {
    assert.deepEqual(classificationsOf(answersOf(cell(0, {}, { candidates: null, output: "text" }))), []);
  });

  it("says the other labels below, and what was left out", () => {
    const [found] = classificationsOf(answersOf(cell(0, { a: 0.9, b: 0.0999, c: 0.0001 }, { dropped: 2 })));
    assert.ok(found);
    const row = classificationRow(found);
    assert.deepEqual([row.label, row.description], ["a 90.0 %", "plain · perToken"]);
    assert.equal(row.detail, "b 10.0 %, c < 0.1 % · 2 demonstrations were left out.");
  });
});
