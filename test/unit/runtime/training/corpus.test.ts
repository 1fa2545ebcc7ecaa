/** Gathering text, on folders made for it; ignore files against git itself where there is one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { corpusText, gatherCorpus, previewCorpus } from "../../../../src/runtime/training/corpus";
import type { CorpusSource } from "../../../../src/runtime/trainingDataProtocol";
import { fails, withFolder } from "../checkpoint/support";

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function source(root: string, given: Partial<CorpusSource> = {}): CorpusSource {
  return { root, include: [], exclude: [], respectIgnoreFiles: true, maxFileBytes: 1000, ...given };
}

async function paths(root: string, given: Partial<CorpusSource> = {}): Promise<string[]> {
  return (await gatherCorpus(source(root, given))).files.map(({ path }) => path);
}

describe("a corpus", () => {
  it("has the files that globs name, in the order of their names", () =>
    withFolder(async (root) => {
      await writeFiles(root, { "b.ts": "b", "a/z.ts": "az", "a/y.md": "ay", "B.ts": "B", "c/d/e.ts": "cde" });
      assert.deepEqual(await paths(root), ["B.ts", "a/y.md", "a/z.ts", "b.ts", "c/d/e.ts"]);
      assert.deepEqual(await paths(root, { include: ["*.ts"] }), ["B.ts", "a/z.ts", "b.ts", "c/d/e.ts"]);
      assert.deepEqual(await paths(root, { include: ["a/**", "c/*.ts"] }), ["a/y.md", "a/z.ts"]);
      assert.deepEqual(await paths(root, { include: ["**/*.{md,ts}"], exclude: ["a", "c/d/**"] }), ["B.ts", "b.ts"]);
    }));

  it("leaves out what is no text, too large, a copy, or under another license, and says so", () =>
    withFolder(async (root) => {
      await writeFiles(root, {
        "good.txt": "text",
        "copy.txt": "text",
        "zero.bin": Uint8Array.of(65, 0, 66),
        "latin.txt": Uint8Array.of(0xe9, 0x20, 0x65),
        "empty.txt": "",
        "large.txt": "x".repeat(1001),
        "gpl.c": "/* SPDX-License-Identifier: GPL-3.0-only */",
        "mit.c": "// SPDX-License-Identifier: MIT OR GPL-3.0-only\n",
        "both.c": "/* SPDX-License-Identifier: (MIT AND Apache-2.0) */",
        "with.c": "# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
        "node_modules/x/a.txt": "not this",
        ".git/config": "nor this",
        ".gpt-workbench/runs/1/sample.txt": "nor this",
        "runs/1/sample.txt": "nor this one",
        "models/a/model.safetensors": Uint8Array.of(0),
        "models/a/merges.txt": "nor these",
      });
      const limits = source(root, { licenses: ["mit", "Apache-2.0"] });
      const found = await gatherCorpus(limits, { leaveOut: [join(root, "runs"), "/elsewhere"] });
      assert.deepEqual(
        found.files.map(({ path }) => path),
        ["both.c", "copy.txt", "mit.c", "with.c"],
      );
      assert.deepEqual(Object.fromEntries(found.skipped.map(({ reason, files }) => [reason, files])), {
        "not UTF-8 text": 2,
        empty: 1,
        "larger than 1000 bytes": 1,
        "the same text as another file": 1,
        "under another license": 1,
      });
      const preview = await previewCorpus(limits);
      assert.equal(preview.files, 5);
      assert.equal(preview.largest[0]?.path, "with.c");
    }));

  it("does not follow links", async function () {
    if (process.platform === "win32") this.skip();
    await withFolder(async (folder) => {
      const root = join(folder, "root");
      await writeFiles(folder, { "secret.txt": "secret", "out/b.txt": "outside", "root/a.txt": "a" });
      await symlink(join(folder, "secret.txt"), join(root, "link.txt"));
      await symlink(join(folder, "out"), join(root, "folder"));
      await symlink(root, join(root, "cycle"));
      await symlink(join(folder, "secret.txt"), join(root, ".gitignore"));
      const found = await gatherCorpus(source(root));
      assert.deepEqual(
        found.files.map(({ path }) => path),
        ["a.txt"],
      );
      assert.deepEqual(found.skipped, [{ reason: "a link", files: 4 }]);
    });
  });

  it("respects ignore files, nested ones too, unless told not to", () =>
    withFolder(async (root) => {
      await writeFiles(root, {
        ".gitignore": "*.log\n/build/\nlogs\n",
        "a.log": "1",
        "build/x.ts": "2",
        "src/build/x.ts": "3",
        "src/logs/y.ts": "4",
        "src/.gitignore": "!keep.log\nsecret*\n",
        "src/keep.log": "5",
        "src/secret.ts": "6",
        "src/z.ts": "7",
      });
      const include = ["*.ts", "*.log"];
      assert.deepEqual(await paths(root, { include }), ["src/build/x.ts", "src/keep.log", "src/z.ts"]);
      assert.equal((await paths(root, { include, respectIgnoreFiles: false })).length, 7);
    }));

  it("ignores what git ignores", async function () {
    if (spawnSync("git", ["--version"]).status !== 0) this.skip();
    this.timeout(120_000);
    const name = fc.constantFrom("a", "b", "ab", "a.b", ".a", "b c", "[a]", "#a", "!a");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const part = fc.constantFrom(
      "a",
      "b",
      "*",
      "**",
      "?",
      "a*",
      "*b",
      "[ab]",
      "[!a]",
      "a.b",
      ".*",
      "\\[a\\]",
      "\\#a",
      "{a,b}",
      "a**b",
    );
    const line = fc
      .tuple(
        fc.constantFrom("", "!"),
        fc.constantFrom("", "/"),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("", "/", " ", "\\ "),
      )
      .map(([not, start, parts, end]) => `${not}${start}${parts.join("/")}${end}`);
    const rules = fc.array(fc.oneof({ weight: 5, arbitrary: line }, fc.constantFrom("", "# no", "!")), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 12 }), rules, rules, async (files, outer, inner) => {
        await withFolder(async (root) => {
          // A name is a file or a folder, not both.
          const kept = files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
          await writeFiles(root, Object.fromEntries(kept.map((file, i) => [file, `text ${i}`])));
          await writeFiles(root, { ".gitignore": outer.join("\n") });
          if (kept.some((file) => file.startsWith("a/"))) await writeFiles(root, { "a/.gitignore": inner.join("\n") });
          const ours = new Set(await paths(root));
          const wanted = gitFiles(root);
          const theirs = [...new Set(kept)].filter((file) => wanted.has(file));
          assert.deepEqual(
            [...new Set(kept)].filter((file) => ours.has(file)),
            theirs,
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it("refuses patterns that would take forever, and says where they stand", () =>
    withFolder(async (root) => {
      await writeFiles(root, { "x/.gitignore": "ok\n*a*a*a*a*a*a*a*b\n" });
      await assert.rejects(gatherCorpus(source(root)), fails("invalidRequest", "x/.gitignore, line 2"));
      const include = ["*".repeat(1001)];
      await assert.rejects(gatherCorpus(source(root, { include })), fails("invalidRequest", "corpus.include.0"));
      const wrong = { ...source(root), maxFileBytes: -1 };
      await assert.rejects(gatherCorpus(wrong), fails("invalidRequest", "corpus.maxFileBytes"));
      await assert.rejects(gatherCorpus(source(join(root, "none"))), fails("invalidDataset", "none"));
    }));

  it("notices a file that changes while it is used, and stops when told to", () =>
    withFolder(async (root) => {
      await writeFiles(root, { "a.txt": "\ufeffsome text" });
      const corpus = await gatherCorpus(source(root));
      const [file] = corpus.files;
      assert.ok(file);
      assert.equal(await corpusText(corpus, file), "some text");
      await writeFiles(root, { "a.txt": "other text!!" });
      await assert.rejects(corpusText(corpus, file), fails("invalidDataset", "a.txt"));
      const aborted = AbortSignal.abort();
      await assert.rejects(gatherCorpus(source(root), { signal: aborted }), /cancelled/);
    }));
});

/** Files that git would track. */
function gitFiles(root: string): Set<string> {
  const git = (...args: string[]) => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
  assert.equal(git("init", "-q").status, 0);
  const { stdout } = git("-c", "core.excludesFile=", "ls-files", "-z", "--others", "--exclude-standard");
  return new Set(stdout.split("\0"));
}
