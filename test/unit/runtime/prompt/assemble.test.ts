/** Prompts put together: their text, their parts, and what is left out where the context is short. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { PromptAssembler } from "../../../../src/runtime/prompt/assemble";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import type { PromptOverrides } from "../../../../src/runtime/promptProtocol";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import type { Tokenizer } from "../../../../src/runtime/tokenizer/tokenizer";

const starter = resolve(__dirname, "../../../../media/models/starter");
const reviews = `task: classification
instruction: Is it {{ labels | join(" or ") }}?
labels: { positive: [good, fine], negative: bad }
input:
  - { text: I liked it., label: positive }
  - { text: Never again., label: negative }
  - { text: Who knows? }
demonstrations:
  k: 2
  sampler: fixed
  from:
    - { text: Great., label: positive }
    - { text: Never again., label: negative }
    - { text: Broken., label: negative }
variants:
  - name: plain
    template: |
      Review: {{ text }}
      Opinion: {{ answer }}
`;

describe("prompts", () => {
  let folder: string;
  let tokenizer: Tokenizer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "gptw-prompt-"));
    const loaded = await loadTokenizer(starter, { vocabSize: 8192, modelType: "gpt2" } as Parameters<
      typeof loadTokenizer
    >[1]);
    tokenizer = loaded ?? assert.fail("the starter has a tokenizer");
  });
  after(() => {
    tokenizer.free();
    rmSync(folder, { recursive: true, force: true });
  });

  const load = (text: string, overrides?: PromptOverrides) =>
    loadPrompt({ path: join(folder, "a.prompt.yaml"), text }, overrides);
  const assembler = async (text: string, overrides: PromptOverrides = {}, contextTokens = 512) => {
    const embed = async (texts: readonly string[]) => texts.map((t) => Float32Array.of(t.length, 1));
    return new PromptAssembler(await load(text, overrides), 0, { tokenizer, contextTokens, embed });
  };
  const failsWith = async (work: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof RuntimeError, String(error));
      assert.match(`${error.message} ${error.hint}`, message);
      assert.equal(error.code, code);
      return true;
    });

  it("are instruction, demonstrations and query, and end before the answer's white space", async () => {
    const prompt = await (await assembler(reviews)).assemble(0);
    const expected = [
      "Is it positive or negative?",
      "Review: Great.\nOpinion: good",
      "Review: Never again.\nOpinion: bad",
      "Review: I liked it.\nOpinion:",
    ];
    assert.equal(prompt.text, expected.join("\n\n"));
    assert.deepEqual(prompt.candidates, [
      { answer: "positive", words: [" good", " fine"] },
      { answer: "negative", words: [" bad"] },
    ]);
    assert.deepEqual([prompt.gold, prompt.goldWords], ["positive", [" good", " fine"]]);
    assert.equal(prompt.promptTokens, tokenizer.encode(prompt.text).length);
    const parts = prompt.segments.map(({ kind, from, to }) => [kind, prompt.text.slice(from, to)]);
    assert.deepEqual(parts, [
      ["instruction", expected[0]],
      ["demonstration", expected[1]],
      ["label", "good"],
      ["demonstration", expected[2]],
      ["label", "bad"],
      ["query", expected[3]],
    ]);
  });

  it("do not show the input as its own demonstration, nor an answer that is not known", async () => {
    const made = await assembler(reviews);
    assert.deepEqual((await made.assemble(1)).demonstrations, [0, 2]);
    const unknown = await made.assemble(2);
    assert.deepEqual([unknown.gold, unknown.goldWords], [null, null]);
  });

  it("give zero, one and few shots by an override, and the same ones for one input alone", async () => {
    assert.equal(
      (await (await assembler(reviews, { k: 0 })).assemble(0)).text,
      "Is it positive or negative?\n\nReview: I liked it.\nOpinion:",
    );
    assert.deepEqual((await (await assembler(reviews, { k: 1 })).assemble(0)).demonstrations, [0]);
    const drawn = reviews.replace("sampler: fixed", "sampler: random\n  seed: 5").replace("k: 2", "k: 1");
    const all = await assembler(drawn);
    const each = await Promise.all([0, 1, 2].map((item) => all.assemble(item)));
    const alone = await (await assembler(drawn, { only: [2] })).assemble(0);
    assert.deepEqual(alone.demonstrations, each[2]?.demonstrations);
    assert.equal(alone.text, each[2]?.text);
  });

  it("take forced demonstrations in their order, and content-free text", async () => {
    const made = await assembler(reviews);
    assert.deepEqual((await made.assemble(0, { demonstrations: [2, 0] })).demonstrations, [2, 0]);
    const free = await made.assemble(0, { contentFree: "N/A" });
    assert.ok(free.text.endsWith("Review: N/A\nOpinion:"));
    assert.deepEqual(free.demonstrations, (await made.assemble(0)).demonstrations);
  });

  it("leave out the demonstrations farthest from the query where the context is short, then the beginning", async () => {
    const whole = await (await assembler(reviews)).assemble(0);
    const room = whole.promptTokens + whole.answerTokens;
    const exact = await (await assembler(reviews, {}, room)).assemble(0);
    assert.deepEqual([exact.dropped, exact.truncated], [0, 0]);
    const shorter = await (await assembler(reviews, {}, room - 1)).assemble(0);
    assert.deepEqual([shorter.demonstrations, shorter.dropped, shorter.truncated], [[1], 1, 0]);
    assert.ok(shorter.promptTokens + shorter.answerTokens < room);
    const least = await (await assembler(reviews, {}, 10)).assemble(0);
    assert.deepEqual([least.demonstrations, least.dropped], [[], 2]);
    assert.equal(least.promptTokens + least.answerTokens, 10);
    assert.equal(least.truncated, tokenizer.encode(least.text).length - least.promptTokens);
  });

  it("choose among an item's own texts, by number or text", async () => {
    const copa = (label: string) => `task: multipleChoice
choices: choices
input: [{ premise: It rained, choices: [it was wet, it was dry], label: ${label} }]
variants: [{ name: a, template: "{{ premise }}, so {{ answer }}" }]`;
    for (const label of ["1", "it was dry"]) {
      const prompt = await (await assembler(copa(label))).assemble(0);
      assert.equal(prompt.text, "It rained, so");
      assert.deepEqual(prompt.candidates, [
        { answer: "0", words: [" it was wet"] },
        { answer: "1", words: [" it was dry"] },
      ]);
      assert.deepEqual([prompt.gold, prompt.goldWords], ["1", [" it was dry"]]);
    }
    await failsWith(load(copa("7")), "invalidPrompt", /:3:9: "7" is neither the number/);
  });

  it("write free answers in what the context leaves", async () => {
    const text = `task: summarization
input: [{ text: Long., answer: Short. }]
decoding: { maxNewTokens: 400 }
variants: [{ name: a, template: "{{ text }}\\nTL;DR: {{ answer }}" }]`;
    const prompt = await (await assembler(text)).assemble(0);
    assert.deepEqual(
      [prompt.candidates, prompt.gold, prompt.goldWords, prompt.answerTokens],
      [null, "Short.", [" Short."], 256],
    );
    assert.equal(prompt.text, "Long.\nTL;DR:");
  });

  it("tell what is wrong with the file, at its line and column", async () => {
    const wrong: [string, string, RegExp][] = [
      [reviews.replace("{{ text }}", "{{ txt }}"), "invalidPrompt", /a\.prompt\.yaml:18:18: There is no field "txt"/],
      [reviews.replace("{{ answer }}", "{{ answer"), "invalidPrompt", /:19:16: The template cannot be read/],
      [reviews.replace("{{ labels |", "{{ label |"), "invalidPrompt", /:2:23: There is no field "label"/],
      [
        reviews.replace("label: positive }\n    - { text: Never", "label: nice }\n    - { text: Never"),
        "invalidPrompt",
        /:12:7: "nice" is none of the labels positive, negative/,
      ],
      [reviews.replace("input:", "inputs:"), "invalidPrompt", /:4:1: There is no key "inputs"/],
    ];
    for (const [text, code, message] of wrong) await failsWith(load(text), code, message);
    await failsWith(load(reviews, { variants: ["other"] }), "invalidRequest", /"other".*plain/);
    await failsWith(load(reviews, { items: [{ txt: "a" }] }), "invalidRequest", /item 0.*"text"/);
    await failsWith(load(reviews, { only: [9] }), "invalidRequest", /no input 9/);
    await failsWith(
      load(reviews.replace(/demonstrations:[\s\S]*(?=variants)/, ""), { k: 2 }),
      "invalidRequest",
      /no demonstrations/,
    );
  });

  it("read their data files beside them, with hashes, and say what was left out", async () => {
    writeFileSync(join(folder, "d.csv"), "text,label\nA,positive\nB,neutral\nC,negative\n");
    const text = reviews.replace(/input:[\s\S]*(?=demonstrations)/, "input: { file: d.csv }\n");
    await failsWith(load(text), "invalidDataset", /d\.csv:3: .*"neutral" is none of/);
    const loaded = await load(text, { skipBadRows: true });
    assert.deepEqual(
      loaded.items.map((item) => item.text),
      ["A", "C"],
    );
    assert.match(loaded.data["d.csv"] ?? "", /^[\da-f]{64}$/);
    assert.match(loaded.notes.join(), /d\.csv: 1 rows were left out/);
    const given = await load(reviews, { data: join(folder, "d.csv"), skipBadRows: true, limit: 1 });
    assert.deepEqual(
      given.items.map((item) => item.text),
      ["A"],
    );
    await failsWith(load(text.replace("d.csv", "../d.csv")), "invalidDataset", /no such file|outside/);
    await failsWith(
      load(text.replace("{{ text }}", "{{ body }}")),
      "invalidPrompt",
      /:\d+:\d+: There is no field "body"/,
    );
  });
});
