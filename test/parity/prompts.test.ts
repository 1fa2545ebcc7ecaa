/** Log-likelihoods of `gptw run` against the plain scorer: zero-, one-, 4- and 16-shot, on the samples and, where they are, on SST-2 and TREC. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse, relative } from "node:path";
import { PromptAssembler } from "../../src/runtime/prompt/assemble";
import { loadPrompt } from "../../src/runtime/prompt/loadPrompt";
import type { PromptCell, PromptSource } from "../../src/runtime/promptProtocol";
import { gptw } from "../unit/runtime/cli/fakeTerminal";
import { type PlainModel, plainScorer } from "./plainScorer";

const root = join(__dirname, "../..");
const folder = join(root, "media/models/starter");
const tolerance = 1e-4;

interface Row {
  readonly text: string;
  readonly label: string;
}

/** A set of labelled texts, and how it is prompted. */
interface Task {
  readonly name: string;
  readonly folder: string;
  /** Names of data files. */
  readonly input: string;
  readonly pool: string;
  readonly question: string;
  readonly answer: string;
  readonly labels: Readonly<Record<string, string>>;
}

const datasets = join(root, "../shared/datasets");
const sentiment = { question: "Review:", answer: "Sentiment:", labels: { negative: "negative", positive: "positive" } };
const tasks: readonly Task[] = [
  { name: "reviews", folder: join(root, "samples"), input: "reviews.jsonl", pool: "reviews.jsonl", ...sentiment },
  { name: "SST-2", folder: datasets, input: "sst2.validation.jsonl", pool: "sst2.train.jsonl", ...sentiment },
  {
    ...{ name: "TREC", folder: datasets, input: "trec.test.jsonl", pool: "trec.train.jsonl" },
    ...{ question: "Question:", answer: "Answer Type:" },
    labels: {
      abbreviation: "Abbreviation",
      description: "Description",
      entity: "Entity",
      human: "Person",
      location: "Location",
      number: "Number",
    },
  },
];

const shots = [0, 1, 4, 16];
const items = 100;

/** The prompt file in `folder`, whose data lie elsewhere. */
function promptSource(task: Task, k: number, at: string): PromptSource {
  const named = (file: string) => relative(at, join(task.folder, file)).replaceAll("\\", "/");
  const file = {
    task: "classification",
    labels: task.labels,
    input: { file: named(task.input), limit: items },
    // The longest prompts share their demonstrations, which are then read once: this is tried too, and saves time.
    demonstrations: { from: { file: named(task.pool), limit: 1000 }, k: 0, seed: 1, fresh: k < 16 },
    scoring: { rule: "sum" },
    variants: [{ name: "plain", template: `${task.question} {{ text }}\n${task.answer} {{ answer }}` }],
  };
  return { path: join(at, "plain.prompt.yaml"), text: JSON.stringify(file), root: parse(at).root };
}

function rows(task: Task, file: string): Row[] {
  const lines = readFileSync(join(task.folder, file), "utf8").trimEnd().split("\n");
  return lines.slice(0, 1000).map((line) => JSON.parse(line));
}

/** The prompt, put together by hand. */
function promptText(task: Task, demonstrations: readonly Row[], query: Row): string {
  const asked = ({ text }: Row) => `${task.question} ${text}\n${task.answer}`;
  const shown = demonstrations.map((row) => `${asked(row)} ${task.labels[row.label]}`);
  return [...shown, asked(query)].join("\n\n");
}

describe("log-likelihoods of prompts", function () {
  this.timeout(300_000);
  let at: string;
  let plain: PlainModel;
  before(async () => {
    plain = await plainScorer(folder);
    at = await mkdtemp(join(tmpdir(), "prompts-"));
  });
  after(async () => {
    await plain.free();
    await rm(at, { recursive: true });
  });

  for (const task of tasks)
    for (const k of shots)
      it(`${task.name}, ${k}-shot: are those of each text scored by itself`, async function () {
        if (!existsSync(join(task.folder, task.input))) return this.skip();
        const [queries, pool] = [rows(task, task.input).slice(0, items), rows(task, task.pool)];
        const source = promptSource(task, k, at);
        await writeFile(source.path, source.text);
        const out = join(at, "report.json");
        const { code, err } = await gptw([
          ...["run", "--model", folder, "--device", "cpu", "--shots", String(k)],
          ...["--root", source.root ?? "", "--out", out, source.path],
        ]);
        assert.equal(code, 0, err);
        const report: { cells: PromptCell[] } = JSON.parse(await readFile(out, "utf8"));
        const cells = new Map(report.cells.map((cell) => [cell.item, cell]));
        assert.equal(cells.size, queries.length);
        const embed = () => assert.fail("nothing is embedded");
        const assembler = new PromptAssembler(await loadPrompt(source, { k }), 0, { ...plain, embed });
        for (const [item, query] of queries.entries()) {
          const cell = cells.get(item);
          const prompt = await assembler.assemble(item);
          const shown = prompt.demonstrations.map((number) => pool[number] ?? { text: "", label: "" });
          if (cell?.truncated === 0) assert.equal(prompt.text, promptText(task, shown, query));
          assert.equal(cell?.shots, shown.length);
          assert.equal(shown.length + (cell?.dropped ?? 0), k);
          const words = cell?.candidates?.map((candidate) => candidate.words[0]) ?? [];
          assert.deepEqual(
            words.map((word) => word?.text),
            Object.values(task.labels).map((word) => ` ${word}`),
          );
          // Of longer prompts one candidate each, all of them in turn: the plain scorer takes its time.
          const checked = k === 0 ? words : [words[item % words.length]];
          for (const word of checked) {
            const { logprob, tokens } = await plain.score(prompt.text, word?.text ?? "");
            assert.equal(word?.tokens, tokens);
            assert.ok(Math.abs((word?.logprob ?? 0) - logprob) < tolerance, `${word?.logprob} is not ${logprob}`);
          }
        }
      });
});
