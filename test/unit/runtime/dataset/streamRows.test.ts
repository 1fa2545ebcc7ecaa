/** Data files read in pieces: the same rows as read at once, however the pieces fall. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readDelimited, streamDelimited } from "../../../../src/runtime/dataset/delimited";
import { readJsonLines, streamJsonLines } from "../../../../src/runtime/dataset/jsonLines";
import { maxRowLength, type RawRow } from "../../../../src/runtime/dataset/rawRow";
import { type StreamOptions, streamRows } from "../../../../src/runtime/dataset/streamRows";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";

/** A text in pieces of at most `size` characters, which are whole, as decoders give them. */
async function* pieces(text: string, size: number): AsyncGenerator<string> {
  const characters = Array.from(text);
  for (let start = 0; start < characters.length; start += size) yield characters.slice(start, start + size).join("");
}

async function collect(chunks: AsyncIterable<readonly RawRow[]>): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const chunk of chunks) rows.push(...chunk);
  return rows;
}

describe("data files in pieces", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-stream-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return name;
  };
  const read = (name: string, options?: StreamOptions) => collect(streamRows(join(folder, name), name, options));
  const failsWith = async (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(
      work,
      (error) => error instanceof RuntimeError && error.code === "invalidDataset" && message.test(error.message),
    );

  const part = fc.constantFrom("a", "é", "🙂", '"', ",", "\r\n", "\n", "\r", " ", "b", '"x,\r\ny"', "\n\n", '""');
  it("reads CSV as at once, wherever a piece ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
        const text = `a,b\r\n${parts.join("")}`;
        assert.deepEqual(await collect(streamDelimited(pieces(text, size), ",")), [...readDelimited(text, ",")]);
      }),
      { numRuns: 200 },
    );
  });

  it("reads JSON Lines as at once, wherever a piece ends", async () => {
    const row = fc.constantFrom('{"a": "é🙂"}', "", "  ", '{"a": 1, "b": ["x"]}', "no", "[1]", '{"a": null}', "\r");
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const text = rows.join("\n");
        assert.deepEqual(await collect(streamJsonLines(pieces(text, size))), [...readJsonLines(text)]);
      }),
      { numRuns: 200 },
    );
  });

  it("reads files, gives their bytes, and leaves a byte order mark out", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `{"text": "zeile ü ${i}", "label": ${i % 3}}`);
    write("long.jsonl", `\uFEFF${lines.join("\r\n")}`);
    const hash = createHash("sha256");
    const rows = await read("long.jsonl", { onBytes: (bytes) => hash.update(bytes) });
    assert.equal(rows.length, 30_000);
    assert.deepEqual(rows[29_999], { line: 30_000, fields: { text: "zeile ü 29999", label: 2 } });
    const whole = createHash("sha256").update(readFileSync(join(folder, "long.jsonl")));
    assert.equal(hash.digest("hex"), whole.digest("hex"));
    write("tabs.tsv", '\uFEFFa\tb\n"1"\t2\n');
    assert.deepEqual(await read("tabs.tsv"), [{ line: 2, fields: { a: '"1"', b: "2" } }]);
  });

  it("leaves out what JSON Lines hold beside texts, numbers and lists of texts", async () => {
    write("deep.jsonl", '{"text": "a", "meta": {"id": 1}, "spans": [[0, 1]], "choices": ["x", "y"]}');
    assert.deepEqual(await read("deep.jsonl"), [{ line: 1, fields: { text: "a", choices: ["x", "y"] } }]);
  });

  it("names a row that is too long, and goes on after it", async () => {
    write("wide.jsonl", `{"a": "${"x".repeat(3 * maxRowLength)}"}\n{"a": "b"}`);
    const [long, next] = await read("wide.jsonl");
    assert.ok(long && "problem" in long && /longer than/.test(long.problem));
    assert.deepEqual(next, { line: 2, fields: { a: "b" } });
  });

  it("names headers, records and quotes that are wrong", async () => {
    const problems = async (text: string) =>
      (await read(write("bad.csv", text))).map((row) => ("problem" in row ? `${row.line} ${row.problem}` : "row"));
    assert.match((await problems("a,a\n1,2\n")).join(), /^1 .*twice$|^1 .*"a" is there twice\.$/);
    assert.deepEqual(await problems("a,b\n1,2\n1\n1,2\n"), ["row", "3 The row has 1 fields, the header 2.", "row"]);
    assert.match((await problems('a\n1\n"never closed\n')).join("; "), /^row; \d+ Quote Not Closed/);
  });

  it("refuses what is no text, other kinds of files, and what is not there", async () => {
    write("latin.csv", Uint8Array.from([...Buffer.from("text\nfine\ncaf"), 0xe9, 10, 97]));
    await failsWith(read("latin.csv"), /^latin\.csv:3: .*UTF-8/);
    write("cut.jsonl", Uint8Array.from([...Buffer.from('{"a": 1}\n'), 0xe2, 0x82]));
    await failsWith(read("cut.jsonl"), /^cut\.jsonl:2: .*UTF-8/);
    await failsWith(read(write("a.parquet", "x")), /must end in/);
    await failsWith(read("none.csv"), /cannot be read/);
  });

  it("ends when it is asked to", async () => {
    const stop = new AbortController();
    const work = read(write("more.jsonl", '{"a": "b"}\n'.repeat(100_000)), {
      signal: stop.signal,
      onBytes: () => stop.abort(),
    });
    await assert.rejects(work, CancelledError);
    stop.abort();
    await assert.rejects(read(write("stop.csv", "a\n1\n"), { signal: stop.signal }), CancelledError);
  });
});
