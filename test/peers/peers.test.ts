/** We against Hugging Face's transformers and tokenizers, in both directions, on models made anew every time. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { exportModel } from "../../src/runtime/checkpoint/export";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { formatGPTConfig, type GPTConfig, parseGPTConfig } from "../../src/runtime/model/config";
import { initialValues } from "../../src/runtime/model/initialize";
import { seededRandom } from "../../src/runtime/random";
import { loadTokenizer } from "../../src/runtime/tokenizer/loadTokenizer";
import { assertClose } from "../parity/assertClose";
import { batchLogits, createScoringSession } from "../parity/scoringSession";
import { peerPython } from "./environment";

const root = join(__dirname, "../..");
const sizes = { n_layer: 3, n_head: 3, n_embd: 48, n_positions: 64, vocab_size: 149 };
const neo = {
  num_layers: 4,
  num_heads: 3,
  hidden_size: 48,
  max_position_embeddings: 64,
  vocab_size: 149,
  window_size: 7,
};

/** Models that we make. GPT-3 is ours alone: with dense layers only it is a GPT-2, and is read as one. */
const ours: Readonly<
  Record<string, { readonly config: GPTConfig; readonly dtype: "F32" | "F16" | "BF16"; readonly shard?: number }>
> = {
  gpt1: { config: parse({ model_type: "openai-gpt", ...sizes }), dtype: "F32" },
  gpt2: { config: parse({ model_type: "gpt2", ...sizes }), dtype: "F32" },
  "gpt2-untied": {
    config: parse({ model_type: "gpt2", ...sizes, tie_word_embeddings: false, n_inner: 70 }),
    dtype: "F32",
  },
  "gpt2-half": { config: parse({ model_type: "gpt2", ...sizes }), dtype: "F16" },
  "gpt2-brain": { config: parse({ model_type: "gpt2", ...sizes }), dtype: "BF16" },
  "gpt2-shards": { config: parse({ model_type: "gpt2", ...sizes }), dtype: "F32", shard: 40_000 },
  "gpt-neo": {
    config: parse({ model_type: "gpt_neo", ...neo, attention_types: [[["global", "local"], 2]] }),
    dtype: "F32",
  },
  "gpt3-dense": {
    config: parse({ model_type: "gpt3", ...sizes, attention_patterns: ["dense", "dense", "dense"] }),
    dtype: "F32",
  },
};

function parse(json: unknown): GPTConfig {
  return parseGPTConfig(json, "config.json");
}

describe("transformers", () => {
  let python = "";
  let folder = "";
  const seed = randomInt(2 ** 30);

  before(function () {
    const found = peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with transformers here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    folder = mkdtempSync(join(tmpdir(), "gptw-peers-"));
    console.log(`    Seed ${seed}`);
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  function run(script: string, args: readonly string[], input = ""): string {
    const options = { encoding: "utf8", input, maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(python, [join(__dirname, script), ...args], options);
    assert.equal(status, 0, stderr);
    return stdout;
  }

  it("its models give here what they give there", () => {
    const references = join(folder, "references");
    run("make_references.py", [references, String(seed)]);
    const report = join(folder, "parity.json");
    const args = [
      "--config",
      "test/parity/.mocharc.json",
      "--grep",
      "parity on cpu",
      "--reporter",
      "test/reporter.cjs",
    ];
    const env = { ...process.env, GPTW_FIXTURES: references, GPTW_TEST_RESULTS: report };
    const { stdout } = spawnSync("node", ["node_modules/mocha/bin/mocha.js", ...args], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    const { passed, failed } = z
      .object({ passed: z.int(), failed: z.int() })
      .parse(JSON.parse(readFileSync(report, "utf8")));
    assert.equal(failed, 0, stdout.slice(stdout.indexOf("failing")));
    assert.ok(passed > 200, `${passed} passed`);
    console.log(`      ${passed} comparisons`);
  });

  it("our models give there what they give here", async () => {
    const models = join(folder, "ours");
    const ids = Array.from({ length: 48 }, (_, i) => (i * i * 31 + 7 * i + seed) % sizes.vocab_size);
    const logits = new Map<string, number[]>();
    for (const [name, { config, dtype, shard }] of Object.entries(ours)) {
      const random = seededRandom(seed);
      const values = (parameter: string, count: number) => widened(initialValues(parameter, count, config, random));
      await exportModel(join(models, name), { config, values }, { dtype, ...(shard && { maxShardBytes: shard }) });
      const opened = await openModelFolder(join(models, name));
      const session = await createScoringSession(opened, "cpu");
      const rows = await batchLogits(session, { input_ids: [ids], attention_mask: null, position_ids: null });
      logits.set(
        name,
        rows.flatMap((row) => [...row]),
      );
      await session.release();
      if (config.modelType !== "gpt3") continue;
      const asGPT2 = formatGPTConfig({ ...config, modelType: "gpt2" });
      writeFileSync(join(models, name, "config.json"), JSON.stringify(asGPT2));
    }
    writeFileSync(join(models, "ids.json"), JSON.stringify(ids));
    const problems = run("read_ours.py", [models]).trim().split("\n").at(-1);
    assert.equal(problems, "{}", "keys that are missing or unexpected");
    for (const [name, found] of logits) {
      const theirs = await readTensor(await openSafetensors(join(models, name, "theirs.safetensors")), "logits");
      assertClose(found, theirs, { atol: name === "gpt-neo" ? 3e-4 : 1e-4, what: `logits of ${name}` });
    }
  });

  it("tokenizers finds the tokens that we find", async () => {
    const starter = join(root, "media/models/starter");
    const tokenizer = await loadTokenizer(starter, { modelType: "gpt2", vocabSize: 8192 });
    assert.ok(tokenizer);
    const random = seededRandom(seed);
    const texts = Array.from({ length: 400 }, () => randomText(random));
    const args = [join(starter, "vocab.json"), join(starter, "merges.txt")];
    const theirs = z.array(z.array(z.int())).parse(JSON.parse(run("encode_texts.py", args, JSON.stringify(texts))));
    for (const [i, text] of texts.entries()) assert.deepEqual(tokenizer.encode(text), theirs[i], JSON.stringify(text));
    tokenizer.free();
  });
});

/** Ten times the usual spread, so that attention and MLP matter beside the residual stream. */
function* widened(pieces: Iterable<Float32Array>): Generator<Float32Array> {
  for (const piece of pieces) yield piece.map((x) => (x === 1 ? x : 10 * x));
}

/** Words, numbers, punctuation, blanks and any characters of Unicode but surrogates. */
function randomText(random: () => number): string {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? "";
  const words = [
    "the",
    " function",
    "don't",
    "  ",
    "\n\n",
    "\t",
    "\r\n",
    "12345",
    " it's",
    "…",
    "é",
    " ß",
    "😀",
    "👩‍👩‍👧",
    "日本",
    " на",
    "\u0000",
    "'ll",
  ];
  const anything = () => {
    const code = Math.floor(random() * 0x11000);
    return String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? 0x41 : code);
  };
  return Array.from({ length: 1 + Math.floor(random() * 30) }, () => (random() < 0.8 ? pick(words) : anything())).join(
    "",
  );
}
