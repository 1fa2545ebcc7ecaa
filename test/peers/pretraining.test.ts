/** Pre-training against PyTorch's and `tokenizers`' own, on this repository's text. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { exportModel } from "../../src/runtime/checkpoint/export";
import { tokenizerFilesOf } from "../../src/runtime/checkpoint/exportClassifier";
import { TrainingModel } from "../../src/runtime/engine/trainingModel";
import { parseGPTConfig } from "../../src/runtime/model/config";
import { PieceCounter } from "../../src/runtime/tokenizer/pieceCounts";
import { trainBpe } from "../../src/runtime/tokenizer/trainBpe";
import { corpusText, gatherCorpus } from "../../src/runtime/training/corpus";
import { firstValues, openPretrainBase } from "../../src/runtime/training/pretrainModel";
import { pretrainDefaults } from "../../src/runtime/training/pretrainSettings";
import { preparePretrainText } from "../../src/runtime/training/pretrainText";
import { schedule } from "../../src/runtime/training/schedule";
import type { TokenShards } from "../../src/runtime/training/shards";
import { evenlySpaced, windowBatch, windowCount, windowSampler } from "../../src/runtime/training/windows";
import { assertClose } from "../parity/assertClose";
import { peerPython } from "./environment";

const root = join(__dirname, "../..");
const signal = new AbortController().signal;
const steps = 50;
const length = 48;
const sizes = { n_layer: 3, n_head: 4, n_embd: 64, n_positions: length };
const neo = { num_layers: 2, num_heads: 4, hidden_size: 64, max_position_embeddings: length, window_size: 16 };
const configs = {
  gpt2: { model_type: "gpt2", ...sizes },
  "openai-gpt": { model_type: "openai-gpt", ...sizes },
  gpt_neo: { model_type: "gpt_neo", ...neo, attention_types: [[["global", "local"], 1]] },
};
const found = z.object({
  losses: z.array(z.number()),
  norms: z.array(z.number()),
  heldOut: z.tuple([z.number(), z.number()]),
});
const corpus = {
  root: join(root, "src/runtime"),
  include: ["*.ts"],
  exclude: [],
  respectIgnoreFiles: true,
  maxFileBytes: 1_000_000,
};

describe("pre-training beside PyTorch", function () {
  this.timeout(600_000);
  let python = "";
  let folder = "";

  before(async function () {
    const peers = await peerPython();
    if (peers.kind === "missing") {
      console.log(`    Not compared with PyTorch here: ${peers.reason}`);
      this.skip();
    }
    python = peers.python;
    folder = mkdtempSync(join(tmpdir(), "gptw-pretraining-"));
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  function run(script: string, args: readonly string[], input: unknown): unknown {
    const options = { encoding: "utf8", input: JSON.stringify(input), maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(python, [join(__dirname, script), ...args], options);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  }

  it("its vocabulary of 2,000 tokens has the merges of ours", async () => {
    const gathered = await gatherCorpus(corpus);
    const texts = await Promise.all(gathered.files.map((file) => corpusText(gathered, file)));
    const counter = new PieceCounter("byteLevel");
    for (const text of texts) counter.add(text);
    // One token more than there: the one that ends a text.
    const { merges } = await trainBpe(counter.counts, { kind: "byteLevel", vocabSize: 2001 });
    assert.deepEqual(merges, run("train_bpe.py", ["2000"], texts));
  });

  for (const [family, config] of Object.entries(configs))
    it(`its losses of ${family} are ours for ${steps} steps, and held-out text's before and after`, async () => {
      const model = { kind: "new", config, tokenizer: { train: 800 } } as const;
      const standard = pretrainDefaults(parseGPTConfig({ ...config, vocab_size: 800 }, family), steps);
      const optimizer = { ...standard.optimizer, batchSize: 8, microBatchSize: 8, learningRate: 2e-3 };
      const settings = { ...standard, optimizer };
      const base = await openPretrainBase(model, settings, signal);
      const request = { base, corpus, settings, folder: join(folder, family), runs: folder };
      const text = await preparePretrainText(request, signal, () => undefined);
      const values = (name: string, shape: readonly number[]) => firstValues(base, text.config, 7, name, shape);
      const training = await TrainingModel.create({
        config: text.config,
        objective: { kind: "languageModel" },
        method: { kind: "full" },
        optimizer,
        dropout: { embedding: 0, residual: 0, attention: 0, classifier: 0 },
        ...{ seed: 7, recompute: false, device: "cpu", initial: values },
      });
      try {
        const initial = join(folder, `${family}-initial`);
        const read = async function* (name: string) {
          yield await training.read("parameter", name);
        };
        const copy = await tokenizerFilesOf(text.tokenizerFolder);
        await exportModel(initial, { config: text.config, values: read }, { dtype: "F32", copy });
        const samples = [await readFile(join(root, "docs/architecture.md"), "utf8"), "it's  a\n\ttest, of 12 things"];
        const encodings = z
          .array(z.object({ ids: z.array(z.int()) }))
          .parse(run("encode_texts.py", [initial], samples));
        for (const [i, sample] of samples.entries())
          assert.deepEqual(
            text.tokenizer.encode(sample),
            encodings[i]?.ids,
            "the vocabulary, as transformers reads it",
          );
        const sampler = windowSampler(windowCount(text.shards, "train", length), optimizer.batchSize, 7);
        const heldOut = evenlySpaced(windowCount(text.shards, "dev", length) - 1, 16);
        const rates = Array.from({ length: steps }, (_, step) => schedule(optimizer, steps)(step));
        const given = {
          ...optimizer,
          rates,
          batches: await Promise.all(rates.map((_, step) => rowsOf(text.shards, "train", sampler(step)))),
          heldOut: await rowsOf(text.shards, "dev", heldOut),
        };
        const theirs = found.parse(run("pretrain_steps.py", [initial], given));
        const look = async () => {
          const { lmLoss, lmTokens } = await training.evaluate(await windowBatch(text.shards, "dev", heldOut, length));
          return lmLoss / lmTokens;
        };
        const before = await look();
        const [losses, norms]: [number[], number[]] = [[], []];
        for (const [step, rate] of rates.entries()) {
          const batch = await windowBatch(text.shards, "train", sampler(step), length);
          const result = await training.step([batch], rate, step);
          losses.push(result.loss);
          norms.push(result.gradientNorm);
        }
        const after = await look();
        assertClose(losses, theirs.losses, { atol: 1e-4, what: "losses" });
        assertClose(norms.slice(0, 5), theirs.norms.slice(0, 5), { atol: 1e-4, what: "norms" });
        assertClose([before, after], theirs.heldOut, { atol: 1e-4, what: "held-out losses" });
        assert.ok(after < before - 0.6, `${before} → ${after}`);
        const worst = Math.max(...losses.map((loss, i) => Math.abs(loss - (theirs.losses[i] ?? 0))));
        console.log(
          `      held-out loss ${before.toFixed(3)} → ${after.toFixed(3)}; losses differ by ${worst.toExponential(1)}`,
        );
      } finally {
        await training.dispose();
        await text.close();
      }
    });
});

/** Rows of tokens, one longer than the sequence. */
function rowsOf(shards: TokenShards, split: "train" | "dev", windows: readonly number[]): Promise<number[][]> {
  return Promise.all(windows.map(async (window) => [...(await shards.read(split, window * length, length + 1))]));
}
