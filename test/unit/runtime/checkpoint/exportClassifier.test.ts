import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClassifierInfo } from "../../../../src/runtime/checkpoint/classifierInfo";
import {
  headShapes,
  padTokenId,
  tokenizerFilesOf,
  writeClassifier,
} from "../../../../src/runtime/checkpoint/exportClassifier";
import { parameterShapes } from "../../../../src/runtime/checkpoint/parameterNames";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { fails, withFolder } from "./support";

const starter = join(__dirname, "../../../../media/models/starter");
const sizes = { n_layer: 1, n_head: 2, n_embd: 8, n_positions: 32, vocab_size: 8195 };
const neo = {
  num_layers: 1,
  num_heads: 2,
  hidden_size: 8,
  max_position_embeddings: 32,
  vocab_size: 8195,
  window_size: 4,
};
const configs: readonly (readonly [string, GPTConfig])[] = [
  ["OpenAIGPTForSequenceClassification", parseGPTConfig({ model_type: "openai-gpt", ...sizes }, "c")],
  ["GPT2ForSequenceClassification", parseGPTConfig({ model_type: "gpt2", ...sizes }, "c")],
  [
    "GPTNeoForSequenceClassification",
    parseGPTConfig({ model_type: "gpt_neo", ...neo, attention_types: [[["local"], 1]] }, "c"),
  ],
  [
    "GPT3ForSequenceClassification",
    parseGPTConfig({ model_type: "gpt3", ...sizes, attention_patterns: ["banded(3)"] }, "c"),
  ],
];

const info: ClassifierInfo = {
  task: "classification",
  labels: ["no", "yes", "perhaps"],
  special: { start: 8192, delimiter: 8193, extract: 8194 },
  maxLength: 32,
  headBias: true,
  base: { name: "tiny", folder: "/models/tiny", sha256: "" },
};

/** Values that say which parameter they are of. */
function valuesOf(config: GPTConfig, of: ClassifierInfo) {
  const shapes = new Map([...parameterShapes(config), ...headShapes(config, of)]);
  const names = [...shapes.keys()];
  return async (name: string) => {
    const count = (shapes.get(name) ?? []).reduce((a, b) => a * b, 1);
    return new Float32Array(count).fill(names.indexOf(name) + 1);
  };
}

async function write(folder: string, config: GPTConfig, of: ClassifierInfo = info, tokenizer = starter) {
  const target = join(folder, "classifier");
  const tokenizerFiles = await tokenizerFilesOf(tokenizer);
  await writeClassifier(target, { config, values: valuesOf(config, of), info: of, tokenizerFiles });
  return target;
}

async function json(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, "utf8"));
}

describe("writeClassifier", () => {
  for (const [architecture, config] of configs) {
    it(`writes a ${architecture} that is read back as a classifier and as a model`, () =>
      withFolder(async (folder) => {
        const target = await write(folder, config, info, folder);
        const opened = await openModelFolder(target);
        opened.tokenizer?.free();
        assert.deepEqual(opened.config, config);
        assert.deepEqual(opened.classifier, info);
        assert.deepEqual(
          [...opened.head].map(([name, { length }]) => [name, length]),
          [
            ["score.weight", 24],
            ["score.bias", 3],
          ],
        );
        const raw = await json(join(target, "config.json"));
        assert.deepEqual(raw.architectures, [architecture]);
        assert.deepEqual(raw.id2label, { "0": "no", "1": "yes", "2": "perhaps" });
        assert.deepEqual(raw.label2id, { no: 0, yes: 1, perhaps: 2 });
        assert.equal(raw.pad_token_id, 8192);
      }));
  }

  it("names the new tokens without changing how text is encoded", () =>
    withFolder(async (folder) => {
      const config = parseGPTConfig({ model_type: "gpt2", ...sizes }, "c");
      const { tokenizer: before } = await openModelFolder(starter);
      const target = await write(folder, config);
      const { tokenizer: after } = await openModelFolder(target);
      const text = "A film <|extract|> of <|start|> weight.";
      assert.deepEqual(after?.encode(text), before?.encode(text));
      assert.equal(Buffer.from(after?.tokenBytes(8194) ?? []).toString(), "<|extract|>");
      before?.free();
      after?.free();
      const { added_tokens_decoder } = await json(join(target, "tokenizer_config.json"));
      assert.deepEqual(Object.keys(added_tokens_decoder as object), ["8192", "8193", "8194"]);
    }));

  it("adds no names where the model has rows that the tokenizer does not name", () =>
    withFolder(async (folder) => {
      const config = parseGPTConfig({ model_type: "gpt2", ...sizes, vocab_size: 8203 }, "c");
      const special = { start: 8200, delimiter: 8201, extract: 8202 };
      const target = await write(folder, config, { ...info, special });
      await assert.rejects(readFile(join(target, "tokenizer_config.json")), { code: "ENOENT" });
      const opened = await openModelFolder(target);
      opened.tokenizer?.free();
      assert.deepEqual(opened.classifier?.special, special);
    }));

  it("names the key of its information that is wrong", () =>
    withFolder(async (folder) => {
      const config = parseGPTConfig({ model_type: "gpt2", ...sizes }, "c");
      const target = await write(folder, config);
      const file = join(target, "config.json");
      const raw = await json(file);
      const wrong: readonly (readonly [string, unknown])[] = [
        ["gpt_workbench", "text"],
        ["gpt_workbench.task", { ...info, task: "poetry" }],
        ["gpt_workbench.special.extract", { ...info, special: { ...info.special, extract: 9000 } }],
        ["gpt_workbench.maxLength", { ...info, maxLength: 33 }],
        ["gpt_workbench.labels", { ...info, labels: ["one"] }],
      ];
      for (const [key, gpt_workbench] of wrong) {
        await writeFile(file, JSON.stringify({ ...raw, gpt_workbench }));
        await assert.rejects(openModelFolder(target), fails("invalidConfig", file, key));
      }
      await writeFile(file, JSON.stringify({ ...raw, gpt_workbench: { ...info, labels: ["a", "b"] } }));
      await assert.rejects(openModelFolder(target), fails("tensorShape", "score.weight", "[3, 8]", "[2, 8]"));
    }));

  it("pads with a token that ends no sequence", () => {
    assert.equal(padTokenId({ special: { start: 5, delimiter: 6, extract: 7 } }), 5);
    assert.equal(padTokenId({ special: { start: 7, delimiter: 6, extract: 7 } }), 6);
    assert.equal(padTokenId({ special: { start: 7, delimiter: 7, extract: 7 } }), 0);
    assert.equal(padTokenId({ special: { start: 0, delimiter: 0, extract: 0 } }), 1);
  });
});
