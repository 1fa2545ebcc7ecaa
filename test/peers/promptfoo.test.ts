/** Exported prompt files in promptfoo itself: what it asks through our provider, and how it judges, is as `gptw run` has it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { gptw } from "../unit/runtime/cli/fakeTerminal";
import { type Promptfoo, promptfooProgram } from "./promptfooProgram";

const root = join(__dirname, "../..");
const model = join(root, "media/models/starter");
const program = join(root, "out/gptw.js");

const ours = z.object({
  cells: z.array(
    z.object({ variant: z.int(), item: z.int(), output: z.string(), correct: z.boolean(), gold: z.string() }),
  ),
});
const theirs = z.object({
  results: z.object({
    results: z.array(
      z.object({
        testIdx: z.int(),
        success: z.boolean(),
        prompt: z.object({ label: z.string(), raw: z.string() }),
        response: z.object({ output: z.string().optional(), error: z.string().optional() }),
      }),
    ),
  }),
});

type Row = Readonly<Record<string, unknown>>;

/** A prompt file whose inputs are its own, and what a variant without demonstrations asks of an input. */
interface Case {
  readonly name: string;
  readonly file: Row;
  readonly variants: readonly ({ readonly name: string } & Row)[];
  readonly inputs: readonly Row[];
  readonly zeroShot: (input: Row) => string;
}

const review = "Review: {{ text }}\nOpinion: {{ answer }}";
const pool = [
  { text: "A fine thing.", label: "good" },
  { text: "It broke at once, {{ twice }}.", label: "bad" },
  { text: "I would buy it again.", label: "good" },
];
const shots = { from: pool, k: 2, seed: 3 };

const cases: readonly Case[] = [
  {
    name: "labels, and texts that look like templates",
    file: { task: "classification", labels: { good: "good", bad: "bad" }, demonstrations: shots },
    variants: [
      { name: "zero", template: review, demonstrations: { k: 0 }, scoring: { rule: "sum" } },
      { name: "fixed", template: review, demonstrations: { sampler: "fixed" } },
      { name: "fresh", template: review, scoring: { rule: "perCharacter" } },
    ],
    inputs: [
      { text: "The best lamp that I ever had.", label: "good" },
      { text: "{{ text }} and {% raw %} are what the manual says.", label: "bad" },
      { text: '"Nice", it said.\nIt was not: {"a": [1]}', label: "bad" },
      { text: "file://nothing.txt", label: "good" },
    ],
    zeroShot: ({ text }) => `Review: ${text}\nOpinion:`,
  },
  {
    name: "choices",
    file: { task: "multipleChoice", choices: "choices" },
    variants: [{ name: "zero", template: "{{ premise }} So {{ answer }}" }],
    inputs: [
      { premise: "The baby fell asleep.", choices: ["her mother sang.", "the doorbell rang."], label: 0 },
      { premise: "It rained.", choices: ["the sun was hot.", "the street was wet."], label: 1 },
    ],
    zeroShot: ({ premise }) => `${premise} So`,
  },
  {
    name: "free answers",
    file: { task: "questionAnswering", decoding: { maxNewTokens: 6, stop: ["\n"] } },
    variants: [{ name: "zero", template: "Q: {{ question }}\nA: {{ answer }}" }],
    inputs: [
      { question: "What colour is snow?", answer: "white" },
      { question: "How many days has a week?", answer: "seven" },
    ],
    zeroShot: ({ question }) => `Q: ${question}\nA:`,
  },
];

describe("promptfoo", function () {
  this.timeout(900_000);
  let found: Promptfoo;
  let at = "";

  before(async function () {
    found = await promptfooProgram();
    if (found.kind === "missing") {
      console.log(`    Not compared with promptfoo here: ${found.reason}`);
      this.skip();
    }
    at = await mkdtemp(join(tmpdir(), "gptw-promptfoo-"));
  });

  after(async () => {
    if (at) await rm(at, { recursive: true });
  });

  for (const [number, one] of cases.entries())
    it(`asks the same and judges the same: ${one.name}`, async () => {
      const { file, variants, inputs, zeroShot } = one;
      const [path, out, folder] = [`${number}.prompt.yaml`, `${number}.json`, `${number}`].map((of) => join(at, of));
      assert.ok(path && out && folder);
      await writeFile(path, JSON.stringify({ ...file, variants, input: inputs }));
      const ran = await gptw(["run", "--model", model, "--device", "cpu", "--out", out, path]);
      assert.equal(ran.code, 0, ran.err);
      const exported = await gptw(["export", "--to", "promptfoo", "--model", model, "--out", folder, path]);
      assert.equal(exported.code, 0, exported.err);
      const { cells } = ours.parse(JSON.parse(await readFile(out, "utf8")));
      const results = await evaluate(folder);
      assert.equal(results.length, variants.length * inputs.length);
      for (const { testIdx, success, prompt, response } of results) {
        const cell = cells.find(({ variant, item }) => variants[variant]?.name === prompt.label && item === testIdx);
        const input = inputs[testIdx] ?? {};
        const said = Array.isArray(input.choices) ? input.choices[Number(cell?.output)] : cell?.output;
        const where = `${prompt.label}, input ${testIdx}`;
        assert.equal(response.error, undefined, where);
        assert.equal(response.output?.trim(), said?.trim(), where);
        assert.equal(success, cell?.correct, where);
        const asked = zeroShot(input);
        if (prompt.label === "zero") assert.equal(prompt.raw, asked, where);
        else
          assert.ok(
            prompt.raw.endsWith(`\n\n${asked}`) && prompt.raw.startsWith("Review: "),
            `${where}: ${prompt.raw}`,
          );
      }
    });

  /** What promptfoo makes of the configuration in a folder. It is told to keep to itself. */
  async function evaluate(folder: string) {
    assert.ok(found.kind === "ready");
    const config = join(folder, "promptfooconfig.yaml");
    const text = await readFile(config, "utf8");
    const command = `command: ${JSON.stringify([process.execPath, program])}`;
    assert.ok(text.includes('command: ["gptw"]'));
    await writeFile(
      config,
      text.replace('command: ["gptw"]', () => command),
    );
    const result = join(folder, "result.json");
    const [node, script] = found.command;
    const flags = ["--no-cache", "--no-progress-bar", "--no-table", "--no-share", "-j", "1"];
    const env = {
      ...process.env,
      GPTW_MODEL: model,
      PROMPTFOO_CONFIG_DIR: join(at, "promptfoo"),
      PROMPTFOO_DISABLE_TELEMETRY: "1",
      PROMPTFOO_DISABLE_UPDATE: "1",
      PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
    };
    const options = { cwd: folder, env, encoding: "utf8" } as const;
    const { stderr, stdout } = spawnSync(node, [script, "eval", "-c", config, ...flags, "-o", result], options);
    const read = await readFile(result, "utf8").catch(() => assert.fail(`${stdout}\n${stderr}`));
    return theirs.parse(JSON.parse(read)).results.results;
  }
});
