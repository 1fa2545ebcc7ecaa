/** We against Hugging Face's transformers, in both directions, on models made anew every time. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parameterCount } from "../../src/runtime/checkpoint/parameterNames";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { formatGPTConfig, type GPTConfig } from "../../src/runtime/model/config";
import { longRandom } from "../../src/runtime/random";
import { assertClose } from "../parity/assertClose";
import { batchLogits, createScoringSession } from "../parity/scoringSession";
import { peerPython } from "./environment";
import { leastPositions, leastVocabulary, ourModels, writeOurModel } from "./ourModels";
import { compareTokenizer } from "./tokenizers";

const root = join(__dirname, "../..");
const maxSeed = 2 ** 30;
const torchTypes = { F32: "float32", F16: "float16", BF16: "bfloat16" };
const totals = z.object({ passed: z.int(), failed: z.int() });
const foundThere = z.record(
  z.string(),
  z.object({ problems: z.record(z.string(), z.array(z.string())), dtype: z.string(), parameters: z.int() }),
);

describe("transformers", () => {
  let python = "";
  let folder = "";
  const seed = chosenSeed();

  before(async function () {
    const found = await peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with transformers here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    folder = mkdtempSync(join(tmpdir(), "gptw-peers-"));
    console.log(`    GPTW_PEERS_SEED=${seed} makes the same models again`);
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
    const { passed, failed, output } = parityWith(references, join(folder, "parity.json"));
    assert.equal(failed, 0, output.slice(output.indexOf("failing")));
    assert.ok(passed > 300, `${passed} passed`);
    console.log(`      ${passed} comparisons`);
  });

  it("our models give there what they give here", async () => {
    const made = join(folder, "ours");
    const random = longRandom(seed);
    const models = ourModels(random);
    const ids = [0, 1].map(() => Array.from({ length: leastPositions }, () => Math.floor(random() * leastVocabulary)));
    const logits = new Map<string, number[]>();
    for (const [name, model] of Object.entries(models)) {
      await writeOurModel(join(made, name), model, seed);
      logits.set(name, await logitsHere(join(made, name), ids));
      if (model.config.modelType === "gpt3") nameGPT2(join(made, name), model.config);
    }
    writeFileSync(join(made, "ids.json"), JSON.stringify(ids));
    const found = foundThere.parse(JSON.parse(run("read_ours.py", [made]).trim().split("\n").at(-1) ?? ""));
    for (const [name, { config, dtype }] of Object.entries(models)) {
      const expected = { problems: {}, dtype: torchTypes[dtype], parameters: parameterCount(config) };
      assert.deepEqual(found[name], expected, name);
      const theirs = await readTensor(await openSafetensors(join(made, name, "theirs.safetensors")), "logits");
      assert.ok(theirs.some((x) => Math.abs(x) > 1));
      const atol = config.modelType === "gpt_neo" ? 3e-4 : 1e-4;
      assertClose(logits.get(name) ?? [], theirs, { atol, what: `logits of ${name}` });
    }
  });

  for (const family of ["gpt2", "openai-gpt"] as const)
    it(`its tokenizer for ${family} finds the tokens that ours finds, in a folder that we made`, async () => {
      const made = join(folder, `tokenizer-${family}`);
      await compareTokenizer(family, made, seed, (texts) =>
        JSON.parse(run("encode_texts.py", [made], JSON.stringify(texts))),
      );
    });
});

/** `GPTW_PEERS_SEED`, or a new one. */
function chosenSeed(): number {
  const given = process.env.GPTW_PEERS_SEED;
  return given === undefined ? randomInt(maxSeed) : z.coerce.number().int().min(0).lt(maxSeed).parse(given);
}

/** Runs the parity suite on the models in `references`. */
function parityWith(references: string, report: string) {
  const mocha = ["node_modules/mocha/bin/mocha.js", "--config", "test/parity/.mocharc.json"];
  const args = [...mocha, "--grep", "parity on cpu", "--reporter", "test/reporter.cjs"];
  const env = { ...process.env, GPTW_FIXTURES: references, GPTW_TEST_RESULTS: report };
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { ...totals.parse(JSON.parse(readFileSync(report, "utf8"))), output: `${stdout}${stderr}` };
}

async function logitsHere(folder: string, ids: number[][]): Promise<number[]> {
  const session = await createScoringSession(await openModelFolder(folder), "cpu");
  try {
    const rows = await batchLogits(session, { input_ids: ids, attention_mask: null, position_ids: null });
    return rows.flatMap((row) => [...row]);
  } finally {
    await session.release();
  }
}

/** Writes the config anew as that of the GPT-2 that a GPT-3 with dense layers is. */
function nameGPT2(folder: string, config: GPTConfig): void {
  const raw = { ...formatGPTConfig({ ...config, modelType: "gpt2" }), dtype: "float32" };
  writeFileSync(join(folder, "config.json"), JSON.stringify(raw));
}
