import assert from "node:assert/strict";
import fc from "fast-check";
import { exportLimit, parseCopy, parseExport } from "../../../../src/extension/commands/exportedFile";

describe("an exported file", () => {
  it("has its bytes, and a name of its format", () => {
    const text = parseExport({ name: "Scores: a.ts", format: "csv", content: "é\r\n" });
    assert.deepEqual(text, {
      kind: "file",
      fileName: "Scores- a.ts.csv",
      format: "csv",
      bytes: new TextEncoder().encode("é\r\n"),
    });
    const bytes = new Uint8Array([1, 2, 3]);
    const picture = parseExport({ name: "x", format: "png", content: bytes });
    assert.ok(picture.kind === "file" && picture.bytes === bytes);
  });

  it("never has a name that is a path, hidden, or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const file = parseExport({ name, format: "json", content: "" });
        assert.ok(file.kind === "file");
        assert.match(file.fileName, /^[\p{L}\p{N}_][\p{L}\p{N} ._-]*\.json$/u);
        assert.ok(file.fileName.length <= 210);
      }),
    );
    for (const name of ["../../etc/passwd", "..", "", "\u202e/\\", ".bashrc"]) {
      const file = parseExport({ name, format: "md", content: "" });
      assert.ok(file.kind === "file" && !/[/\\]|^\./.test(file.fileName), name);
    }
  });

  it("is refused when it is too large, in characters or in bytes", () => {
    assert.equal(parseExport({ name: "x", format: "md", content: "x".repeat(exportLimit + 1) }).kind, "tooLarge");
    assert.equal(parseExport({ name: "x", format: "md", content: "é".repeat(exportLimit / 2 + 1) }).kind, "tooLarge");
    assert.equal(parseExport({ name: "x", format: "png", content: new Uint8Array(exportLimit) }).kind, "file");
    assert.equal(parseCopy("x".repeat(exportLimit + 1)), null);
    assert.equal(parseCopy("short"), "short");
  });

  it("is nothing but a file of a known format", () => {
    const other = [null, {}, { name: "x", format: "exe", content: "" }, { name: "x", format: "md", content: 3 }];
    for (const message of other) assert.throws(() => parseExport(message));
    for (const message of [null, 3, {}]) assert.throws(() => parseCopy(message));
  });
});
