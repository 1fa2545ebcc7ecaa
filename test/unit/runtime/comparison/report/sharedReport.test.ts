import assert from "node:assert/strict";
import { type BuiltReport, buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import type { ReportInput } from "../../../../../src/runtime/comparison/report/reportInput";
import { reportText } from "../../../../../src/runtime/comparison/report/reportText";
import { comparisonReportForms } from "../../../../../src/runtime/comparisonProtocol";
import { simulated } from "./simulatedComparison";

const space = "/projects/space";
const outside = "/elsewhere/private";
const fileText = `model: ${outside}/models/one\ndescription: simulated\n`;
const plain = simulated({
  items: 300,
  train: 300,
  arms: [
    { name: "few-shot", kind: "prompt", accuracy: 0.6, k: 4, seeds: [0, 1], dev: 0.5 },
    { name: "LoRA", kind: "lora", accuracy: 0.7, seeds: [0, 1] },
  ],
  record: {
    text: fileText,
    params: {
      source: { path: `${space}/comparisons/some.compare.yaml`, root: space },
      ...{ model: `${outside}/models/one`, store: `${outside}/models`, device: "auto" },
      ...{ runs: `${space}/runs`, cache: `${outside}/cache` },
    },
    models: [{ name: "one", folder: `${outside}/models/one`, sha256: "ab".repeat(32), contextLength: 512 }],
    data: { [`${space}/data/train.jsonl`]: "cd".repeat(32) },
    notes: [
      `Read ${outside}/models/one/config.json.`,
      'train.jsonl: rows left out: 1. line 3: "zyx secret" is no label',
    ],
  },
});
/** Words that stand in items alone. Items of test have something of train, and answers to words are wrong more often than not. */
const secret = "secretword";
const input: ReportInput = {
  ...plain,
  data: {
    ...plain.data,
    train: plain.data.train.map((item) => secretly(item, `${space}/data/train.jsonl`)),
    test: plain.data.test.map((item, i) => (i % 3 === 0 ? secretly(item, `${space}/data/train.jsonl`) : item)),
  },
};

function secretly<T extends ReportInput["data"]["test"][number]>(item: T, file: string): T {
  const words = Array.from({ length: 14 }, (_, i) => `${secret}${i}`).join(" ");
  return { ...item, file, fields: { text: `${String(item.fields.text)} ${words}` } };
}

describe("a report for others", function () {
  this.timeout(60_000);
  let built: BuiltReport;
  before(async () => {
    built = await buildReport(input);
  });
  const text = (form: (typeof comparisonReportForms)[number], withoutTexts: boolean, of: ReportInput = input) =>
    reportText(form, { input: of, ...built }, { withoutTexts });

  it("has no absolute path in any form: what lies beside the comparison file is told from there", () => {
    for (const form of comparisonReportForms)
      for (const without of [true, false]) {
        const found = text(form, without);
        for (const path of [space, outside]) assert.ok(!found.includes(path), `${form} has ${path}`);
      }
    const { record } = JSON.parse(text("json", false)).report;
    assert.deepEqual(record.params, {
      source: { path: "some.compare.yaml", root: ".." },
      ...{ model: "one", store: "models", device: "auto", runs: "../runs", cache: "cache" },
    });
    assert.equal(record.models[0].folder, "one");
    assert.deepEqual(Object.keys(record.data), ["../data/train.jsonl"]);
    assert.equal(record.text, "model: one\ndescription: simulated\n");
    assert.equal(record.notes[0], "Read config.json.");
    assert.equal(JSON.parse(text("json", false)).items[0].file, "../data/train.jsonl");
    assert.equal(JSON.parse(text("jsonl", true).split("\n")[0] ?? "").id, "../data/train.jsonl:1");
  });

  it("holds the data's texts, unless they are to be left out: then lines, labels and probabilities stay", () => {
    const { report } = built;
    assert.ok((report.overlap?.dirty.length ?? 0) > 0 && report.suspicions.length > 0, "there is something to hide");
    for (const form of comparisonReportForms) {
      const found = text(form, true);
      for (const word of [secret, "filler", "zyx secret"]) assert.ok(!found.includes(word), `${form} tells ${word}`);
    }
    for (const form of ["html", "md", "json"] as const) assert.ok(text(form, false).includes(secret), form);
    const shared = JSON.parse(text("json", true));
    const [item] = shared.items;
    assert.deepEqual([item.fields, item.line, item.gold], [{}, 1, input.data.test[0]?.gold]);
    assert.equal(item.answers[0].probabilities.length, 2);
    assert.equal(shared.report.overlap.dirty.length, report.overlap?.dirty.length);
    assert.equal(shared.report.suspicions[0].line, report.suspicions[0]?.line);
    assert.equal(shared.report.record.text, "model: one\ndescription: simulated\n");
    assert.doesNotMatch(text("md", true), /\| Text \||\| Overlap \|/);
    assert.match(text("md", true), /texts of the data are left out/);
  });

  it("names no word that items have in common", () => {
    const slice = { arm: 0, name: "with the word “filler3”", word: "filler3", items: 9, wrong: 8, only: [1, 2] };
    const report = { ...built.report, slices: [{ ...slice, rate: { value: 0.9, low: 0.5, high: 1 } }] };
    const md = (withoutTexts: boolean) => reportText("md", { input, ...built, report }, { withoutTexts });
    assert.match(md(false), /filler3/);
    assert.doesNotMatch(md(true), /filler3/);
    assert.match(md(true), /with a certain word/);
  });

  it("leaves the comparison file out when its instruction shows an item, however it is broken into lines", () => {
    const shown = String(input.data.train[0]?.fields.text).replaceAll(" ", "\n      ");
    const record = { ...plain.record, text: `arms:\n  - instruction: >\n      ${shown}\n` };
    const quoting = { ...built, report: { ...built.report, record } };
    const found = reportText("md", { input: { ...input, record }, ...quoting }, { withoutTexts: true });
    assert.ok(!found.includes(secret));
    assert.match(found, /it quotes items of the data/);
  });

  it("numbers choices, and tells no written text", () => {
    const fields = { question: "which one", choices: ["apple pie", "pear tart"] };
    const choices: ReportInput = {
      ...input,
      data: { ...input.data, choices: 2, test: input.data.test.map((item) => ({ ...item, fields })) },
      record: { ...input.record, task: "multipleChoice", labels: [] },
    };
    assert.match(text("jsonl", false, choices), /"answer":"(apple pie|pear tart)"/);
    assert.doesNotMatch(text("jsonl", true, choices) + text("json", true, choices), /apple|pear/);
    assert.match(text("jsonl", true, choices), /"gold":"[01]","answer":"[01]"/);
    const written: ReportInput = {
      ...input,
      data: { ...input.data, test: input.data.test.map((item) => ({ ...item, label: null, gold: "apple" })) },
      record: { ...input.record, task: "generation", labels: [] },
    };
    const texts = {
      ...built,
      arms: built.arms.map((arm) => ({
        ...arm,
        runs: arm.runs.map((run) => ({
          ...run,
          predictions: run.predictions.map((one) => ({ ...one, label: null, text: "apple" })),
        })),
      })),
    };
    const of = (form: "json" | "jsonl") => reportText(form, { input: written, ...texts }, { withoutTexts: true });
    assert.doesNotMatch(of("json") + of("jsonl"), /apple/);
    assert.match(of("jsonl"), /"gold":"","answer":"","correct":true/);
  });
});
