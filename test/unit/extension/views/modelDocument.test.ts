import assert from "node:assert/strict";
import fc from "fast-check";
import { codeSpan, modelDocument, problemDocument } from "../../../../src/extension/views/modelDocument";
import { byteText, parameterText } from "../../../../src/extension/views/modelTexts";
import { notAModelFolder } from "../../../../src/runtime/errors";
import type { TensorDescription } from "../../../../src/runtime/modelsProtocol";
import { description } from "../models";

const tensors: readonly TensorDescription[] = [
  { name: "wte.weight", file: "model.safetensors", dtype: "F32", shape: [50257, 768], byteLength: 154_389_504 },
  { name: "h.0.ln_1.bias", file: "model.safetensors", dtype: "F32", shape: [768], byteLength: 3072 },
];

/** Cells of a line of a table, split where Markdown splits it. */
function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

describe("modelDocument", () => {
  const text = modelDocument("gpt2", { folder: "/models/gpt2", description, tensors });

  it("lists every tensor: name, shape, type, file, bytes", () => {
    assert.match(text, /^# `gpt2`\n/);
    assert.match(text, /## Tensors \(2\)/);
    const lines = text.split("\n").filter((line) => line.includes("model.safetensors"));
    assert.deepEqual(lines.map(cells), [
      ["`wte.weight`", "[50257, 768]", "`F32`", "`model.safetensors`", "154,389,504"],
      ["`h.0.ln_1.bias`", "[768]", "`F32`", "`model.safetensors`", "3,072"],
    ]);
  });

  it("tells the description and the memory on each device", () => {
    assert.match(text, /\| Parameters +\| 124,439,808 +\|/);
    assert.match(text, /\| Architecture +\| `GPT-2` \(`gpt2`\) +\|/);
    assert.match(text, /\| cpu +\| 400 MB +\| 200 MB \| 200 MB +\| 800 MB \|/);
    assert.match(text, /\| webgpu \| 320 MB +\| 160 MB \| 160 MB +\| 640 MB \|/);
  });

  it("says what is wrong with a folder that cannot be described", () => {
    const problem = notAModelFolder("/models/x", "config.json").toInfo();
    const shown = problemDocument("x", "/models/x", problem);
    assert.ok(shown.includes(`\`${problem.message}\``) && shown.includes(problem.hint));
  });

  it("writes any name as code in one cell of one line", () => {
    assert.equal(codeSpan("a|b"), "`a\\|b`");
    assert.equal(codeSpan("`a`"), "`` `a` ``");
    assert.equal(codeSpan(""), "`  `");
    assert.equal(codeSpan("a\nb\u202E\uD800"), "`a\uFFFDb\uFFFD\uFFFD`");
    assert.equal(codeSpan("x".repeat(500)).length, 203);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (name) => {
        const span = codeSpan(name);
        assert.equal(span.split(/\r|\n|\u2028|\u2029/).length, 1);
        assert.equal(cells(`|${span}|`).length, 1);
        const fence = /^`+/.exec(span)?.[0] ?? "";
        const inner = span.slice(fence.length, -fence.length);
        assert.ok(span.endsWith(fence));
        const runs = Array.from(inner.matchAll(/`+/g), ([run]) => run);
        assert.ok(!runs.includes(fence), "no run of backticks closes the fence early");
        assert.ok(!/^`|`$/.test(inner));
      }),
    );
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
