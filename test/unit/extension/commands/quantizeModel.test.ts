import assert from "node:assert/strict";
import { quantizeModel } from "../../../../src/extension/commands/quantizeModel";
import { CancelledError, storeFailed } from "../../../../src/runtime/errors";
import type { QuantizeResult } from "../../../../src/runtime/modelsProtocol";
import { description, fakeWorkbench, gpt2, press } from "../models";

const result: QuantizeResult = {
  model: { ...gpt2, id: "q1", name: "gpt2-q4", folder: "/store/q1" },
  bytesBefore: 548e6,
  bytesAfter: 215e6,
  perplexity: { before: 21.2999, after: 22.04, tokens: 1023 },
};
const text = { label: "book.txt", selection: "", file: () => "Call me Ishmael." };
const onFile = "Measure perplexity on book.txt";

describe("quantizeModel", () => {
  it("asks for bits, block and text, and tells what it cost", async () => {
    const choices = ["4 bits", "Blocks of 128", onFile];
    const { workbench, seen } = fakeWorkbench({ "models/quantize": result }, { choices, text });
    await quantizeModel(workbench, gpt2);
    assert.deepEqual(seen.asked, [
      {
        method: "models/quantize",
        params: { store: "/store", folder: "/models/gpt2", bits: 4, blockSize: 128, text: "Call me Ishmael." },
      },
    ]);
    assert.deepEqual(
      seen.choices.map(({ title }) => title),
      [1, 2, 3].map((step) => `Quantize gpt2 (${step} of 3)`),
    );
    assert.equal(
      seen.told[0]?.text,
      "gpt2-q4: 548 MB became 215 MB (39 %). Perplexity on 1023 tokens: 21.30 before, 22.04 after.",
    );
    await press(seen, "Load");
    assert.deepEqual(seen.updates, [["model", "/store/q1"]]);
  });

  it("prefers the selection, and measures nothing when there is no text", async () => {
    const selected = { ...text, selection: "Ishmael" };
    const choices = ["8 bits", "Blocks of 32", "Measure perplexity on the selection in book.txt"];
    const first = fakeWorkbench({ "models/quantize": result }, { choices, text: selected });
    await quantizeModel(first.workbench, gpt2);
    assert.equal(first.seen.asked[0]?.params.text, "Ishmael");
    for (const none of [undefined, { ...text, file: () => " \n" }]) {
      const without = { "models/quantize": { ...result, perplexity: null } };
      const user = { choices: ["8 bits", "Blocks of 32", "Do not measure"], text: none };
      const { workbench, seen } = fakeWorkbench(without, user);
      await quantizeModel(workbench, gpt2);
      assert.deepEqual(seen.choices[2]?.labels, ["Do not measure"]);
      assert.equal(seen.asked[0]?.params.text, "");
      assert.equal(seen.told[0]?.text, "gpt2-q4: 548 MB became 215 MB (39 %).");
    }
  });

  it("asks for no text where there is no tokenizer to measure with", async () => {
    const state = { kind: "ready", description: { ...description, hasTokenizer: false } } as const;
    const answers = { "models/quantize": { ...result, perplexity: null } };
    const { workbench, seen } = fakeWorkbench(answers, { choices: ["8 bits", "Blocks of 32"], text });
    await quantizeModel(workbench, { ...gpt2, state });
    assert.equal(seen.choices[1]?.title, "Quantize gpt2 (2 of 2)");
    assert.equal(seen.asked[0]?.params.text, "");
  });

  it("stops at any question that is dismissed", async () => {
    const answers = ["8 bits", "Blocks of 32", onFile];
    for (const step of [0, 1, 2]) {
      const choices = [...answers.slice(0, step), undefined];
      const { workbench, seen } = fakeWorkbench({}, { choices, text });
      await quantizeModel(workbench, gpt2);
      assert.deepEqual([seen.asked, seen.told], [[], []]);
    }
  });

  it("says why it failed, and nothing when it was cancelled", async () => {
    for (const [error, told] of [
      [storeFailed("/store", "is read-only"), 1],
      [new CancelledError(), 0],
    ] as const) {
      const quantize = () => {
        throw error;
      };
      const choices = ["8 bits", "Blocks of 32", onFile];
      const { workbench, seen } = fakeWorkbench({ "models/quantize": quantize }, { choices, text });
      await quantizeModel(workbench, gpt2);
      assert.equal(seen.told.length, told);
    }
  });
});
