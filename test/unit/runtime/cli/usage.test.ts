import assert from "node:assert/strict";
import { gptw } from "./fakeTerminal";

const model = ["--model", "media/models/starter"];

describe("gptw's help", () => {
  it("lists the commands, and each option of each with its default", async () => {
    const program = await gptw(["--help"]);
    assert.equal(program.code, 0);
    for (const word of [
      "generate",
      "score",
      "trace",
      "run",
      "finetune",
      "pretrain",
      "models",
      "create",
      "devices",
      "compare",
      "--version",
      "130",
    ])
      assert.ok(program.out.includes(word), word);
    const options = {
      generate: ["--model", "--device", "--max-new-tokens", "[64]", "--temperature", "[0.8]", "--top-k", "[40]"],
      score: ["--model", "--device", "--ids", '"logprob"'],
      trace: ["--model", "--device", "--out", "--ids", "hidden_states", "attentions"],
      run: ["--data", "--variants", "--shots", "--seed", "--limit", "--out", "--record", "--cache", "--fail-under"],
      finetune: [
        "--data",
        "--task",
        "multipleChoice",
        "--method",
        "--resume",
        "--lora-r",
        "--learning-rate",
        "0.0000625",
      ],
      pretrain: [
        "--root",
        "--include",
        "--preset",
        "--vocabulary",
        "[8192]",
        "--steps",
        "[1000]",
        "--resume",
        "[0.00098]",
      ],
      models: ["list", "add", "remove", "download", "info", "--store", "--endpoint", "--token-file"],
      create: ["--config", "--dtype", "[F32]", "--seed", "--tokenizer", "gpt1", "gpt2-xl", "gpt3-175b"],
      devices: ["--json"],
      compare: ["--arm", "--runs", "--cache", "--resume", "--plan", "--json", "130"],
    };
    for (const [command, words] of Object.entries(options)) {
      for (const flag of ["--help", "-h"]) {
        const { code, out, err } = await gptw([command, flag]);
        assert.deepEqual([code, err], [0, ""]);
        for (const word of words) assert.ok(out.includes(word), `${command}: ${word}`);
      }
    }
  });

  it("fits 120 columns", async () => {
    for (const args of [
      ["--help"],
      ...["generate", "score", "trace", "run", "finetune", "pretrain", "models", "create", "devices", "compare"].map(
        (name) => [name, "-h"],
      ),
    ]) {
      for (const line of (await gptw(args)).out.split("\n")) assert.ok(line.length <= 120, line);
    }
  });

  it("is given instead of an error about the rest", async () => {
    assert.equal((await gptw(["generate", "--nonsense", "--help"])).code, 0);
  });

  it("says the version", async () => {
    assert.deepEqual(await gptw(["--version"]), { code: 0, out: "development\n", err: "" });
  });
});

describe("wrong usage of gptw", () => {
  const cases: readonly (readonly [args: readonly string[], words: readonly string[]])[] = [
    [[], ["command", "gptw --help"]],
    [["complete"], ['"complete"', "gptw --help"]],
    [["toString"], ['"toString"']],
    [["--nonsense"], ['"--nonsense"']],
    [["compare"], ["comparison file", "gptw compare --help"]],
    [["compare", "a.compare.yaml", "b.compare.yaml"], ["2 files"]],
    [["compare", "--resume", "run", "a.compare.yaml"], ['"a.compare.yaml"']],
    [
      ["compare", "--resume", "run", "--device", "cpu"],
      ["--device", "--resume"],
    ],
    [
      ["generate", "hello"],
      ["--model", "gptw generate --help"],
    ],
    [["generate", "--model"], ["--model"]],
    [["generate", "--model", "", "hello"], ["--model"]],
    [["generate", ...model], ["text"]],
    [
      ["generate", ...model, "two", "texts"],
      ["2 texts", "quotes"],
    ],
    [
      ["generate", ...model, ...model, "hello"],
      ["--model", "twice"],
    ],
    [
      ["generate", ...model, "--device", "tpu", "hello"],
      ["--device", '"tpu"', "webgpu, cuda, directml, coreml, cpu"],
    ],
    [["generate", ...model, "--unknown", "hello"], ["--unknown"]],
    [["generate", ...model, "--json=yes", "hello"], ["--json"]],
    [
      ["generate", ...model, "--temperature", "warm", "hello"],
      ["--temperature", '"warm"'],
    ],
    [["generate", ...model, "--temperature", "", "hello"], ["--temperature"]],
    [["generate", ...model, "--temperature", "0x10", "hello"], ["--temperature"]],
    [
      ["generate", ...model, "--temperature=-1", "hello"],
      ["--temperature", "from 0"],
    ],
    [["generate", ...model, "--temperature", "Infinity", "hello"], ["--temperature"]],
    [
      ["generate", ...model, "--max-new-tokens", "0", "hello"],
      ["--max-new-tokens", "from 1"],
    ],
    [
      ["generate", ...model, "--max-new-tokens", "2.5", "hello"],
      ["--max-new-tokens", "whole"],
    ],
    [["generate", ...model, "--top-k=-1", "hello"], ["--top-k"]],
    [["generate", ...model, "--top-p", "0", "hello"], ["--top-p"]],
    [
      ["generate", ...model, "--top-p", "1.1", "hello"],
      ["--top-p", "to 1"],
    ],
    [
      ["generate", ...model, "--seed", "4294967296", "hello"],
      ["--seed", "4294967295"],
    ],
    [
      ["generate", ...model, ...Array.from({ length: 17 }, (_, i) => `--stop=${i}`), "hello"],
      ["--stop", "16"],
    ],
    [
      ["score", ...model],
      ["file", "--ids"],
    ],
    [["score", ...model, "a.txt", "b.txt"], ["2 files"]],
    [["score", ...model, "--ids", "1,2", "a.txt"], ["not both"]],
    [
      ["score", ...model, "--ids", "1,,2"],
      ["--ids", '""'],
    ],
    [
      ["score", ...model, "--ids", "1;2"],
      ["--ids", '"1;2"'],
    ],
    [
      ["score", ...model, "--ids", "1,2.5"],
      ["--ids", '"2.5"'],
    ],
    [["score", ...model, "--ids", "1,99999999999999999999"], ["--ids"]],
    [["score", "a.txt"], ["--model"]],
    [["run", ...model], ["prompt file"]],
    [["run", ...model, "a.prompt.yaml", "b.prompt.yaml"], ["2 files"]],
    [
      ["run", ...model, "--out", "report.pdf", "a.prompt.yaml"],
      ["--out", ".json, .jsonl, .csv, .md, .html"],
    ],
    [
      ["run", ...model, "--fail-under", "accuracy=2", "a.prompt.yaml"],
      ["--fail-under", '"accuracy=2"'],
    ],
    [["run", ...model, "--fail-under", "loss=2", "a.prompt.yaml"], ["--fail-under"]],
    [
      ["run", ...model, "--sensitivity", "weather", "a.prompt.yaml"],
      ["--sensitivity", "order, demonstrations, labelWords, template"],
    ],
    [["run", ...model, "--shots", "many", "a.prompt.yaml"], ["--shots"]],
    [["run", ...model, "--variants", "a,,b", "a.prompt.yaml"], ["--variants"]],
    [
      ["finetune", ...model, "--data", "a.jsonl"],
      ["--task", "classification, entailment", "gptw finetune --help"],
    ],
    [["finetune", ...model, "--task", "classification"], ["--data"]],
    [
      ["finetune", ...model, "--data", "a.jsonl", "--task", "poetry"],
      ["--task", "poetry"],
    ],
    [["finetune", ...model, "--data", "a.jsonl", "--task", "classification", "--method", "none"], ["--method"]],
    [
      ["finetune", ...model, "--data", "a.jsonl", "--task", "classification", "--method", "head", "--lora-r", "4"],
      ["--lora-r", "--method lora"],
    ],
    [
      ["finetune", ...model, "--data", "a.jsonl", "--task", "classification", "--column", "premise=a"],
      ['"premise"', "text, label"],
    ],
    [
      ["finetune", ...model, "--data", "a.jsonl", "--task", "classification", "--label", "1"],
      ["--label", "A=B"],
    ],
    [
      ["finetune", "--resume", "run", "--epochs", "3"],
      ["--epochs", "--resume"],
    ],
    [
      ["devices", "cpu"],
      ['"cpu"', "gptw devices --help"],
    ],
  ];
  for (const [args, words] of cases) {
    it(`is told with exit code 2: gptw ${args.join(" ").slice(0, 70)}`, async () => {
      const { code, out, err } = await gptw(args);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^gptw: /);
      for (const word of words) assert.ok(err.includes(word), `"${err}" lacks "${word}"`);
    });
  }
});
