import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { corpusFiles, namedFiles } from "../../../../src/runtime/comparison/pretrainingFiles";
import {
  findPretrainingOverlap,
  hasPretrainingOverlap,
  readPretrainingOverlap,
  writePretrainingOverlap,
} from "../../../../src/runtime/comparison/pretrainingOverlap";
import { CancelledError } from "../../../../src/runtime/errors";
import { TrainingRunWriter } from "../../../../src/runtime/training/trainingRunStore";
import type { PretrainSettings } from "../../../../src/runtime/trainingProtocol";
import { fails } from "../checkpoint/support";

const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(" ");
const { signal } = new AbortController();

const settings: PretrainSettings = {
  optimizer: {
    learningRate: 5e-3,
    batchSize: 16,
    microBatchSize: 8,
    warmup: 0.1,
    decay: "cosine",
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.1,
    maxGradNorm: 1,
  },
  dropout: { embedding: 0.1, residual: 0.1, attention: 0.1 },
  sequenceLength: 32,
  steps: 60,
  heldOutShare: 0.1,
  evaluateEvery: 30,
  sampleEvery: 60,
  checkpointEvery: 10,
  seed: 5,
  recompute: false,
};

describe("text of pre-training", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "gptw-pretraining-"));
    write("lab/a.compare.yaml", "");
    write("lab/text/one.txt", "one");
    write("lab/text/deep/two.txt", "two");
    write("lab/text/three.md", "three");
    write("shared.txt", "shared");
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function write(name: string, text: string): string {
    const path = join(root, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  const named = async (...patterns: string[]) => {
    const source = { path: join(root, "lab/a.compare.yaml"), text: "", root };
    return (await namedFiles(patterns, source, signal)).map(({ name }) => name).sort();
  };

  it("is named by files, folders and globs, from the comparison file, each file once", async () => {
    assert.deepEqual(await named("text/one.txt"), ["text/one.txt"]);
    assert.deepEqual(await named("text/*.txt"), ["text/one.txt"]);
    assert.deepEqual(await named("text/**/*.txt", "text/one.txt"), ["text/deep/two.txt", "text/one.txt"]);
    assert.deepEqual(await named("text"), ["text/deep/two.txt", "text/one.txt", "text/three.md"]);
    assert.deepEqual(await named("../shared.txt"), ["../shared.txt"]);
  });

  it("lies in the root, and is there", async () => {
    const outside = mkdtempSync(join(tmpdir(), "gptw-outside-"));
    writeFileSync(join(outside, "secret.txt"), "secret");
    symlinkSync(outside, join(root, "lab/link"));
    symlinkSync(join(outside, "secret.txt"), join(root, "lab/text/link.txt"));
    for (const pattern of ["../../*", join(outside, "secret.txt"), "link/secret.txt", "link", "text/link.txt"])
      await assert.rejects(named(pattern), fails("invalidDataset", "outside"), pattern);
    assert.ok(!(await named("text/*.txt")).includes("text/link.txt"));
    for (const pattern of ["nothing.txt", "text/*.html"])
      await assert.rejects(named(pattern), fails("invalidDataset", "No file"), pattern);
    rmSync(outside, { recursive: true });
  });

  it("is the corpus of a pre-training run in whose folder a model lies, while it is there", async () => {
    write("corpus/a/b.txt", "some text");
    write("corpus/c.md", "no text");
    const corpus = {
      root: join(root, "corpus"),
      include: ["*.txt"],
      exclude: [],
      respectIgnoreFiles: true,
      maxFileBytes: 1000,
    };
    const { folder } = await TrainingRunWriter.create(join(root, "runs"), {
      ...{ version: 1, kind: "pretrain", name: "corpus", startedAt: "2026-01-02T03:04:05.000Z", state: "completed" },
      ...{ reason: null, device: "cpu", versions: { gptWorkbench: "development", onnxruntime: "1" } },
      pretrain: { model: { kind: "new", preset: "tiny", tokenizer: { train: 400 } }, corpus, settings },
      ...{ base: null, data: {}, labels: [], counts: { train: 1, dev: 0, test: 0 }, truncated: 0, step: 1, steps: 1 },
      ...{ best: null, test: null, model: "model", elapsedMs: 1 },
    });
    const models = ["model", "other"].map((name) => ({
      ...{ name, folder: join(folder, name), sha256: "0".repeat(64), contextLength: 8 },
    }));
    const names = async (of: Parameters<typeof corpusFiles>[0], untrusted = false) =>
      (await corpusFiles(of, { modelsFromStoreOnly: untrusted }, signal)).map(({ name }) => name);
    assert.deepEqual(await names(models), ["corpus/a/b.txt"]);
    assert.deepEqual(await names(models.slice(1)), []);
    assert.deepEqual(await names(models, true), []);
    rmSync(corpus.root, { recursive: true });
    assert.deepEqual(await names(models), []);
  });

  it("is searched across the seams of its stretches, with the line of each find", async () => {
    const filler = Array.from({ length: 6000 }, (_, i) => `filler${i} and more`);
    const lines = [...filler];
    // Over many lines, so that some N-grams lie on a seam wherever that is.
    for (let i = 0; i < 5000; i++) lines[i + 500] = `w${i}`;
    const path = write("big.txt", lines.join("\r\n"));
    const found = await findPretrainingOverlap([words(0, 5000), words(9000, 20)], [{ name: "big.txt", path }], {
      ...{ n: 8, signal },
    });
    assert.deepEqual([found.n, found.files, found.cut], [8, 1, false]);
    assert.equal(found.found.length, 5000 - 7);
    const places = found.found.map(({ source }) => Number(/^big\.txt:(\d+)$/.exec(source)?.[1]));
    for (const [i, line] of places.entries()) assert.ok(line <= 501 + i + 7 && line > 501 + i - 3000, `${i}: ${line}`);
  });

  it("is read as JSON where it is lines of that, in one line without an end, and up to its bound", async () => {
    const json = write(
      "j.jsonl",
      `${JSON.stringify({ text: [words(0, 4).replaceAll(" ", "\n"), words(4, 5)] })}\nnot json`,
    );
    const one = write("one-line.txt", `${"x ".repeat(700_000)}${words(50, 9)}`);
    const items = [words(0, 9), words(50, 9)];
    const files = [
      { name: "j.jsonl", path: json },
      { name: "one-line.txt", path: one },
    ];
    const whole = await findPretrainingOverlap(items, files, { n: 9, signal });
    assert.deepEqual(whole.found, [
      { source: "j.jsonl:1", text: words(0, 9) },
      { source: "one-line.txt:1", text: words(50, 9) },
    ]);
    const cut = await findPretrainingOverlap(items, files, { n: 9, signal, most: 1000 });
    assert.deepEqual([cut.cut, cut.bytes, cut.found.length], [true, 1000, 1]);
    const cancelled = findPretrainingOverlap(items, files, { n: 9, signal: AbortSignal.abort() });
    await assert.rejects(cancelled, CancelledError);
  });

  it("is kept as what was found of it", async () => {
    const folder = mkdtempSync(join(root, "run-"));
    assert.deepEqual([await hasPretrainingOverlap(folder), await readPretrainingOverlap(folder)], [false, null]);
    const overlap = { n: 8, files: 1, bytes: 10, cut: false, found: [{ source: "a:1", text: words(0, 8) }] };
    await writePretrainingOverlap(folder, overlap);
    assert.deepEqual([await hasPretrainingOverlap(folder), await readPretrainingOverlap(folder)], [true, overlap]);
    writeFileSync(join(folder, "pretraining.json"), "{}");
    await assert.rejects(readPretrainingOverlap(folder), fails("storeFailed", "pretraining.json"));
  });
});
