/** Exported prompt files in lm-evaluation-harness itself: the same prompts, log-likelihoods and accuracy as `gptw run`, on the same checkpoint. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse, relative } from "node:path";
import { z } from "zod";
import type { PromptCell, RunRecord } from "../../src/runtime/promptProtocol";
import { gptw } from "../unit/runtime/cli/fakeTerminal";
import { peerPython } from "./environment";

const root = join(__dirname, "../..");
const model = join(root, "media/models/starter");
const datasets = join(root, "../shared/datasets");
const items = 100;
/** Nats. */
const tolerance = 5e-5;

const evaluated = z.object({
  metrics: z.record(z.string(), z.record(z.string(), z.number())),
  rows: z.record(
    z.string(),
    z.array(
      z.object({
        asked: z.array(z.tuple([z.string(), z.union([z.string(), z.unknown()])])),
        said: z.array(z.union([z.number(), z.string()])),
      }),
    ),
  ),
});

type Variants = readonly { readonly name: string; readonly metric: string; readonly [key: string]: unknown }[];

/** A prompt file over a data set, and the metric that each variant's accuracy is there. */
interface Case {
  readonly name: string;
  readonly data: string;
  readonly pool: string;
  readonly file: Readonly<Record<string, unknown>>;
  readonly variants: Variants;
}

const sum = { scoring: { rule: "sum" } };
const review = "Review: {{ text }}\nSentiment: {{ answer }}";
const pair = "{{ text_a }}\n{{ text_b }}\nDo both say the same? {{ answer }}";
const causes = "{{ premise }} {{ 'because' if question == 'cause' else 'so' }} {{ answer }}";

const cases: readonly Case[] = [
  {
    ...{ name: "sentiment", data: "sst2.validation.jsonl", pool: "sst2.train.jsonl" },
    file: { task: "classification", labels: { positive: "positive", negative: "negative" } },
    variants: [
      { name: "zero", metric: "acc", template: review, instruction: "What does the {review} say?", ...sum },
      { name: "fixed", metric: "acc", template: review, demonstrations: { k: 4, sampler: "fixed" }, ...sum },
      {
        name: "fresh",
        metric: "acc_norm",
        template: review,
        demonstrations: { k: 4 },
        scoring: { rule: "perCharacter" },
      },
    ],
  },
  {
    ...{ name: "causes", data: "copa.validation.jsonl", pool: "copa.train.jsonl" },
    file: { task: "multipleChoice", choices: "choices" },
    variants: [
      { name: "zero", metric: "acc", template: causes, ...sum },
      { name: "bytes", metric: "acc_bytes", template: causes, scoring: { rule: "perByte" } },
      { name: "pmi", metric: "acc_mutual_info", template: "{{ premise }} {{ answer }}", scoring: { rule: "pmi" } },
      {
        ...{ name: "fixed", metric: "acc_norm", template: "{{ premise }} {{ question }}: {{ answer }}" },
        ...{ separator: "\n", demonstrations: { k: 3, sampler: "fixed" }, scoring: { rule: "perCharacter" } },
      },
    ],
  },
  {
    ...{ name: "pairs", data: "mrpc.test.jsonl", pool: "mrpc.train.jsonl" },
    file: { task: "similarity", labels: { paraphrase: "yes", different: "no, they differ" } },
    variants: [
      { name: "zero", metric: "acc", template: pair, ...sum },
      {
        name: "two",
        metric: "acc",
        template: pair,
        demonstrations: { k: 2, sampler: "balanced", fresh: false },
        ...sum,
      },
    ],
  },
];

describe("lm-evaluation-harness", function () {
  this.timeout(900_000);
  let python = "";
  let at = "";

  before(async function () {
    const found = await peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with lm-evaluation-harness here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    at = await mkdtemp(join(tmpdir(), "gptw-lm-eval-"));
  });

  after(async () => {
    if (at) await rm(at, { recursive: true });
  });

  for (const one of cases)
    it(`asks the same and hears the same: ${one.name}`, async function () {
      if (!existsSync(join(datasets, one.data))) {
        console.log("      shared/datasets is not here");
        this.skip();
      }
      const { record, cells } = await runHere(one);
      const there = evaluateThere(one);
      let worst = 0;
      for (const [number, { name, metric }] of one.variants.entries()) {
        const task = `${one.name}_${name}`;
        const rows = there.rows[task] ?? [];
        const own = cells.filter(({ variant }) => variant === number).sort((a, b) => a.item - b.item);
        assert.deepEqual([rows.length, own.length], [items, items]);
        for (const [i, cell] of own.entries()) {
          const words = cell.candidates?.map((candidate) => candidate.words[0]) ?? [];
          const asked = rows[i]?.asked.slice(0, words.length).map(([, word]) => word);
          assert.deepEqual(
            asked,
            words.map((word) => word?.text),
          );
          for (const [choice, word] of words.entries())
            worst = Math.max(worst, Math.abs(Number(rows[i]?.said[choice]) - (word?.logprob ?? Number.NaN)));
        }
        assert.equal(there.metrics[task]?.[metric], record.variants[number]?.accuracy?.value, `${task} ${metric}`);
      }
      console.log(`      largest difference: ${worst.toExponential(1)} nats`);
      assert.ok(worst < tolerance, `${worst} nats`);
    });

  it("asks for free answers with the same prompts, and judges them the same", async () => {
    const source = join(root, "samples/prompts/questionAnswering.prompt.yaml");
    const [folder, out] = [join(at, "free"), join(at, "free.json")];
    const shared = ["--variants", "zero-shot,few-shot", "--limit", "5", "--root", root, source];
    const ran = await gptw(["run", "--model", model, "--device", "cpu", "--out", out, ...shared]);
    assert.equal(ran.code, 0, ran.err);
    const exported = await gptw(["export", "--to", "lm-eval", "--out", folder, "--model", model, ...shared]);
    assert.equal(exported.code, 0, exported.err);
    const { cells } = z
      .object({ cells: z.array(z.object({ variant: z.int(), item: z.int(), output: z.string() })) })
      .parse(JSON.parse(await readFile(out, "utf8")));
    const { rows } = evaluate(folder, ["questionanswering_zero_shot", "questionanswering_few_shot"]);
    for (const [variant, task] of ["questionanswering_zero_shot", "questionanswering_few_shot"].entries()) {
      const ours = cells.filter((cell) => cell.variant === variant).sort((a, b) => a.item - b.item);
      assert.deepEqual(
        rows[task]?.map(({ said }) => String(said[0]).trim()),
        ours.map(({ output }) => output.trim()),
      );
    }
  });

  async function runHere({
    name,
    data,
    pool,
    file,
    variants,
  }: Case): Promise<{ record: RunRecord; cells: PromptCell[] }> {
    const path = join(at, `${name}.prompt.yaml`);
    const named = (of: string) => relative(at, join(datasets, of)).replaceAll("\\", "/");
    const own = variants.map(({ metric, demonstrations, ...variant }) => ({
      ...variant,
      demonstrations: demonstrations ?? { k: 0 },
    }));
    const shared = {
      demonstrations: { from: { file: named(pool), limit: 200 }, seed: 3 },
      input: { file: named(data), limit: items },
    };
    await writeFile(path, JSON.stringify({ ...file, ...shared, variants: own }, null, 1));
    const common = ["--model", model, "--device", "cpu", "--root", parse(at).root];
    const out = join(at, `${name}.json`);
    const ran = await gptw(["run", ...common, "--out", out, path]);
    assert.equal(ran.code, 0, ran.err);
    const exported = await gptw(["export", "--to", "lm-eval", "--out", join(at, name), ...common, path]);
    assert.equal(exported.code, 0, exported.err);
    return JSON.parse(await readFile(out, "utf8"));
  }

  function evaluateThere({ name, variants }: Case): z.output<typeof evaluated> {
    return evaluate(
      join(at, name),
      variants.map((variant) => `${name}_${variant.name}`),
    );
  }

  function evaluate(folder: string, tasks: readonly string[]): z.output<typeof evaluated> {
    const options = { encoding: "utf8", input: JSON.stringify(tasks), maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(
      python,
      [join(__dirname, "evaluate_tasks.py"), model, folder],
      options,
    );
    assert.equal(status, 0, stderr);
    return evaluated.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  }
});
