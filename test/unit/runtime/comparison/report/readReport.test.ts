import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { itemsSha256 } from "../../../../../src/runtime/comparison/comparisonData";
import { ComparisonWriter } from "../../../../../src/runtime/comparison/comparisonStore";
import { buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import { readReportInput } from "../../../../../src/runtime/comparison/report/readReport";
import { simulated } from "./simulatedComparison";

const text = `data:
  file: train.jsonl
  task: classification
resamples: 200
arms:
  - name: prompt
    prompt: { k: 0, instruction: "Say yes or no.", template: "{{ text }}: {{ answer }}" }
  - name: head
    finetune: { method: head }
assertions:
  - { arm: head, atLeast: 0.5 }
`;

describe("the report of a comparison on disk", () => {
  let runs: string;
  let folder: string;
  const plain = simulated({
    items: 40,
    arms: [
      { name: "prompt", kind: "prompt", accuracy: 0.5, k: 0 },
      { name: "head", kind: "head", accuracy: 0.9, seeds: [0, 1, 2] },
    ],
  });
  const id = (of: string) => hash("sha256", of, "hex");

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), "comparison-report-"));
    const record = { ...plain.record, text, testSha256: itemsSha256(plain.data.test) };
    const writer = await ComparisonWriter.create(runs, record, plain.data);
    for (const { unit, ...of } of plain.outcomes) {
      await writer.outcome({ ...of, unit: { ...unit, id: id(unit.id) } }, plain.predictions.get(unit.id) ?? []);
    }
    ({ folder } = writer);
  });
  after(() => rm(runs, { recursive: true, force: true }));

  it("is that of the same comparison in memory", async () => {
    const input = await readReportInput(folder);
    assert.deepEqual(input.prompts, [
      { source: "prompt of prompt", text: "Say yes or no." },
      { source: "prompt of prompt", text: "{{ text }}: {{ answer }}" },
    ]);
    const { report } = await buildReport(input);
    const inMemory = (await buildReport({ ...plain, file: input.file })).report;
    assert.deepEqual(report.arms, inMemory.arms);
    assert.deepEqual(report.pairs, inMemory.pairs);
    assert.equal(report.assertions[0]?.passed, true);
  });

  it("is refused for a record whose text is no comparison file", async () => {
    const path = join(folder, "run.json");
    const record = await readFile(path, "utf8");
    await writeFile(path, JSON.stringify({ ...JSON.parse(record), text: "data: 5\n" }));
    await assert.rejects(readReportInput(folder), /run\.json.*"text".* is no comparison file: line 1/s);
    await writeFile(path, record);
  });

  it("is refused without a unit's answers", async () => {
    const [unit] = plain.outcomes;
    await writeFile(join(folder, "predictions", `${id(unit?.unit.id ?? "")}.jsonl`), "{}\n");
    await assert.rejects(readReportInput(folder), /line 1 cannot be read/);
  });
});
