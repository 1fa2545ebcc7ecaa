/** `gptw models …` in this process. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fixture, root, withFolder } from "../checkpoint/support";
import { gptw } from "./fakeTerminal";

const starter = join(root, "media/models/starter");
const text = join(root, "samples/prose/lighthouse.md");

describe("gptw models quantize", function () {
  this.timeout(240_000);

  it("tells sizes and perplexity before and after, and where the model is", () =>
    withFolder(async (store) => {
      const args = ["models", "quantize", starter, "--bits", "4", "--block-size", "128", "--text", text];
      const { code, out, err } = await gptw([...args, "--device", "cpu", "--store", store]);
      assert.equal(code, 0, err);
      assert.deepEqual(await readdir(store), ["starter-q4-128"]);
      const [model, size, perplexity] = out.trimEnd().split("\n");
      assert.equal(model, `starter-q4-128: ${join(store, "starter-q4-128")}`);
      assert.match(size ?? "", /^size: 13\.8 MB before, 7\.\d MB after \(5\d %\)$/);
      assert.match(
        perplexity ?? "",
        /^perplexity over \d+ tokens: \d+\.\d{3} before, \d+\.\d{3} after \([+−]\d\.\d\d %\)$/,
      );
    }));

  it("takes a model of the store by its id, and gives JSON", () =>
    withFolder(async (store) => {
      const first = await gptw(["models", "quantize", fixture("gpt2-tiny"), "--store", store, "--json"]);
      assert.equal(first.code, 0, first.err);
      const { model, bytesBefore, bytesAfter, perplexity } = JSON.parse(first.out);
      assert.equal(model.id, "gpt2-tiny-q8-32");
      assert.ok(bytesAfter < bytesBefore);
      assert.equal(perplexity, null);
      const again = await gptw(["models", "quantize", model.id, "--store", store]);
      assert.equal(again.code, 1);
      assert.match(again.err, /gpt2-tiny-q8-32 is quantized already/);
      const smaller = ["models", "quantize", fixture("gpt2-tiny"), "--quantize-embeddings", "--store", store, "--json"];
      const whole = JSON.parse((await gptw(smaller)).out);
      assert.equal(whole.model.id, "gpt2-tiny-q8-32-e8");
      assert.ok(whole.bytesAfter < bytesAfter);
    }));

  const wrong: Readonly<Record<string, readonly string[]>> = {
    "there is no command": ["models"],

    "--bits must be 8 or 4": ["models", "quantize", starter, "--bits", "5"],
    "--block-size must be 32 or 128": ["models", "quantize", starter, "--block-size", "64"],
    "one model": ["models", "quantize"],
    "--device must be": ["models", "quantize", starter, "--device", "abacus"],
  };
  for (const [words, args] of Object.entries(wrong))
    it(`ends with 2 and says: ${words}`, async () => {
      const { code, out, err } = await gptw(args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.ok(err.includes(words), err);
    });

  it("has a help", async () => {
    const { code, out } = await gptw(["models", "--help"]);
    assert.equal(code, 0);
    for (const option of ["--bits", "--block-size", "--text", "--store", "--device", "--json"])
      assert.ok(out.includes(option), option);
  });
});
