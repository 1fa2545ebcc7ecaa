/** `gptw trace` and `gptw create`, in this process. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSafetensors, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { assertClose } from "../../../parity/assertClose";
import { fixture, root, withFolder } from "../checkpoint/support";
import { gptw } from "./fakeTerminal";

const starter = join(root, "media/models/starter");
const small = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 32, vocab_size: 8192 };

describe("gptw trace", function () {
  this.timeout(240_000);

  for (const name of ["gpt2-tiny", "openai-gpt-tiny", "gpt-neo-tiny"]) {
    it(`writes what the reference has for ${name}, by name and shape`, async () => {
      const expected: { cases: { plain: { input_ids: number[][] } } } = JSON.parse(
        readFileSync(fixture(`${name}/expected.json`), "utf8"),
      );
      const reference = await openSafetensors(fixture(`${name}/expected.safetensors`));
      const ids = expected.cases.plain.input_ids[0] ?? [];
      await withFolder(async (folder) => {
        const out = join(folder, "trace.safetensors");
        const args = ["--model", fixture(name), "--device", "cpu", "--out", out, "--ids", ids.join(",")];
        const { code, err } = await gptw(["trace", ...args]);
        assert.equal(code, 0, err);
        const found = await openSafetensors(out);
        for (const what of [
          "logits",
          "hidden_states",
          "attentions",
          "token_logprobs",
          "attn_out",
          "mlp_out",
          "block_out",
        ]) {
          const theirs = reference.tensors.get(`plain.${what}`)?.shape ?? [];
          // The reference has two sequences; ours is its first.
          const batchAxis = theirs.length === (found.tensors.get(what)?.shape.length ?? 0) ? theirs.indexOf(2) : -1;
          assert.deepEqual(found.tensors.get(what)?.shape, theirs.with(batchAxis, 1), what);
          const values = await readTensor(reference, `plain.${what}`);
          const inner = theirs.slice(batchAxis + 1).reduce((a, b) => a * b, 1);
          const outer = theirs.slice(0, batchAxis).reduce((a, b) => a * b, 1);
          const first = Array.from({ length: outer }, (_, i) => [
            ...values.subarray(2 * i * inner, (2 * i + 1) * inner),
          ]);
          assertClose(await readTensor(found, what), first.flat(), { atol: 3e-4, what });
        }
      });
    });
  }

  it("keeps the start of a text that is too long, and says so", async () => {
    await withFolder(async (folder) => {
      const out = join(folder, "t.safetensors");
      const text = "one two three four five ".repeat(300);
      const { code, err } = await gptw(["trace", "--model", starter, "--device", "cpu", "--out", out, "-"], {
        input: text,
      });
      assert.equal(code, 0);
      assert.match(err, /first 512 were kept/);
      assert.deepEqual((await openSafetensors(out)).tensors.get("logits")?.shape, [1, 512, 8192]);
    });
  });

  it("says what is missing, and when it cannot write", async () => {
    assert.equal((await gptw(["trace", "--model", starter, "--ids", "1"])).code, 2);
    const out = join(root, "nowhere", "t.safetensors");
    const { code, err } = await gptw(["trace", "--model", starter, "--device", "cpu", "--out", out, "--ids", "1,2"]);
    assert.equal(code, 1);
    assert.ok(err.includes(out) && err.includes("cannot be written"), err);
  });
});

describe("gptw create", function () {
  this.timeout(240_000);

  it("writes a model that generates, after saying what it needs", async () => {
    await withFolder(async (folder) => {
      const config = join(folder, "config.json");
      const patterns = ["banded(4)", "strided(3)"];
      await writeFile(config, JSON.stringify({ model_type: "gpt3", ...small, attention_patterns: patterns }));
      const target = join(folder, "new");
      const made = await gptw(["create", "--config", config, "--dtype", "F16", "--tokenizer", starter, target]);
      assert.equal(made.code, 0, made.err);
      assert.match(made.err, /0\.1 million parameters: a file of 0\.3 MB, [\d.]+ MB of memory/);
      const args = [
        "--model",
        target,
        "--device",
        "cpu",
        "--max-new-tokens",
        "5",
        "--temperature",
        "0",
        "one two three",
      ];
      const { code, out } = await gptw(["generate", ...args]);
      assert.equal(code, 0);
      assert.ok(out.length > 0);
      const again = await gptw(["create", "--config", config, target]);
      assert.equal(again.code, 1);
      assert.match(again.err, /is there already/);
    });
  });

  it("refuses what it cannot make, and writes nothing", async () => {
    await withFolder(async (folder) => {
      const target = join(folder, "new");
      for (const [args, words] of [
        [["gpt5", target], "gpt3-175b"],
        [["gpt1"], "a size and a folder"],
        [["gpt1", target, "--dtype", "F8"], "F32, F16 or BF16"],
        [["--config", join(folder, "none.json"), target], "there is no file"],
        [["gpt1", target, "--tokenizer", folder], "no tokenizer files"],
      ] as const) {
        const { code, err } = await gptw(["create", ...args]);
        assert.ok(code === 1 || code === 2);
        assert.ok(err.includes(words), err);
      }
      assert.ok(!existsSync(target));
      assert.deepEqual(readdirSync(folder), []);
    });
  });
});
