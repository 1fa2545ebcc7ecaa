import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describeModelFolder } from "../../../../src/runtime/checkpoint/describe";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import { encodeFloats } from "../../../../src/runtime/checkpoint/narrow";
import { openSafetensors, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { writeSafetensors } from "../../../../src/runtime/checkpoint/safetensorsWriter";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { widen } from "../../../../src/runtime/checkpoint/widen";
import { CancelledError } from "../../../../src/runtime/errors";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { initialValues } from "../../../../src/runtime/model/initialize";
import { seededRandom } from "../../../../src/runtime/random";
import { fails, root, withFolder } from "./support";

const gpt2 = { n_layer: 2, n_head: 2, n_embd: 8, n_positions: 16, vocab_size: 31 };
const neo = {
  num_layers: 2,
  num_heads: 2,
  hidden_size: 8,
  max_position_embeddings: 16,
  vocab_size: 31,
  window_size: 4,
};
const configs: Readonly<Record<string, GPTConfig>> = {
  "openai-gpt": parseGPTConfig({ model_type: "openai-gpt", ...gpt2 }, "c"),
  gpt2: parseGPTConfig({ model_type: "gpt2", ...gpt2, tie_word_embeddings: false }, "c"),
  gpt_neo: parseGPTConfig({ model_type: "gpt_neo", ...neo, attention_types: [[["global", "local"], 1]] }, "c"),
  gpt3: parseGPTConfig({ model_type: "gpt3", ...gpt2, attention_patterns: ["dense", "strided(4)"] }, "c"),
};

function model(config: GPTConfig) {
  const random = seededRandom(5);
  return { config, values: (name: string, count: number) => initialValues(name, count, config, random) };
}

function widened(values: Float32Array, dtype: "F16" | "BF16"): Float32Array {
  const convert = widen[dtype];
  assert.ok(convert);
  return convert(Uint8Array.from(encodeFloats(values, dtype)));
}

describe("exportModel", () => {
  for (const [name, config] of Object.entries(configs)) {
    it(`writes a ${name} that is read back as it was`, async () => {
      await withFolder(async (folder) => {
        const target = join(folder, "new");
        await exportModel(target, model(config), { dtype: "F32" });
        const opened = await openModelFolder(target);
        assert.deepEqual(opened.config, config);
        const random = seededRandom(5);
        for (const [parameter, entry] of opened.parameters) {
          const [file] = opened.checkpoint.files;
          assert.ok(file);
          const found = await readTensor(file, entry.name);
          const expected = [...initialValues(parameter, found.length, config, random)].flatMap((piece) => [...piece]);
          assert.deepEqual([...found], expected);
        }
        assert.deepEqual(readdirSync(folder), ["new"]);
      });
    });
  }

  it("writes shards that are read as one, and 16-bit types", async () => {
    await withFolder(async (folder) => {
      const target = join(folder, "new");
      const config = configs.gpt2;
      assert.ok(config);
      const copy = [join(root, "LICENSE")];
      await exportModel(target, model(config), { dtype: "BF16", maxShardBytes: 1000, copy });
      const names = readdirSync(target);
      assert.ok(names.includes("model-00001-of-00007.safetensors"), names.join(" "));
      assert.ok(names.includes("LICENSE"));
      const { description } = await describeModelFolder(target);
      assert.equal(description.precision, "BF16");
      const json: unknown = JSON.parse(await readFile(join(target, "config.json"), "utf8"));
      assert.ok(typeof json === "object" && json !== null && "dtype" in json && json.dtype === "bfloat16");
    });
  });

  it("leaves a folder that is there alone, and nothing behind when cancelled", async () => {
    await withFolder(async (folder) => {
      const config = configs.gpt2;
      assert.ok(config);
      await assert.rejects(exportModel(folder, model(config), { dtype: "F32" }), fails("storeFailed", folder));
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const options = { dtype: "F32", signal: controller.signal, onProgress } as const;
      await assert.rejects(exportModel(join(folder, "new"), model(config), options), CancelledError);
      assert.deepEqual(readdirSync(folder), []);
    });
  });
});

describe("exportModel without room", () => {
  it("says how much is needed before it writes anything", async () => {
    await withFolder(async (folder) => {
      // 211 terabytes.
      const huge = { n_layer: 1024, n_head: 1, n_embd: 65_536, n_positions: 16, vocab_size: 31 };
      const config = parseGPTConfig({ model_type: "gpt2", ...huge }, "c");
      const values = () => assert.fail("no value is asked for");
      await assert.rejects(
        exportModel(join(folder, "new"), { config, values }, { dtype: "F32" }),
        fails("notEnoughSpace", folder, "211109736 MB"),
      );
      assert.deepEqual(readdirSync(folder), []);
    });
  });
});

describe("writeSafetensors", () => {
  it("refuses bytes that are not as many as the shape says, and leaves nothing", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.safetensors");
      for (const length of [8, 20]) {
        const tensor = { name: "x", dtype: "F32", shape: [3], bytes: () => [new Uint8Array(length)] } as const;
        await assert.rejects(writeSafetensors(path, [tensor]), RangeError);
      }
      assert.ok(!existsSync(path));
      assert.deepEqual(readdirSync(folder), []);
    });
  });

  it("writes what is read back, in pieces", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.safetensors");
      const piece = (x: number) => new Uint8Array(Float32Array.of(x, x + 1).buffer);
      const tensors = [
        { name: "é", dtype: "F32", shape: [2, 2], bytes: () => [piece(1), piece(3)] },
        { name: "none", dtype: "F32", shape: [0], bytes: () => [] },
      ] as const;
      await writeSafetensors(path, tensors, { metadata: { a: "b" } });
      const file = await openSafetensors(path);
      assert.deepEqual([...(await readTensor(file, "é"))], [1, 2, 3, 4]);
      assert.deepEqual([file.metadata.a, file.tensors.get("none")?.byteLength], ["b", 0]);
      assert.equal((file.tensors.get("é")?.offset ?? 1) % 8, 0);
    });
  });
});

describe("encodeFloats", () => {
  it("rounds to the nearest, ties to even, as PyTorch does", () => {
    // x.to(torch.float16) and x.to(torch.bfloat16), widened again.
    const cases = {
      F16: [
        [1.00048828125, 1],
        [1.00146484375, 1.001953125],
        [65519.99609375, 65504],
        [65520, Number.POSITIVE_INFINITY],
        [2 ** -25, 0],
        [2 ** -25 * 1.5, 2 ** -24],
        [6.1e-5, 6.097555160522461e-5],
        [-0.1, -0.0999755859375],
      ],
      BF16: [
        [1.00390625, 1],
        [1.01171875, 1.015625],
        [3.4028234663852886e38, Number.POSITIVE_INFINITY],
        [0.1, 0.10009765625],
        [-1e-40, -(2 ** -133)],
      ],
    } as const;
    for (const dtype of ["F16", "BF16"] as const)
      for (const [x, expected] of cases[dtype]) {
        const [found = Number.NaN] = widened(Float32Array.of(x), dtype);
        assert.equal(found, Math.fround(expected), `${x} as ${dtype}`);
      }
    for (const dtype of ["F16", "BF16"] as const)
      assert.ok(Number.isNaN(widened(Float32Array.of(Number.NaN), dtype)[0]));
  });

  it("is nearest for any number, and exact for what was narrow before", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.constantFrom("F16" as const, "BF16" as const), (x, dtype) => {
        const [once = Number.NaN] = widened(Float32Array.of(x), dtype);
        assert.equal(widened(Float32Array.of(once), dtype)[0], once);
        if (!Number.isFinite(once)) return;
        const relative = dtype === "F16" ? 2 ** -11 : 2 ** -8;
        const smallest = dtype === "F16" ? 2 ** -25 : 2 ** -134;
        assert.ok(Math.abs(once - x) <= Math.max(Math.abs(x) * relative, smallest), `${x} became ${once}`);
      }),
    );
  });
});
