import assert from "node:assert/strict";
import fc from "fast-check";
import { comparisonTests, neededArms } from "../../../../src/extension/comparisonTests/assertionTests";
import { testedText } from "./testedText";

function read(text: string) {
  return comparisonTests(text) ?? assert.fail("no tests");
}

describe("the assertions of a comparison file as tests", () => {
  it("are called by what they say, and stand where they are written", () => {
    const { tests, error, file } = read(testedText);
    assert.equal(error, null);
    assert.equal(file?.arms.length, 3);
    assert.deepEqual(
      tests.map(({ label, index, range }) => [index, label, testedText.slice(range.start, range.end)]),
      [
        [0, "few-shot: accuracy ≥ 0.8", "{ arm: few-shot, atLeast: 0.8 }"],
        [1, "LoRA: no worse than base by 0.02", "arm: LoRA\n    noWorseThan: base\n    by: 0.02"],
        [2, "LoRA: no worse than base (macro-F1)", "{ arm: LoRA, noWorseThan: base, metric: macroF1 }"],
        [3, "LoRA: better than few-shot", "{ arm: LoRA, betterThan: few-shot }"],
        [4, "base: 0.5 ≤ log-loss ≤ 2", "{ arm: base, metric: logLoss, atLeast: 0.5, atMost: 2 }"],
        [5, "base: log-loss ≤ 2", "{ arm: base, metric: logLoss, atMost: 2 }"],
      ],
    );
  });

  it("keep their ids when the file changes elsewhere or they change places; twice the same are two", () => {
    const ids = (text: string) => read(text).tests.map(({ id }) => id);
    const before = ids(testedText);
    assert.equal(new Set(before).size, 6);
    assert.deepEqual(ids(`# a comment\n${testedText}`), before);
    const line = "  - { arm: few-shot, atLeast: 0.8 }\n";
    const moved = ids(`${testedText.replace(line, "")}  - { atLeast: 0.8, arm: few-shot }\n`);
    assert.deepEqual(moved, [...before.slice(1), before[0]]);
    assert.equal(new Set(ids(`${testedText}${line}`)).size, 7);
  });

  it("are none for a file without any, and an error with its line for one that does not read", () => {
    assert.equal(comparisonTests(testedText.slice(0, testedText.indexOf("assertions:"))), null);
    assert.equal(comparisonTests("data: ["), null);
    const broken = read(testedText.replace("arm: few-shot, atLeast", "arm: few, atLeast"));
    assert.deepEqual([broken.tests, broken.file], [[], null]);
    assert.match(broken.error ?? "", /^line 9: There is no arm "few"/);
    const { start = 0, end = 0 } = broken.errorRange ?? {};
    assert.equal(testedText.replace("arm: few-shot, atLeast", "arm: few, atLeast").slice(start, end), "few");
  });

  it("are read from any text without a fault", () => {
    fc.assert(
      fc.property(fc.nat(testedText.length), fc.nat(testedText.length), fc.string({ maxLength: 8 }), (at, cut, put) => {
        comparisonTests(testedText.slice(0, at) + put + testedText.slice(at + cut));
      }),
      { numRuns: 100 },
    );
  });
});

describe("the arms that assertions need", () => {
  const { tests, file } = read(testedText);
  const needed = (...indices: readonly number[]) =>
    neededArms(
      file ?? { arms: [] },
      tests.filter(({ index }) => indices.includes(index)).map(({ assertion }) => assertion),
    );

  it("are those that they name, in the file's order", () => {
    assert.deepEqual(needed(0), ["few-shot"]);
    assert.deepEqual(needed(1), ["base", "LoRA"]);
    assert.deepEqual(needed(4, 0), ["base", "few-shot"]);
  });

  it("are all where p-values are adjusted over all pairs, for a baseline, and where all are named", () => {
    assert.equal(needed(3), null);
    assert.equal(needed(0, 3), null);
    assert.equal(needed(0, 1), null);
    assert.equal(neededArms(file ?? { arms: [] }, [{ arm: "base", noWorseThan: "random answer" }]), null);
  });
});
