import assert from "node:assert/strict";
import fc from "fast-check";
import { modelDocument, problemDocument } from "../../../../src/extension/views/modelDocument";
import { byteText, parameterText } from "../../../../src/extension/views/modelTexts";
import { oneLine } from "../../../../src/extension/views/textColumns";
import { notAModelFolder } from "../../../../src/runtime/errors";
import type { TensorDescription } from "../../../../src/runtime/modelsProtocol";
import { description } from "../models";

const tensors: readonly TensorDescription[] = [
  { name: "wte.weight", file: "model.safetensors", dtype: "F32", shape: [50257, 768], byteLength: 154_389_504 },
  { name: "h.0.ln_1.bias", file: "model.safetensors", dtype: "F32", shape: [768], byteLength: 3072 },
];

describe("modelDocument", () => {
  const text = modelDocument("gpt2", { folder: "/models/gpt2", description, tensors });
  const lines = (shown: string) => shown.split("\n");

  it("lists every tensor: name, shape, type, bytes, file, in columns", () => {
    assert.deepEqual(lines(text).slice(0, 2), ["gpt2", "===="]);
    const start = lines(text).indexOf("Tensors (2)");
    assert.deepEqual(lines(text).slice(start), [
      "Tensors (2)",
      "-----------",
      "Name           Shape         Type        Bytes  File",
      "wte.weight     [50257, 768]  F32   154,389,504  model.safetensors",
      "h.0.ln_1.bias  [768]         F32         3,072  model.safetensors",
      "",
    ]);
  });

  it("tells the description and the memory on each device", () => {
    assert.match(text, /^Folder {14}\/models\/gpt2$/m);
    assert.match(text, /^Parameters +124,439,808$/m);
    assert.match(text, /^Architecture +GPT-2 \(gpt2\)$/m);
    const start = lines(text).indexOf("Memory");
    assert.deepEqual(lines(text).slice(start + 2, start + 5), [
      "Device  Weights   Cache  Workspace   Total",
      "cpu      400 MB  200 MB     200 MB  800 MB",
      "webgpu   320 MB  160 MB     160 MB  640 MB",
    ]);
  });

  it("tells the attention of each layer where they differ", () => {
    assert.ok(!text.includes("Attention of each layer"));
    const attention = ["dense", "banded(256)", "dense"];
    const sparse = modelDocument("gpt3", { folder: "/x", description: { ...description, attention }, tensors });
    const start = lines(sparse).indexOf("Attention of each layer");
    assert.deepEqual(lines(sparse).slice(start + 3, start + 6), ["    0  dense", "    1  banded(256)", "    2  dense"]);
  });

  it("says what is wrong with a folder that cannot be described", () => {
    const problem = notAModelFolder("/models/x", "config.json").toInfo();
    const shown = problemDocument("x", "/models/x", problem);
    assert.ok(shown.includes(`\n${problem.message}\n`) && shown.includes(problem.hint));
  });

  it("writes any name in one line, everything in it visible", () => {
    assert.equal(oneLine("a\nb\u202E\uD800"), "a\uFFFDb\uFFFD\uFFFD");
    assert.equal(oneLine("x".repeat(500)).length, 201);
    const [tensor] = tensors;
    assert.ok(tensor);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const shown = modelDocument(name, { folder: name, description, tensors: [{ ...tensor, name, file: name }] });
        assert.equal(shown.split(/\r|\n|\u2028|\u2029/).length, lines(text).length - 1);
        assert.doesNotMatch(shown, /[\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });

  it("lets no long name push the other columns out of sight", () => {
    const [first, second] = tensors;
    assert.ok(first && second);
    const long = modelDocument("x", {
      folder: "/x",
      description,
      tensors: [{ ...first, name: "n".repeat(500) }, second],
    });
    assert.equal(lines(long).at(-2)?.indexOf("["), 62);
  });
});

describe("modelTexts", () => {
  it("writes counts of parameters in three digits", () => {
    const counts = [1_234, 3_450_000, 124_439_808, 1_557_611_200, 175e9];
    assert.deepEqual(counts.map(parameterText), ["1.23K", "3.45M", "124M", "1.56B", "175B"]);
  });

  it("writes bytes in decimal units", () => {
    const sizes = [0, 999, 1000, 9_949, 9_950, 548_105_171, 999_499_999, 999_500_000, 6.2e9, 5e15];
    assert.deepEqual(sizes.map(byteText), [
      ...["0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB"],
      ...["548 MB", "999 MB", "1.0 GB", "6.2 GB", "5000 TB"],
    ]);
  });
});
