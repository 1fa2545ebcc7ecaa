/** What ships for comparison files: the JSON Schema and a sample. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { analyzeComparison } from "../../../../src/extension/comparisonFiles/analysis";
import { comparisonSchema } from "../../../../src/extension/comparisonFiles/comparisonSchema";
import { readSurroundings } from "../../../../src/extension/comparisonFiles/surroundings";
import { loadComparisonData, poolOf } from "../../../../src/runtime/comparison/comparisonData";
import { comparisonTasks } from "../../../../src/runtime/comparison/comparisonFile";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";

const samples = join(__dirname, "../../../../samples");
const path = join(samples, "reviews.compare.yaml");
const text = readFileSync(path, "utf8");

describe("the JSON Schema of comparison files", () => {
  it("is found along paths, through values that may be lists", () => {
    assert.deepEqual([...comparisonSchema.enumAt(["data", "task"]).keys()], [...comparisonTasks]);
    for (const path of [
      ["arms", 2, "prompt", "sampler"],
      ["arms", 2, "prompt", "sampler", 1],
    ])
      assert.ok(comparisonSchema.enumAt(path).has("balanced"));
    assert.ok(comparisonSchema.keysAt(["assertions", 0]).has("betterThan"));
    assert.ok(comparisonSchema.keysAt(["assertions", 0]).has("atLeast"));
    assert.deepEqual(comparisonSchema.at(["arms", "x"]), []);
  });
});

describe("the sample of a comparison", () => {
  it("has no problems, not even with what lies around it", async () => {
    const around = await readSurroundings(readComparisonText(text), { path, root: samples }, []);
    assert.deepEqual(analyzeComparison(text, around).problems, []);
    assert.deepEqual([...around.columns.values()], [["text", "label"]]);
  });

  it("has enough items for its labels, evenly over them, and none twice", async () => {
    const { file } = readComparisonText(text);
    assert.ok(file);
    const { signal } = new AbortController();
    const data = await loadComparisonData(file.data, { path, text, root: samples }, { signal });
    assert.deepEqual(data.labels, ["negative", "positive"]);
    assert.equal(data.train.length + data.dev.length + data.test.length >= 300, true);
    const pool = poolOf(data, file.labels ?? 0, 0);
    assert.equal(pool.length, file.labels);
    assert.equal(pool.filter(({ label }) => label === 0).length, pool.length / 2);
    const texts = [...data.train, ...data.dev, ...data.test].map(({ fields }) => String(fields.text));
    assert.equal(new Set(texts).size, texts.length);
  });

  it("compares prompts with training, and asserts something", () => {
    const { file } = readComparisonText(text);
    assert.deepEqual(
      file?.arms.map(({ name }) => name),
      ["zero-shot", "few-shot", "few-shot, calibrated", "head", "LoRA"],
    );
    assert.ok(file?.assertions?.length);
  });

  it("is named in its README", () => {
    assert.ok(readFileSync(join(samples, "README.md"), "utf8").includes("reviews.compare.yaml"));
  });
});
