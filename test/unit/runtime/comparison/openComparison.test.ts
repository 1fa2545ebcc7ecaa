import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { addModel } from "../../../../src/runtime/checkpoint/modelStore";
import type { ComparisonInput } from "../../../../src/runtime/comparison/comparisonInput";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";
import { fails } from "../checkpoint/support";
import { ComparisonFolder, comparisonText, promptArm } from "./openedComparison";

/** The arm of a name, and its prompts by choice. */
function armOf({ arms }: ComparisonInput, name: string) {
  const arm = arms.find((one) => one.name === name);
  assert.ok(arm);
  return { ...arm, prompts: arm.choices.map((choice) => arm.variant?.(choice)) };
}

describe("an opened comparison", () => {
  let folder: ComparisonFolder;
  before(async () => {
    folder = await ComparisonFolder.make(await mkdtemp(join(tmpdir(), "gptw-open-")));
  });
  after(() => rm(folder.folder, { recursive: true, force: true }));

  it("knows its data, models, seeds and metrics", async () => {
    const input = await folder.open(comparisonText([promptArm("zero")], "seeds: { first: 4294967295, training: 2 }"));
    assert.deepEqual(
      [input.data.train.length, input.data.dev.length, input.data.test.length].reduce((a, b) => a + b),
      60,
    );
    assert.deepEqual(input.seeds, { demonstrations: [4294967295, 0, 1, 2, 3], training: [4294967295, 0] });
    assert.equal(input.metrics[0], "accuracy");
    assert.deepEqual(
      input.models.map(({ name, contextLength }) => [name, contextLength]),
      [["tiny", 24]],
    );
    assert.deepEqual(Object.keys(input.sha256), ["data.jsonl"]);
    const shorter = await folder.open(comparisonText([promptArm("zero")]), { contextLength: 16 });
    assert.equal(shorter.models[0]?.contextLength, 16);
  });

  it("tells labels by their names where a prompt says no words, and in the data's order where it does", async () => {
    const labels = "labels: { positive: [good, fine], negative: bad }";
    const input = await folder.open(comparisonText([promptArm("names"), promptArm("words", labels)]));
    assert.deepEqual(input.data.labels, ["negative", "positive"]);
    assert.deepEqual(
      [...(armOf(input, "names").prompts[0]?.labels ?? [])],
      [
        ["negative", ["negative"]],
        ["positive", ["positive"]],
      ],
    );
    assert.deepEqual(
      [...(armOf(input, "words").prompts[0]?.labels ?? [])],
      [
        ["negative", ["bad"]],
        ["positive", ["good", "fine"]],
      ],
    );
  });

  it("refuses words for other labels, at their place and with those that there are", async () => {
    const text = comparisonText([promptArm("a", "labels: { positive: good, negativ: bad }")]);
    await assert.rejects(folder.open(text), (error: { code?: string; message?: string; hint?: string }) => {
      assert.equal(error.code, "invalidPrompt");
      assert.match(error.message ?? "", /a\.compare\.yaml:4:\d+: The data has no label "negativ"/);
      assert.match(error.hint ?? "", /negative, positive/);
      return true;
    });
  });

  it("multiplies the lists of a prompt", async () => {
    const keys = "k: [0, 2], sampler: [balanced, random], rule: [sum, perToken], calibration: contextual, fresh: false";
    const { choices, prompts } = armOf(await folder.open(comparisonText([promptArm("few", keys)])), "few");
    // Without demonstrations samplers are all the same.
    assert.equal(choices.length, 2 + 4);
    assert.deepEqual(prompts[0]?.demonstrations, null);
    const shown = prompts.map((prompt) => [
      prompt?.demonstrations?.k ?? 0,
      prompt?.demonstrations?.sampler,
      prompt?.scoring.rule,
    ]);
    assert.deepEqual(shown, [
      [0, undefined, "sum"],
      [0, undefined, "perToken"],
      [2, "balanced", "sum"],
      [2, "balanced", "perToken"],
      [2, "random", "sum"],
      [2, "random", "perToken"],
    ]);
    assert.ok(prompts.every((prompt) => prompt?.scoring.calibration === "contextual"));
    assert.equal(prompts[2]?.demonstrations?.fresh, false);
  });

  it("takes prompts out of a prompt file, with the settings that the arm leaves to it", async () => {
    folder.write(
      "p/a.prompt.yaml",
      "task: classification\nlabels: { positive: good, negative: bad }\ndemonstrations: { k: 3, sampler: balanced }\n" +
        'variants:\n  - { name: plain, template: "{{ text }} {{ answer }}" }\n' +
        '  - { name: asked, template: "Q: {{ text }} A: {{ answer }}", scoring: { rule: pmi } }\n',
    );
    const arms = [
      "{ name: one, prompt: { file: p/a.prompt.yaml } }",
      "{ name: two, prompt: { file: p/a.prompt.yaml, variant: [plain, asked], k: [1, 2] } }",
    ];
    const input = await folder.open(comparisonText(arms));
    assert.deepEqual(Object.keys(input.sha256), ["data.jsonl", "p/a.prompt.yaml"]);
    assert.deepEqual(armOf(input, "one").choices, [
      { kind: "prompt", variant: null, k: 3, sampler: "balanced", rule: "perToken", calibration: "none" },
    ]);
    const { choices, prompts } = armOf(input, "two");
    assert.deepEqual(
      choices.map((choice) => choice.kind === "prompt" && [choice.variant, choice.k, choice.rule]),
      [
        ["plain", 1, "perToken"],
        ["plain", 2, "perToken"],
        ["asked", 1, "pmi"],
        ["asked", 2, "pmi"],
      ],
    );
    assert.match(prompts[2]?.template ?? "", /^Q:/);
    assert.ok(input.notes.some((note) => note.includes("come from the comparison's data")));
  });

  it("says where a prompt file does not fit", async () => {
    const write = (text: string) => folder.write("b.prompt.yaml", `task: classification\nvariants:\n  - ${text}\n`);
    const open = (keys = "") => folder.open(comparisonText([`{ name: a, prompt: { file: b.prompt.yaml${keys} } }`]));
    write('{ name: v, template: "{{ sentence }} {{ answer }}", labels: { positive: a, negative: b } }');
    await assert.rejects(open(), /b\.prompt\.yaml:3:30: There is no field "sentence"\. There is: text, labels/);
    await assert.rejects(open(", variant: w"), /a\.compare\.yaml:4:\d+: The prompt file has no variant "w"/);
    write('{ name: v, template: "{{ text }} {{ answer }}" }');
    await assert.rejects(open(), /b\.prompt\.yaml:3:\d+: The prompt chooses among no labels/);
    write("{ name: v }");
    await assert.rejects(open(), /b\.prompt\.yaml:3:5: The key "variants.0.template" is missing/);
    const away = folder.open(comparisonText(["{ name: a, prompt: { file: ../x.prompt.yaml } }"]));
    await assert.rejects(away, { code: "invalidDataset" });
  });

  it("asks for texts by the data's columns, without those of the answer", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `{"q":"what is ${i}?","a":"it is ${i}","id":${i}}\n`);
    folder.write("qa.jsonl", rows.join(""));
    const text = (template: string, keys = "") =>
      `data: { file: qa.jsonl, task: generation, columns: { answer: a } }\narms:\n  - name: one\n    prompt: { template: "${template}"${keys} }\n`;
    const input = await folder.open(text("{{ q }} {{ answer }}", ", k: 2, decoding: { maxNewTokens: 5 }"));
    const { choices, prompts } = armOf(input, "one");
    assert.deepEqual(choices, [
      { kind: "prompt", variant: null, k: 2, sampler: "random", rule: null, calibration: null },
    ]);
    assert.deepEqual(
      [prompts[0]?.labels, prompts[0]?.choices, prompts[0]?.answer, prompts[0]?.decoding.maxNewTokens],
      [null, null, "answer", 5],
    );
    assert.deepEqual(input.metrics, ["exactMatch", "tokenF1", "bleu", "rougeL", "perplexity"]);
    await assert.rejects(
      folder.open(text("{{ a }} {{ answer }}")),
      /a\.compare\.yaml:4:29: There is no field "a"\. There is: q, id/,
    );
  });

  it("chooses among the choices of each item", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `{"context":"so ${i}","choices":["a","b"],"label":${i % 2}}\n`);
    folder.write("mc.jsonl", rows.join(""));
    const text = `data: { file: mc.jsonl, task: multipleChoice }\narms: [${promptArm("one").replace("text", "context")}]\n`;
    const input = await folder.open(text);
    const [prompt] = armOf(input, "one").prompts;
    assert.deepEqual([prompt?.labels, prompt?.choices, prompt?.answer], [null, "choices", "label"]);
    assert.ok(!input.metrics.includes("macroF1"));
  });

  it("gives trainings their method's defaults, and multiplies their lists", async () => {
    const arms = [
      "{ name: full, finetune: { method: full } }",
      "{ name: lora, finetune: { method: lora, r: [2, 4], epochs: [1, 2], batchSize: 4, dropout: 0 } }",
    ];
    const input = await folder.open(comparisonText(arms));
    assert.deepEqual(armOf(input, "full").choices, [
      { kind: "finetune", settings: { ...fineTuneDefaults.full, seed: 0 } },
    ]);
    const { choices, kind, variant } = armOf(input, "lora");
    assert.deepEqual([kind, variant, choices.length], ["lora", null, 4]);
    const settings = choices.flatMap((choice) => (choice.kind === "finetune" ? [choice.settings] : []));
    assert.deepEqual(
      settings.map(({ epochs, method }) => [epochs, method.kind === "lora" && method.r]),
      [
        [1, 2],
        [1, 4],
        [2, 2],
        [2, 4],
      ],
    );
    assert.deepEqual([settings[0]?.optimizer.batchSize, settings[0]?.optimizer.microBatchSize], [4, 4]);
    assert.equal(settings[0]?.dropout.classifier, 0);
  });

  it("limits labels to what there is", async () => {
    const arms = [promptArm("all"), promptArm("many").replace("prompt:", "labels: 1000, prompt:")];
    const input = await folder.open(comparisonText(arms, "labels: 8"));
    assert.deepEqual(
      input.arms.map(({ labels }) => labels),
      [8, input.data.train.length],
    );
    assert.ok(input.notes.some((note) => note.includes('Arm "many"')));
  });

  it("takes the arms that are asked for", async () => {
    const text = comparisonText([promptArm("a"), promptArm("b"), promptArm("c")]);
    const input = await folder.open(text, { arms: ["c", "b"] });
    assert.deepEqual(
      input.arms.map(({ name }) => name),
      ["b", "c"],
    );
    await assert.rejects(folder.open(text, { arms: ["d"] }), /no arm "d"/);
  });

  it("finds models by path, and by their id or name in the store", async () => {
    const store = join(folder.folder, "store");
    const { id } = await addModel(store, folder.model);
    for (const named of ["./tiny", "tiny", id, folder.model]) {
      const input = await folder.open(comparisonText([promptArm("a")], `model: ${named}`), { model: "/nowhere" });
      assert.equal(basename(input.arms[0]?.model ?? ""), "tiny");
    }
    await assert.rejects(folder.open(comparisonText([promptArm("a")], "model: none")), /no model "none" in the store/);
  });

  it("chooses nothing without dev", async () => {
    folder.write("dev.jsonl", '{"text":"number 0 is good","label":"positive"}\n');
    const text = comparisonText([promptArm("a", "k: [0, 1]")]).replace(
      "task:",
      "dev: dev.jsonl, test: data.jsonl, task:",
    );
    await assert.rejects(folder.open(text), { code: "invalidDataset" });
  });

  it("tells line and column of a file that is wrong", async () => {
    await assert.rejects(folder.open("data: 1\n"), /a\.compare\.yaml:1:7: /);
    await assert.rejects(folder.open(""), /a\.compare\.yaml:1:1: /);
  });

  it("tells the keys of the file, and where they stand, when rows cannot be used", async () => {
    const hintOf = (text: string) =>
      folder.open(text).then(
        () => assert.fail("it was opened"),
        (error: { hint?: string }) => error.hint ?? "",
      );
    folder.write("bad.jsonl", `${JSON.stringify({ text: "fine", label: "positive", answer: "yes" })}\n{ "text": 1,\n`);
    const text = (task: string, more = "") =>
      `\n\ndata: { file: bad.jsonl, task: ${task}${more} }\narms:\n  - ${task === "entailment" ? "{ name: head, finetune: { method: head } }" : promptArm("zero")}\n`;
    for (const task of ["classification", "generation"])
      assert.match(await hintOf(text(task)), /a\.compare\.yaml:3: data\.skipBadRows: true/);
    const columns = await hintOf(text("entailment", ", skipBadRows: true"));
    assert.match(columns, /a\.compare\.yaml:3: data\.columns/);
    assert.doesNotMatch(columns, /--/);
  });

  it("takes no model by its path where only the store's may be named", async () => {
    const onlyStore = { modelsFromStoreOnly: true, store: join(folder.folder, "nothing") };
    const named = (model: string) => comparisonText([promptArm("zero")], `model: ${JSON.stringify(model)}`);
    for (const path of [folder.model, `./${basename(folder.model)}`, basename(folder.model)]) {
      await folder.open(named(path), { store: onlyStore.store });
      await assert.rejects(folder.open(named(path), onlyStore), fails("invalidRequest", "not trusted"));
    }
    await folder.open(comparisonText([promptArm("zero")]), onlyStore);
    const arm = `{ name: zero, model: ./${basename(folder.model)}, prompt: { template: "{{ text }}: {{ answer }}" } }`;
    await assert.rejects(folder.open(comparisonText([arm]), onlyStore), fails("invalidRequest", "not trusted"));
  });
});
