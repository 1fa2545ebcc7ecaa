import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import { type BuiltReport, buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import { predictionsJsonl, reportCsv, reportJson } from "../../../../../src/runtime/comparison/report/reportCsv";
import type { ReportInput } from "../../../../../src/runtime/comparison/report/reportInput";
import { type ItemsQuery, reportItems } from "../../../../../src/runtime/comparison/report/reportItems";
import { reportMarkdown } from "../../../../../src/runtime/comparison/report/reportMarkdown";
import { simulated } from "./simulatedComparison";

const hostile = '=cmd|"<script>alert(1)</script>" [x](https://x.example) `|`\n# h';
const plain = simulated({
  items: 60,
  labels: ["<b>no</b>", "yes | no"],
  arms: [
    { name: hostile, kind: "prompt", accuracy: 0.6, k: 4, seeds: [0, 1, 2, 3, 4], dev: 0.5, kCurve: { 0: 0.5 } },
    { name: "@LoRA", kind: "lora", accuracy: 0.9, seeds: [0, 1, 2], labelCurve: { 10: 0.5, 30: 0.7 } },
  ],
  record: { name: "*<img src=x>*", text: "description: |\n  ````\n", notes: ["<i>note</i>"] },
  file: { assertions: [{ arm: "@LoRA", atLeast: 0.5 }] },
});
/** Texts of items are anything. */
const input: ReportInput = {
  ...plain,
  data: {
    ...plain.data,
    test: plain.data.test.map((item, i) => (i === 0 ? { ...item, fields: { text: hostile } } : item)),
  },
};

describe("a comparison as Markdown", () => {
  let built: BuiltReport;
  let text: string;
  before(async () => {
    built = await buildReport(input);
    text = reportMarkdown(built.report);
  });

  it("has the verdict first, then the tables, and the record", () => {
    const lines = text.split("\n");
    assert.match(lines[0] ?? "", /^# Comparison /);
    assert.match(lines[2] ?? "", /^\*\*Fine-tuning does better\\?\. .* points \(95 %: .*\)\.\*\*$/);
    const headings = lines.filter((line) => line.startsWith("## "));
    assert.deepEqual(
      headings.map((line) => line.replace(/[,.:].*/, "")),
      [
        "## What each arm reached on test",
        "## What the file asserts",
        "## Arms against each other",
        "## Learning curves",
        "## Spread over seeds",
        "## Labels",
        ...headings.filter((line) => line.startsWith("## Where arms")).map((line) => line.replace(/[,.:].*/, "")),
        ...headings.filter((line) => line.startsWith("## Labels of train")),
        "## Settings",
        "## Record",
        "## Comparison file",
      ],
    );
  });

  it("lets no name be markup or break a table", () => {
    const outside = text.slice(0, text.lastIndexOf("## Comparison file"));
    assert.doesNotMatch(outside, /(?<!\\)<(?:script|b|img|i)\b/);
    assert.doesNotMatch(outside, /\]\(https:\/\//);
    for (const line of outside.split("\n").filter((of) => of.startsWith("| "))) {
      assert.match(line, / \|$/, line);
    }
    assert.ok(text.includes("`````yaml\n"), "the fence is longer than the file's");
  });
});

describe("a comparison as CSV", () => {
  it("has a row for each arm, with numbers as they are", async () => {
    const { report } = await buildReport(input);
    const rows: Record<string, string>[] = parse(reportCsv(report), { columns: true });
    assert.equal(rows.length, report.arms.length);
    assert.equal(rows[0]?.arm, `'${hostile}`, "no text is a formula");
    assert.equal(rows[1]?.arm, "'@LoRA");
    assert.equal(Number(rows[1]?.accuracy), report.arms[1]?.metrics.accuracy?.value);
    assert.equal(Number(rows[1]?.accuracyLow), report.arms[1]?.metrics.accuracy?.low);
    assert.equal(rows[1]?.model, "one");
    assert.equal(rows[2]?.model, "");
    assert.equal(rows[0]?.settings, "4-shot, random, perToken");
  });
});

describe("a comparison as JSON", () => {
  it("is read back as it was", async () => {
    const { report, arms } = await buildReport(input);
    const { items } = reportItems(input, arms, { from: 0, count: 1000 });
    const document = { report, items };
    assert.deepEqual(JSON.parse(reportJson(document)), JSON.parse(JSON.stringify(document)));
    assert.doesNotMatch(reportJson({ report: { ...report, slices: [] }, items: [] }), /"value": null|"low": null/);
  });
});

describe("the answers of a comparison as JSON Lines", () => {
  it("has every answer of every arm and seed", async () => {
    const { arms } = await buildReport(input);
    const lines = [...predictionsJsonl(input, arms)].map((line): Record<string, unknown> => JSON.parse(line));
    const runs = arms.reduce((sum, arm) => sum + arm.runs.length, 0);
    assert.equal(lines.length, runs * 60);
    const [first] = lines;
    assert.equal(first?.id, "test.jsonl:1");
    assert.equal(first?.arm, hostile);
    assert.equal(first?.seed, 0);
    assert.deepEqual(Object.keys(Object(first?.probabilities)), ["<b>no</b>", "yes | no"]);
    assert.equal(first?.correct, first?.gold === first?.answer);
  });
});

describe("the items of a report", () => {
  it("are those that one arm gets right and the other wrong, by most of their seeds", async () => {
    const { arms } = await buildReport(input);
    const { items, total } = reportItems(input, arms, { differ: { right: 1, wrong: 0 }, from: 0, count: 5 });
    assert.ok(total > 5 && items.length === 5);
    for (const { gold, answers } of items) {
      const [wrong, right] = answers;
      assert.equal(right?.answer, gold);
      assert.notEqual(wrong?.answer, gold);
      assert.ok((right?.right ?? 0) >= 2 && (wrong?.right ?? 5) <= 2);
      assert.equal(wrong?.bySeed.length, 5);
      const sum = wrong?.probabilities?.reduce((a, b) => a + b, 0) ?? 0;
      assert.ok(Math.abs(sum - 1) < 1e-9);
    }
    const all = reportItems(input, arms, { from: 0, count: 1000 });
    assert.equal(all.total, 60);
    const wanted = all.items.filter(({ gold, answers }) => answers[1]?.answer === gold && answers[0]?.answer !== gold);
    assert.equal(wanted.length, total);
  });

  it("are those of a cell of the confusion, of a bin of the reliability, and those that are wrong", async () => {
    const { report, arms } = await buildReport(input);
    const arm = report.arms[0] ?? assert.fail();
    const ask = (filter: Omit<ItemsQuery, "from" | "count">) =>
      reportItems(input, arms, { ...filter, from: 0, count: 1000 });
    const labels = report.record.labels;
    for (const [label, row] of arm.confusion.entries())
      for (const [answer, count] of row.entries()) {
        const { items } = ask({ cell: { arm: 0, label, answer } });
        const answered = items
          .flatMap(({ answers }) => answers[0]?.bySeed ?? [])
          .filter((of) => of.answer === labels[answer]);
        assert.equal(answered.length, count);
        assert.ok(items.every(({ gold, names }) => gold === labels[label] && names[label] === gold));
      }
    for (const { from, to, items: count } of arm.reliability) {
      const { items } = ask({ bin: { arm: 0, from, to } });
      const confidences = items.flatMap(({ answers }) =>
        (answers[0]?.bySeed ?? []).map(({ probabilities }) => Math.max(...(probabilities ?? []))),
      );
      assert.equal(confidences.filter((one) => one >= from && (one < to || to === 1)).length, count);
    }
    const wrong = ask({ wrong: 0 });
    assert.ok(wrong.total > 0 && wrong.items.every(({ answers, gold }) => answers[0]?.answer !== gold));
    assert.equal(ask({ wrong: 0, only: wrong.items.slice(0, 2).map(({ item }) => item) }).total, 2);
  });

  it("are the numbers asked for, in their order, and pages of them", async () => {
    const { arms } = await buildReport(input);
    const page = reportItems(input, arms, { only: [7, 3, 50, 99], from: 1, count: 1 });
    assert.equal(page.total, 3);
    assert.deepEqual(
      page.items.map(({ item }) => item),
      [7],
    );
  });
});
