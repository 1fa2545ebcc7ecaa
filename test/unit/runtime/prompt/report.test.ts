import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { report } from "../../../../src/runtime/prompt/report";
import { choiceCell, record, runItem, textCell } from "./runs";

const hostile = [
  '=HYPERLINK("http://x.example")',
  "+1+1",
  "-2+3",
  "@SUM(A1)",
  "\t=1",
  ' "quoted", with\r\nlines ',
  "<script>",
];
const items = hostile.map(runItem);
const run = {
  record: record(items.length),
  items,
  cells: hostile.flatMap((text, item) => [textCell(1, item, text), choiceCell(0, item)]),
};

describe("the JSON report", () => {
  it("holds the record, the inputs and every cell in order", () => {
    const read: typeof run = JSON.parse(report("json", run));
    assert.deepEqual(read.record, run.record);
    assert.deepEqual(read.items, run.items);
    assert.deepEqual(
      read.cells.map(({ item, variant }) => [item, variant]),
      hostile.flatMap((_, item) => [
        [item, 0],
        [item, 1],
      ]),
    );
  });
});

describe("the CSV report", () => {
  const rows: Record<string, string>[] = parse(report("csv", run), { columns: true });

  it("is RFC 4180, a row for each cell", () => {
    assert.equal(rows.length, run.cells.length);
    assert.equal(rows[0]?.variant, "plain | <b>bold</b>");
    assert.equal(rows[0]?.rule, "perToken + contextual");
    assert.equal(rows[0]?.probability, "0.7");
    assert.equal(rows[0]?.logprob, "-1.5", "a number is no formula");
    assert.deepEqual(JSON.parse(rows[0]?.scores ?? ""), [
      ["positive", -1.5],
      ["negative", -1.9],
    ]);
    assert.match(report("csv", run), /\r\n$/);
  });

  it("lets no text be a formula, in outputs and in inputs", () => {
    for (const [i, row] of rows.entries()) {
      const text = hostile[Math.floor(i / 2)] ?? "";
      const expected = /^\s*[=+@-]/.test(text) ? `'${text}` : text;
      assert.equal(row["input.text"], expected);
      if (row.variant === "free") assert.equal(row.output, expected);
    }
  });

  it("gives back every text, but for the apostrophe", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const [row]: Record<string, string>[] = parse(
          report("csv", { record: record(1), items: [runItem("x")], cells: [textCell(1, 0, text)] }),
          { columns: true },
        );
        assert.equal(row?.output?.replace(/^'/, ""), text.replace(/^'/, ""));
      }),
    );
  });
});

describe("the Markdown report", () => {
  const text = report("md", run);

  it("sums up each variant with its rule, and tells the record", () => {
    assert.match(text, /^# Run of reviews\.prompt\.yaml/);
    for (const part of [
      "perToken + contextual",
      "0.500 (0.100–0.900), 1 of 7",
      "-1.2500",
      "ab".repeat(32),
      "cd".repeat(32),
    ])
      assert.ok(text.includes(part), part);
    assert.match(text, /positive \| 0\.750 \| 2/);
  });

  it("lets no name break the table or be markup", () => {
    assert.ok(text.includes("plain \\| \\<b\\>bold\\</b\\>"));
    const rows = text.split("\n").filter((line) => line.includes("bold"));
    for (const row of rows) assert.ok([8, 4].includes(row.split(/(?<!\\)\|/).length - 2), row);
  });

  it("fences the prompt file with more ticks than are in it", () => {
    assert.ok(text.includes(`\`\`\`\`yaml\n${run.record.text}\`\`\`\``));
  });
});

describe("the HTML report", () => {
  const text = report("html", run);

  it("lets no text be markup, and has no script and nothing from elsewhere", () => {
    assert.ok(!/<script|<b>|<img|href=|src=|url\(/i.test(text));
    assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert.match(text, /default-src 'none'/);
  });

  it("has tables with captions, and headings for rows and columns", () => {
    const tables = text.split("<table>").slice(1);
    assert.equal(tables.length, 4);
    for (const table of tables) {
      assert.match(table, /^<caption>/);
      assert.match(table, /<th scope="row">/);
    }
    assert.match(text, /<html lang="en">/);
    assert.match(text, /<title>/);
  });

  it("shows a dash for what was not computed", () => {
    assert.match(report("html", { ...run, cells: [] }), /<td>–<\/td>/);
  });
});

describe("the JSON Lines report", () => {
  const lines = report("jsonl", run)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

  it("has the columns of lm-evaluation-harness' samples, a line for each cell", () => {
    assert.equal(lines.length, run.cells.length);
    const [chosen, written] = lines;
    const { candidates } = choiceCell(0, 0);
    const logs = candidates?.map(({ words }) =>
      Math.log(words.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)),
    );
    const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12);
    assert.deepEqual([chosen.doc_id, chosen.metrics, chosen.filter], [0, ["acc"], "none"]);
    for (const [i, log] of (logs ?? []).entries()) near(chosen.resps[i][0][0], log);
    assert.equal(
      chosen.target,
      candidates?.findIndex(({ answer }) => answer === choiceCell(0, 0).gold),
    );
    const text = hostile[0];
    assert.deepEqual([written.resps, written.filtered_resps], [[[text]], [text]]);
  });
});
