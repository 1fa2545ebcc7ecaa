/** Data files: what is read, and what bad rows, files and paths are called. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { dataPath, type ReadOptions, readDataset } from "../../../../src/runtime/dataset/dataset";
import { RuntimeError } from "../../../../src/runtime/errors";

describe("data sets", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-data-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return name;
  };
  const read = (name: string, options?: ReadOptions) => readDataset(join(folder, name), name, options);
  const failsWith = async (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(
      work,
      (error) => error instanceof RuntimeError && error.code === "invalidDataset" && message.test(error.message),
    );

  it("reads JSON Lines with texts, numbers, lists, blank lines, CRLF and a byte order mark", async () => {
    write(
      "a.jsonl",
      '\uFEFF{"text": "héllo 🙂", "label": 1}\r\n\r\n{"text": "b", "label": 0, "choices": ["x", "y"], "none": null}',
    );
    const { rows, lines, sha256 } = await read("a.jsonl");
    assert.deepEqual(rows, [
      { text: "héllo 🙂", label: 1 },
      { text: "b", label: 0, choices: ["x", "y"] },
    ]);
    assert.deepEqual(lines, [1, 3]);
    assert.match(sha256, /^[\da-f]{64}$/);
  });

  it("reads CSV with quotes and line ends inside, and counts lines as an editor does", async () => {
    write("a.csv", 'text,label\r\n"a, ""b""\nc",pos\r\nd,neg\r\n');
    const { rows, lines } = await read("a.csv");
    assert.deepEqual(rows, [
      { text: 'a, "b"\nc', label: "pos" },
      { text: "d", label: "neg" },
    ]);
    assert.deepEqual(lines, [2, 4]);
  });

  it("reads TSV, in which quotes are characters", async () => {
    write("a.tsv", 'text\tlabel\n"quoted" and it\'s\tpos\n');
    assert.deepEqual((await read("a.tsv")).rows, [{ text: '"quoted" and it\'s', label: "pos" }]);
  });

  it("gives columns the names of fields, and takes no more rows than asked", async () => {
    write("b.jsonl", '{"sentence": "a", "y": "p"}\n{"sentence": "b", "y": "n"}\nnot read\n');
    const { rows } = await read("b.jsonl", { columns: { text: "sentence", label: "y" }, limit: 2 });
    assert.deepEqual(
      rows.map(({ text, label }) => [text, label]),
      [
        ["a", "p"],
        ["b", "n"],
      ],
    );
  });

  const bad =
    '{"text": "a", "label": "p"}\n{"text": "b"\n["c"]\n{"text": {"d": 1}}\n{"text": "e", "label": ""}\n{"label": "p"}\n';
  it("names bad rows, the first few of many, and how to go on", async () => {
    write("bad.jsonl", bad);
    const required = ["text", "label"];
    await failsWith(
      read("bad.jsonl", { required }),
      /^bad\.jsonl:2: .*: 5\. line 2: .*JSON.*line 3: .*line 4: .*"text".*line 5: .*"label" is empty.*line 6: .*"text"/,
    );
    const { rows, problems } = await read("bad.jsonl", { required, skipBadRows: true });
    assert.deepEqual(rows, [{ text: "a", label: "p" }]);
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 4, 5, 6],
    );
    write("many.jsonl", `{"a": 1}\n${"x\n".repeat(100)}`);
    await failsWith(read("many.jsonl"), /and 95 more/);
  });

  it("names ragged rows and bad headers of CSV", async () => {
    write("ragged.csv", "text,label\na,b,c\nd\ne,f\n");
    await failsWith(read("ragged.csv"), /line 2: The row has 3 fields, the header 2.*line 3/);
    assert.deepEqual((await read("ragged.csv", { skipBadRows: true })).rows, [{ text: "e", label: "f" }]);
    write("twice.csv", "text,text\na,b\n");
    await failsWith(read("twice.csv"), /"text" is there twice/);
    write("open.csv", 'text\n"never closed\n');
    await failsWith(read("open.csv"), /open\.csv:\d+: /);
  });

  it("refuses what is no text, naming the line", async () => {
    write("latin.csv", Uint8Array.from([...Buffer.from("text\nfine\ncaf"), 0xe9, 10]));
    await failsWith(read("latin.csv"), /^latin\.csv:3: /);
  });

  it("refuses other kinds of files, empty ones, and folders", async () => {
    await failsWith(read(write("a.xlsx", "x")), /must end in/);
    await failsWith(read(write("empty.jsonl", "\n\n")), /no rows/);
    mkdirSync(join(folder, "dir.csv"));
    await failsWith(read("dir.csv"), /cannot be read/);
  });

  it("follows no path out of the root", async () => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    writeFileSync(join(folder, "outside.csv"), "a\n1\n");
    writeFileSync(join(inside, "in.csv"), "a\n1\n");
    symlinkSync(join(folder, "outside.csv"), join(inside, "link.csv"));
    assert.match(await dataPath("in.csv", inside, inside), /in\.csv$/);
    assert.match(await dataPath("../outside.csv", inside, folder), /outside\.csv$/);
    for (const file of ["../outside.csv", join(folder, "outside.csv"), "link.csv", "/etc/passwd"]) {
      await failsWith(dataPath(file, inside, inside), /outside of/);
    }
    await failsWith(dataPath("none.csv", inside, inside), /no such file/);
  });

  it("reads 100,000 rows", async () => {
    write(
      "large.jsonl",
      Array.from({ length: 100_000 }, (_, i) => `{"text": "row ${i}", "label": "${i % 2}"}`).join("\n"),
    );
    const { rows } = await read("large.jsonl", { required: ["text", "label"] });
    assert.equal(rows.length, 100_000);
    assert.deepEqual(rows.at(-1), { text: "row 99999", label: "1" });
  });

  it("gives back every text that CSV can hold", async () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\0", ""));
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 5 }), async (cells) => {
        const quoted = cells.map((text) => `"${text.replaceAll('"', '""')}",x`);
        write("any.csv", `text,b\n${quoted.join("\n")}\n`);
        assert.deepEqual(
          (await read("any.csv")).rows.map(({ text }) => text),
          cells,
        );
      }),
      { numRuns: 40 },
    );
  });
});
