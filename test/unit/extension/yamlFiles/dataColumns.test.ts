import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnsIn, readColumns } from "../../../../src/extension/yamlFiles/dataColumns";

describe("the columns of data files", () => {
  it("stand in the first rows", () => {
    assert.deepEqual(columnsIn('a,"b ""c"", d",e\n1,2,3', ".csv"), ["a", 'b "c", d', "e"]);
    assert.deepEqual(columnsIn("\uFEFFa\tb\r\n1\t2", ".tsv"), ["a", "b"]);
    assert.deepEqual(columnsIn('{"text": "x", "label": 1}\n{', ".jsonl"), ["text", "label"]);
    assert.deepEqual(columnsIn('\uFEFF{"a": 1}\r\n\r\n{"b": 2, "a": 1}\r\n{"c": ', ".jsonl"), ["a", "b"]);
    assert.deepEqual(columnsIn("[1]\n", ".jsonl"), []);
    assert.deepEqual(columnsIn("a,b", ".txt"), []);
  });

  describe("on disk", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "gptw-"));
      mkdirSync(join(folder, "ws/prompts"), { recursive: true });
      writeFileSync(join(folder, "ws/in.csv"), "a,b\n");
      writeFileSync(join(folder, "out.csv"), "secret\n");
      writeFileSync(join(folder, "ws/bad.jsonl"), "{");
      symlinkSync(join(folder, "out.csv"), join(folder, "ws/link.csv"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("are read below the workspace and nowhere else", async () => {
      const columns = (file: string) => readColumns(join(folder, "ws/prompts/x.prompt.yaml"), join(folder, "ws"), file);
      assert.deepEqual(await columns("../in.csv"), ["a", "b"]);
      for (const file of ["../../out.csv", "../link.csv", join(folder, "out.csv"), "../none.csv", "..", "../bad.jsonl"])
        assert.deepEqual(await columns(file), [], file);
    });

    it("are read below the prompt file's folder when there is no workspace", async () => {
      const prompt = join(folder, "ws/x.prompt.yaml");
      assert.deepEqual(await readColumns(prompt, undefined, "in.csv"), ["a", "b"]);
      assert.deepEqual(await readColumns(prompt, undefined, "../out.csv"), []);
    });
  });
});
