import assert from "node:assert/strict";
import fc from "fast-check";
import { type DataKind, dataKind, findCell, writeCell } from "../../../../src/extension/comparisonFiles/labelCell";
import { readDelimited } from "../../../../src/runtime/dataset/delimited";
import { readJsonLines } from "../../../../src/runtime/dataset/jsonLines";

/** Rows as the runtime reads them, with the lines that it gives them. */
function rowsOf(text: string, kind: DataKind) {
  const rows = kind === "jsonLines" ? readJsonLines(text) : readDelimited(text, kind);
  return [...rows].map((row) => {
    assert.ok("fields" in row, "problem" in row ? row.problem : "");
    return row;
  });
}

/** The text with another value in a cell. */
function changed(text: string, kind: DataKind, line: number, column: string, value: string): string | null {
  const cell = findCell(text, kind, line, column);
  assert.ok(cell);
  const written = writeCell(text, kind, cell, value);
  return written === null ? null : text.slice(0, cell.start) + written + text.slice(cell.end);
}

const cellText = fc.oneof(
  fc.string({ maxLength: 12, unit: "grapheme" }),
  fc.constantFrom(
    'say "hi"',
    "a,b",
    "two\nlines",
    "crlf\r\nhere",
    "",
    " spaced ",
    "日本語",
    "\u{1F600}",
    "{}",
    "\\",
    '"',
  ),
);
const label = fc
  .oneof(
    fc.constantFrom("positive", "0", "1", "true", "a, b", '"quoted"', "naïve"),
    fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }),
  )
  .filter((text) => text.trim() === text && text !== "");
const columns = fc.uniqueArray(fc.constantFrom("text", "title", "note", 'odd "name"', "größe"), { maxLength: 4 });

/** A table with a label column anywhere. */
const table = columns.chain((others) =>
  fc.record({
    columns: fc.shuffledSubarray(["label", ...others], { minLength: others.length + 1, maxLength: others.length + 1 }),
    rows: fc.array(fc.record({ label, cells: fc.array(cellText, { minLength: 5, maxLength: 5 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    row: fc.nat(),
    value: label,
    end: fc.constantFrom("\n", "\r\n"),
    quoted: fc.boolean(),
    bom: fc.boolean(),
    blanks: fc.boolean(),
  }),
);

function csv({
  columns: names,
  rows,
  end,
  quoted,
  bom,
  blanks,
}: typeof table extends fc.Arbitrary<infer T> ? T : never) {
  const cell = (text: string) => (quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]) => cells.map(cell).join(",") + end + (blanks ? end : "");
  const body = rows.map((row) => line(names.map((name, i) => (name === "label" ? row.label : (row.cells[i] ?? "")))));
  return `${bom ? "\uFEFF" : ""}${line(names)}${body.join("")}`;
}

describe("a cell of a data file", () => {
  it("is the one cell that is changed in CSV, whatever stands around it", () => {
    fc.assert(
      fc.property(table, (said) => {
        const text = csv(said);
        const before = rowsOf(text, ",");
        const row = before[said.row % before.length];
        assert.ok(row);
        const cell = findCell(text, ",", row.line, "label");
        assert.equal(cell?.value, String(row.fields.label).trim());
        const after = rowsOf(changed(text, ",", row.line, "label", said.value) ?? "", ",");
        const expected = before.map((one) =>
          one === row ? { ...one, fields: { ...one.fields, label: said.value } } : one,
        );
        assert.deepEqual(
          after.map(({ fields }) => fields),
          expected.map(({ fields }) => fields),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("is the one cell that is changed in TSV, which knows no quotes", () => {
    const plain = (text: string) => text.replace(/[\t\r\n]/g, " ");
    fc.assert(
      fc.property(table, (said) => {
        const names = said.columns;
        const lines = said.rows.map((row) =>
          names.map((name, i) => plain(name === "label" ? row.label : (row.cells[i] ?? ""))),
        );
        const text = [names, ...lines].map((cells) => cells.join("\t") + said.end).join("");
        const before = [...readDelimited(text, "\t")].flatMap((row) => ("fields" in row ? [row] : []));
        const row = before[said.row % Math.max(1, before.length)];
        if (!row) return;
        const value = plain(said.value);
        const after = [...readDelimited(changed(text, "\t", row.line, "label", value) ?? "", "\t")];
        assert.deepEqual(
          after.flatMap((one) => ("fields" in one ? [one.fields] : [])),
          before.map((one) => (one === row ? { ...one.fields, label: value } : one.fields)),
        );
      }),
      { numRuns: 200 },
    );
    const text = "text\tlabel\na\tb\n";
    const cell = findCell(text, "\t", 2, "label");
    assert.ok(cell);
    assert.equal(writeCell(text, "\t", cell, "a\tb"), null);
  });

  it("is the one value that is changed in JSON Lines, whatever the order of keys and the spaces", () => {
    const spaces = fc.constantFrom("", " ", "  ");
    const value = fc.oneof(cellText, fc.integer(), fc.array(cellText, { maxLength: 3 }), fc.boolean());
    const row = fc.record({
      members: fc.dictionary(cellText, value, { maxKeys: 4 }),
      label: fc.oneof(label, fc.integer(), fc.boolean()),
      at: fc.nat(),
      space: spaces,
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        label,
        fc.constantFrom("\n", "\r\n", "\n\n"),
        (rows, pick, by, end) => {
          const text = rows
            .map(({ members, label: own, at, space }) => {
              const entries = Object.entries(members).filter(([key]) => key !== "label" && key !== "");
              entries.splice(at % (entries.length + 1), 0, ["label", own]);
              const parts = entries.map(
                ([key, one]) => `${JSON.stringify(key)}${space}:${space}${JSON.stringify(one)}`,
              );
              return `${space}{${space}${parts.join(`${space},${space}`)}${space}}`;
            })
            .join(end);
          const before = rowsOf(text, "jsonLines");
          const chosen = before[pick % before.length];
          assert.ok(chosen);
          const after = rowsOf(changed(text, "jsonLines", chosen.line, "label", by) ?? "", "jsonLines");
          for (const [i, { fields }] of after.entries()) {
            const expected = before[i];
            const { label: was, ...others } = expected?.fields ?? {};
            const { label: is, ...same } = fields;
            assert.deepEqual(same, others);
            assert.equal(String(is), expected === chosen ? by : String(was));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps numbers as numbers and quotes as quotes", () => {
    assert.equal(changed('{"label": 1, "text": "a"}', "jsonLines", 1, "label", "0"), '{"label": 0, "text": "a"}');
    assert.equal(changed('{"label": "1"}', "jsonLines", 1, "label", "0"), '{"label": "0"}');
    assert.equal(changed('{"label": 1}', "jsonLines", 1, "label", "neg"), '{"label": "neg"}');
    assert.equal(changed('{"label": 1}', "jsonLines", 1, "label", "007"), '{"label": "007"}');
    assert.equal(changed('text,label\na,"pos"\n', ",", 2, "label", "neg"), 'text,label\na,"neg"\n');
    assert.equal(changed("text,label\na,pos\n", ",", 2, "label", "very, very"), 'text,label\na,"very, very"\n');
  });

  it("is not where there is no such line, column or row", () => {
    assert.equal(findCell("text,label\na,b\n", ",", 3, "label"), null);
    assert.equal(findCell("text,label\na,b\n", ",", 2, "other"), null);
    assert.equal(findCell('text,label\n"a\nb",c\n', ",", 3, "label"), null);
    assert.equal(findCell("{", "jsonLines", 1, "label"), null);
    assert.equal(findCell('{"label": ["a"]}', "jsonLines", 1, "label"), null);
    assert.equal(findCell("a", "jsonLines", 9, "label"), null);
  });

  it("of files that hold no rows is none", () => {
    assert.deepEqual(["a.jsonl", "b/c.CSV", "d.tsv", "e.txt", "csv"].map(dataKind), [
      "jsonLines",
      ",",
      "\t",
      null,
      null,
    ]);
  });
});
