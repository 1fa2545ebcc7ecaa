/** Log-likelihoods of prompt runs against the plain scorer: zero-, one-, 4- and 16-shot, on the samples and, where they are, on SST-2 and TREC. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PromptAssembler } from "../../src/runtime/prompt/assemble";
import { loadPrompt } from "../../src/runtime/prompt/loadPrompt";
import type { PromptCell, PromptSource } from "../../src/runtime/promptProtocol";
import { RuntimeService } from "../../src/runtime/service";
import { type PlainModel, plainScorer } from "./plainScorer";

const root = join(__dirname, "../..");
const folder = join(root, "media/models/starter");
const model = { folder, device: "cpu" } as const;
const { signal } = new AbortController();
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

function promptSource(task: Task): PromptSource {
  const file = {
    task: "classification",
    labels: task.labels,
    input: { file: task.input, limit: items },
    demonstrations: { from: { file: task.pool, limit: 1000 }, k: 0, seed: 1 },
    scoring: { rule: "sum" },
    variants: [{ name: "plain", template: `${task.question} {{ text }}\n${task.answer} {{ answer }}` }],
  };
  return { path: join(task.folder, "plain.prompt.yaml"), text: JSON.stringify(file), root: task.folder };
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
  const service = new RuntimeService();
  let plain: PlainModel;
  before(async () => {
    plain = await plainScorer(folder);
  });
  after(async () => {
    await plain.free();
    await service.dispose();
  });

  for (const task of tasks)
    for (const k of shots)
      it(`${task.name}, ${k}-shot: are those of each text scored by itself`, async function () {
        if (!existsSync(join(task.folder, task.input))) return this.skip();
        const [queries, pool] = [rows(task, task.input).slice(0, items), rows(task, task.pool)];
        const source = promptSource(task);
        const cells = new Map<number, PromptCell>();
        const { record } = await service.prompts.run({ model, source, overrides: { k } }, { signal }, (event) => {
          if (event.kind === "cells") for (const cell of event.cells) cells.set(cell.item, cell);
        });
        assert.equal(record.complete, true);
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
