import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyzeComparison } from "../../../../src/extension/comparisonFiles/analysis";
import { fixesFor } from "../../../../src/extension/comparisonFiles/fixes";
import { nothingAround, readSurroundings } from "../../../../src/extension/comparisonFiles/surroundings";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";

const text = `model: tiny
data:
  file: data/reviews.csv
  task: classification
  columns: { text: review }
arms:
  - name: a
    prompt: { file: few.prompt.yaml, variant: plain }
  - name: b
    model: ./model
    prompt: { template: "{{ text }} {{ answer }}" }
`;

describe("what lies around a comparison file", () => {
  let root: string;
  let path: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "around-"));
    path = join(root, "a.compare.yaml");
    mkdirSync(join(root, "data"));
    mkdirSync(join(root, "model"));
    writeFileSync(join(root, "data/reviews.csv"), "review,label\nGood,1\n");
    writeFileSync(join(root, "model/config.json"), "{}");
    writeFileSync(
      join(root, "few.prompt.yaml"),
      'task: classification\nvariants:\n  - name: plain\n    template: "{{ text }} {{ answer }}"\n',
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Codes of what is wrong, each with the text that it stands at. */
  const problems = async (written: string, models: readonly string[] | null = ["tiny"]): Promise<string[]> => {
    const around = await readSurroundings(readComparisonText(written), { path, root }, models);
    return analyzeComparison(written, around).problems.map(
      ({ code, start, end }) => `${code} ${written.slice(start, end).trim()}`,
    );
  };

  it("is not complained of where it fits", async () => {
    assert.deepEqual(await problems(text), []);
    assert.deepEqual(analyzeComparison(text, nothingAround).problems, []);
  });

  it("lacks data and prompt files", async () => {
    assert.deepEqual(await problems(text.replace("reviews.csv", "reviws.csv")), ["around.missing data/reviws.csv"]);
    assert.deepEqual(await problems(text.replace("few.prompt", "fw.prompt")), ["around.missing fw.prompt.yaml"]);
  });

  it("ends at the root, for links too", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    try {
      writeFileSync(join(outside, "secret.csv"), "review,label\n");
      symlinkSync(join(outside, "secret.csv"), join(root, "data/link.csv"));
      assert.deepEqual(await problems(text.replace("reviews.csv", "link.csv")), ["around.outside data/link.csv"]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("has other columns", async () => {
    assert.deepEqual(await problems(text.replace("text: review", "text: reviw")), ["around.column reviw"]);
    assert.deepEqual(await problems(text.replace("text: review", 'text: "{{ review }} {{ titel }}"')), [
      'around.column "{{ review }} {{ titel }}"',
    ]);
    assert.deepEqual(await problems(text.replace("  columns: { text: review }\n", "")), [
      "around.noColumn data/reviews.csv",
    ]);
    const written = `data: { file: data/reviews.csv, task: generation, columns: { answer: label } }
arms: [{ name: a, prompt: { template: "{{ reviw }} {{ answer }}" } }]`;
    assert.deepEqual(await problems(written), ["template.unknownVariable reviw"]);
  });

  it("lacks variants and models", async () => {
    assert.deepEqual(await problems(text.replace("variant: plain", "variant: plian")), ["around.variant plian"]);
    assert.deepEqual(await problems(text.replace("./model", "./modle")), ["around.model ./modle"]);
    assert.deepEqual(await problems(text, ["other"]), ["around.model tiny"]);
    assert.deepEqual(await problems(text, null), []);
  });

  it("is offered where something near was probably meant", async () => {
    const around = await readSurroundings(readComparisonText(text), { path, root }, null);
    const offered = {
      ...{ dataFiles: ["data/reviews.csv"], promptFiles: ["few.prompt.yaml"], columns: ["review", "label"] },
      ...{ variants: around.variants, models: ["tiny"] },
    };
    for (const [right, wrong] of [
      ["data/reviews.csv", "data/reviws.csv"],
      ["few.prompt.yaml", "fw.prompt.yaml"],
      ["text: review", "text: reviw"],
      ["variant: plain", "variant: plian"],
      ["model: tiny", "model: tinny"],
    ] as const) {
      const written = text.replace(right, wrong);
      const here = await readSurroundings(readComparisonText(written), { path, root }, ["tiny"]);
      const { reading, problems: found } = analyzeComparison(written, here);
      const [problem] = found;
      assert.ok(problem, wrong);
      const [change] = fixesFor(reading, problem, offered)[0]?.changes ?? [];
      assert.ok(change, wrong);
      assert.equal(written.slice(0, change.start) + change.text + written.slice(change.end), text);
    }
  });
});
