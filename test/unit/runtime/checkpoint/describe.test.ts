import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describeModelFolder } from "../../../../src/runtime/checkpoint/describe";
import { fixture, root } from "./support";

describe("describeModelFolder", () => {
  it("describes the starter", async () => {
    const { description, tensors } = await describeModelFolder(join(root, "media/models/starter"));
    assert.deepEqual([description.modelType, description.precision, description.hasTokenizer], ["gpt2", "F32", true]);
    assert.equal(description.fileBytes, statSync(join(root, "media/models/starter/model.safetensors")).size);
    const stored = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(stored <= description.fileBytes);
    assert.ok(description.parameterCount * 4 <= stored);
    const { weights, cache, workspace, total } = description.memory.cpu;
    // 2 (keys, values) × 4 layers × 512 positions × 192 × 4 bytes.
    assert.equal(cache, 2 * 4 * 512 * 192 * 4);
    assert.ok(weights >= description.parameterCount * 4);
    assert.equal(total, weights + cache + workspace);
  });

  it("names precision and patterns", async () => {
    const found = async (name: string) => (await describeModelFolder(fixture(name))).description;
    assert.equal((await found("gpt2-tiny-fp16")).precision, "F16");
    assert.equal((await found("gpt2-tiny-bf16")).precision, "BF16");
    assert.deepEqual((await found("gpt-neo-tiny")).attention, ["dense", "banded(7)", "dense", "banded(7)"]);
  });
});
