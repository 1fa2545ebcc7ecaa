import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { writeWhole } from "../../../../src/runtime/interop/writeWhole";
import { writeYaml } from "../../../../src/runtime/interop/yamlWriter";
import { gptw } from "../cli/fakeTerminal";
import { inFolder } from "./support";

const files = [
  { path: "a.txt", text: "new a" },
  { path: "deep/b.txt", text: "new b" },
];

describe("files that are written together", () => {
  it("are all there, or none: an older one stays as it is", () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, "deep"));
      await writeFile(join(folder, "deep/b.txt"), "old");
      await assert.rejects(writeWhole(folder, files, false), /there already/);
      assert.deepEqual([await readdir(folder), await readdir(join(folder, "deep"))], [["deep"], ["b.txt"]]);
      assert.equal(await readFile(join(folder, "deep/b.txt"), "utf8"), "old");
      assert.deepEqual(await writeWhole(folder, files, true), [join(folder, "a.txt"), join(folder, "deep/b.txt")]);
      assert.equal(await readFile(join(folder, "deep/b.txt"), "utf8"), "new b");
    }));

  it("leave nothing behind when the file system refuses one", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "deep"), "a file where a folder is wanted");
      await assert.rejects(writeWhole(folder, files, true));
      assert.deepEqual(await readdir(folder), ["deep"]);
    }));
});

describe("YAML that is written", () => {
  const odd = [
    "yes",
    "1.0",
    "12:30:00",
    "0o7",
    "~",
    "",
    " a",
    "a ",
    "a\n",
    "a\n\nb",
    "\ta",
    "a: b\n# c",
    "\u0085",
    "\u2028x\ny",
    "- a",
    "🙂\n{{ x }}",
  ];
  it("is the same to parsers of both versions", () => {
    const value = {
      texts: odd,
      yes: { no: "on" },
      list: [{ a: "x\ny", b: [[1, true, null]] }],
      ...Object.fromEntries(odd.map((text, i) => [`k${i}`, text])),
    };
    for (const version of ["1.1", "1.2"] as const) {
      const document = parseDocument(writeYaml(["a comment\nof two lines"], value), { version });
      assert.deepEqual([document.errors, document.toJS()], [[], value], version);
    }
  });
});

describe("gptw export and gptw import", () => {
  const file = {
    task: "completion",
    input: [{ a: "x", answer: "y" }],
    variants: [{ name: "v", template: "{{ a }} {{ answer }}" }],
  };

  it("tell wrong usage, and never replace a file unasked", () =>
    inFolder(async (folder) => {
      const [path, out] = [join(folder, "t.prompt.yaml"), join(folder, "out")];
      await writeFile(path, JSON.stringify(file));
      for (const args of [
        ["export", "--out", out, path],
        ["export", "--to", "other", "--out", out, path],
        ["export", "--to", "lm-eval", path],
        ["import", "--from", "lm-eval", "--out", join(folder, "x.yaml"), path],
        ["import", "--from", "lm-eval", "--out", join(folder, "x.prompt.yaml")],
      ])
        assert.equal((await gptw(args)).code, 2, args.join(" "));
      const exported = ["export", "--to", "lm-eval", "--out", out, path];
      assert.equal((await gptw(exported)).out, `${join(out, "t.yaml")}\n${join(out, "t.jsonl")}\n`);
      assert.equal((await gptw(exported)).code, 1);
      assert.equal((await gptw([...exported, "--force"])).code, 0);
      const imported = ["import", "--from", "lm-eval", "--out", path, join(out, "t.yaml")];
      assert.equal((await gptw(imported)).code, 1);
      assert.equal(await readFile(path, "utf8"), JSON.stringify(file));
      assert.equal((await gptw([...imported, "--force"])).code, 0);
    }));
});
