import assert from "node:assert/strict";
import { cp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAdapter } from "../../../../src/runtime/checkpoint/adapter";
import { adapterFiles } from "../../../../src/runtime/checkpoint/adapterNames";
import type { ClassifierInfo } from "../../../../src/runtime/checkpoint/classifierInfo";
import { describeModelFolder } from "../../../../src/runtime/checkpoint/describe";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import { mergeAdapter, mergeIntoStore } from "../../../../src/runtime/checkpoint/merge";
import { modelHash } from "../../../../src/runtime/checkpoint/modelHash";
import { listModels, removeModel } from "../../../../src/runtime/checkpoint/modelStore";
import { parameterValues } from "../../../../src/runtime/checkpoint/parameterValues";
import { openSafetensors, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { type TensorToWrite, writeSafetensors } from "../../../../src/runtime/checkpoint/safetensorsWriter";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { CancelledError } from "../../../../src/runtime/errors";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { initialValues } from "../../../../src/runtime/model/initialize";
import { fillNormal, longRandom } from "../../../../src/runtime/random";
import { fails, root, withFolder } from "./support";

const fixture = join(root, "test/fixtures/gpt2-tiny");
const peft = join(fixture, "train/lora_c_attn");

const sizes = { n_layer: 2, n_head: 2, n_embd: 8, n_positions: 32, vocab_size: 40 };
const neo = {
  num_layers: 2,
  num_heads: 2,
  hidden_size: 8,
  max_position_embeddings: 32,
  vocab_size: 40,
  window_size: 4,
  attention_types: [[["global", "local"], 1]],
};
const families: readonly (readonly [GPTConfig, readonly string[]])[] = [
  [parseGPTConfig({ model_type: "gpt2", ...sizes }, "c"), ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]],
  [parseGPTConfig({ model_type: "openai-gpt", ...sizes }, "c"), ["attn.c_attn"]],
  [parseGPTConfig({ model_type: "gpt_neo", ...neo }, "c"), ["attn.q_proj", "attn.v_proj", "attn.c_proj"]],
];

interface Made {
  readonly base: string;
  readonly adapter: string;
  readonly values: (name: string) => Promise<Float32Array>;
}

/** A base and an adapter of it, both with random values. */
async function make(
  folder: string,
  config: GPTConfig,
  targetModules: readonly string[],
  extra: Partial<ClassifierInfo> = {},
): Promise<Made> {
  const [base, adapter] = [join(folder, "base"), join(folder, "adapter")];
  const random = longRandom(1);
  const initial = (name: string, count: number) => initialValues(name, count, config, random);
  await exportModel(base, { config, values: initial }, { dtype: "F32" });
  const sha256 = await modelHash(base, { signal: new AbortController().signal, memory: null });
  const info: ClassifierInfo = {
    task: "classification",
    labels: ["no", "yes"],
    special: { start: 1, delimiter: 2, extract: 3 },
    maxLength: 32,
    headBias: false,
    base: { name: "base", folder: base, sha256 },
    ...extra,
  };
  const made = new Map<string, Float32Array>();
  const sizeOf = (name: string) => {
    if (name === "score.weight") return 2 * 8;
    if (/lora_A/.test(name)) return 3 * (name.includes("mlp.c_proj") ? 32 : 8);
    const outputs = name.includes("c_attn") ? 24 : name.includes("c_fc") ? 32 : 8;
    return 3 * outputs;
  };
  const values = async (name: string) => {
    const found = made.get(name) ?? new Float32Array(sizeOf(name));
    if (!made.has(name)) fillNormal(found, 0.5, random);
    made.set(name, found);
    return found;
  };
  const method = { kind: "lora", r: 3, loraAlpha: 6, loraDropout: 0.1, targetModules } as const;
  await writeAdapter(adapter, { config, method, values, info, tokenizerFiles: [] });
  return { base, adapter, values };
}

describe("openModelFolder with an adapter that PEFT wrote", () => {
  it("gives the base's weights with the adapter's changes", async () => {
    const model = await openModelFolder(peft, { base: fixture });
    assert.equal(model.classifier, null);
    assert.deepEqual(
      [...(model.adapter?.deltas.keys() ?? [])],
      [0, 1, 2].map((layer) => `h.${layer}.attn.c_attn.weight`),
    );
    const file = await openSafetensors(join(peft, adapterFiles.weights));
    const name = "base_model.model.transformer.h.1.attn.c_attn";
    const [a, b] = [await readTensor(file, `${name}.lora_A.weight`), await readTensor(file, `${name}.lora_B.weight`)];
    const merged = await parameterValues(model, "h.1.attn.c_attn.weight"); // [32, 96]
    const before = await parameterValues(await openModelFolder(fixture), "h.1.attn.c_attn.weight");
    for (const [row, column] of [
      [0, 0],
      [5, 70],
      [31, 95],
    ] as const) {
      let sum = 0;
      for (let rank = 0; rank < 4; rank++) sum += (a[rank * 32 + row] ?? 0) * (b[column * 4 + rank] ?? 0);
      const expected = (before[row * 96 + column] ?? 0) + 2 * sum;
      assert.ok(Math.abs((merged[row * 96 + column] ?? 0) - expected) < 1e-6, `${row}, ${column}`);
    }
  });

  it("asks for the base that it only names", async () => {
    await assert.rejects(openModelFolder(peft), fails("notAModelFolder", "adapter_config.json", "gpt2-tiny"));
  });
});

describe("writeAdapter", () => {
  for (const [config, targets] of families)
    it(`writes an adapter of a ${config.modelType} that is read back, and merged`, () =>
      withFolder(async (folder) => {
        const { base, adapter, values } = await make(folder, config, targets);
        const model = await openModelFolder(adapter);
        assert.deepEqual(model.config, config);
        assert.deepEqual(model.classifier?.labels, ["no", "yes"]);
        assert.deepEqual(model.head.get("score.weight"), await values("score.weight"));
        assert.equal(model.adapter?.deltas.size, 2 * targets.length);
        for (const [name, { a, b, scale }] of model.adapter?.deltas ?? []) {
          const stem = name.slice(0, -".weight".length);
          assert.equal(scale, 2);
          assert.deepEqual(a, await values(`${stem}.lora_A.weight`));
          assert.deepEqual(b, await values(`${stem}.lora_B.weight`));
        }
        const merged = join(folder, "merged");
        await mergeAdapter(adapter, merged);
        const opened = await openModelFolder(merged);
        assert.equal(opened.adapter, null);
        assert.deepEqual(opened.classifier, model.classifier);
        assert.deepEqual(opened.head, model.head);
        for (const name of opened.parameters.keys())
          assert.deepEqual(await parameterValues(opened, name), await parameterValues(model, name), name);
        const { description, tensors } = await describeModelFolder(adapter);
        assert.equal(description.adapterOf, base);
        assert.equal(tensors.length, 4 * targets.length + 1);
      }));

  it("names PEFT's modules and keys", () =>
    withFolder(async (folder) => {
      const [config, targets] = families[2] ?? assert.fail();
      const { adapter } = await make(folder, config, targets);
      const raw = JSON.parse(await readFile(join(adapter, adapterFiles.config), "utf8"));
      assert.deepEqual(raw.target_modules, [
        "attn.attention.q_proj",
        "attn.attention.v_proj",
        "attn.attention.out_proj",
      ]);
      assert.equal(raw.fan_in_fan_out, false);
      assert.deepEqual(raw.modules_to_save, ["score"]);
      const { tensors } = await openSafetensors(join(adapter, adapterFiles.weights));
      assert.ok(tensors.has("base_model.model.transformer.h.1.attn.attention.out_proj.lora_B.weight"));
      assert.ok(tensors.has("base_model.model.score.weight"));
    }));

  it("keeps an embedding with new rows", () =>
    withFolder(async (folder) => {
      const [config] = families[0] ?? assert.fail();
      const { base } = await make(folder, config, ["attn.c_attn"]);
      const larger = { ...config, vocabSize: 43 };
      const sha256 = await modelHash(base, { signal: new AbortController().signal, memory: null });
      const info: ClassifierInfo = {
        task: "classification",
        labels: ["no", "yes"],
        special: { start: 40, delimiter: 41, extract: 42 },
        maxLength: 32,
        headBias: false,
        base: { name: "base", folder: base, sha256 },
      };
      const table = Float32Array.from({ length: 43 * 8 }, (_, i) => i);
      const values = async (name: string) => {
        if (name === "wte.weight") return table;
        return new Float32Array(name === "score.weight" ? 16 : name.includes("lora_A") ? 8 : 24);
      };
      const method = { kind: "lora", r: 1, loraAlpha: 1, loraDropout: 0, targetModules: ["attn.c_attn"] } as const;
      const target = join(folder, "new");
      await writeAdapter(target, { config: larger, method, values, info, tokenizerFiles: [], embedding: true });
      const model = await openModelFolder(target);
      assert.equal(model.config.vocabSize, 43);
      assert.deepEqual(await parameterValues(model, "wte.weight"), table);
      await writeAdapter(`${target}2`, { config: larger, method, values, info, tokenizerFiles: [] });
      await assert.rejects(openModelFolder(`${target}2`), fails("notAModelFolder", "wte.weight", "43"));
    }));

  it("leaves a folder that is there alone", () =>
    withFolder(async (folder) => {
      const [config] = families[0] ?? assert.fail();
      const { adapter, values } = await make(folder, config, ["attn.c_attn"]);
      const before = await readdir(folder);
      const model = await openModelFolder(adapter);
      const method = { kind: "lora", r: 3, loraAlpha: 6, loraDropout: 0, targetModules: ["attn.c_attn"] } as const;
      const again = { config, method, values, info: model.classifier ?? assert.fail(), tokenizerFiles: [] };
      await assert.rejects(writeAdapter(adapter, again), fails("storeFailed", adapter));
      assert.deepEqual(await readdir(folder), before);
    }));
});

describe("mergeIntoStore", () => {
  const [config] = families[0] ?? assert.fail();

  it("makes a model of the store, which says where it is from and goes when it is deleted", () =>
    withFolder(async (folder) => {
      const { adapter } = await make(folder, config, ["attn.c_attn"]);
      const store = join(folder, "store");
      const steps: number[] = [];
      const onProgress = (done: number, total: number) => steps.push(done / total);
      const made = await mergeIntoStore(adapter, { store, name: "Films / merged" }, { onProgress });
      assert.deepEqual(made.origin, { kind: "merged", adapter, base: "base" });
      assert.deepEqual([made.name, made.folder], ["Films / merged", join(store, "Films-merged")]);
      assert.equal(steps.at(-1), 1);
      const [alone, merged] = [join(folder, "alone"), await openModelFolder(made.folder)];
      await mergeAdapter(adapter, alone);
      const expected = await openModelFolder(alone);
      for (const name of merged.parameters.keys())
        assert.deepEqual(await parameterValues(merged, name), await parameterValues(expected, name), name);
      assert.deepEqual(merged.classifier, expected.classifier);
      const again = await mergeIntoStore(adapter, { store, name: "Films / merged" });
      assert.equal(again.id, "Films-merged-2", "a second one has its own folder");
      assert.deepEqual(await listModels(store), [made, again]);
      for (const { id } of [made, again]) await removeModel(store, id);
      assert.deepEqual(await readdir(store), []);
    }));

  it("leaves nothing in the store when it fails or is cancelled", () =>
    withFolder(async (folder) => {
      const { base, adapter } = await make(folder, config, ["attn.c_attn"]);
      const store = join(folder, "store");
      await assert.rejects(mergeIntoStore(base, { store, name: "a" }), fails("invalidRequest", base));
      const work = new AbortController();
      const options = { signal: work.signal, onProgress: () => work.abort() };
      await assert.rejects(mergeIntoStore(adapter, { store, name: "a" }, options), CancelledError);
      assert.deepEqual(await readdir(store), []);
    }));
});

describe("an adapter's folder that is not as it should be", () => {
  const [config] = families[0] ?? assert.fail();

  it("is refused when its base has changed, is elsewhere, or is an adapter", () =>
    withFolder(async (folder) => {
      const { base, adapter } = await make(folder, config, ["attn.c_attn"]);
      await rename(base, `${base}-moved`);
      await assert.rejects(openModelFolder(adapter), fails("notAModelFolder", base, "adapter_config.json"));
      const found = await openModelFolder(adapter, { base: `${base}-moved` });
      assert.equal(found.name, "adapter");
      await cp(`${base}-moved`, base, { recursive: true });
      const raw = JSON.parse(await readFile(join(base, "config.json"), "utf8"));
      await writeFile(join(base, "config.json"), JSON.stringify({ ...raw, layer_norm_epsilon: 0.01 }));
      await assert.rejects(openModelFolder(adapter), fails("notAModelFolder", base));
      await assert.rejects(openModelFolder(adapter, { base: adapter }), fails("notAModelFolder", "adapter"));
    }));

  it("is refused, naming the key, when it is another kind of adapter", () =>
    withFolder(async (folder) => {
      const { adapter } = await make(folder, config, ["attn.c_attn"]);
      const file = join(adapter, adapterFiles.config);
      const raw = JSON.parse(await readFile(file, "utf8"));
      const change = (keys: object) => writeFile(file, JSON.stringify({ ...raw, ...keys }));
      const wrong: readonly (readonly [object, "invalidConfig" | "unsupportedModel", string])[] = [
        [{ peft_type: "IA3" }, "invalidConfig", "peft_type"],
        [{ r: 0 }, "invalidConfig", "r"],
        [{ r: 1e9 }, "invalidConfig", "r"],
        [{ lora_alpha: "2" }, "invalidConfig", "lora_alpha"],
        [{ bias: "all" }, "invalidConfig", "bias"],
        [{ use_dora: true }, "unsupportedModel", "use_dora"],
        [{ rank_pattern: { c_attn: 2 } }, "unsupportedModel", "rank_pattern"],
      ];
      for (const [keys, code, key] of wrong) {
        await change(keys);
        await assert.rejects(openModelFolder(adapter), fails(code, file, key));
      }
      await change({ r: 4 });
      await assert.rejects(openModelFolder(adapter), fails("tensorShape", "lora_A.weight", "[4, 8]"));
      await writeFile(file, "{");
      await assert.rejects(openModelFolder(adapter), fails("invalidConfig", file));
    }));

  it("is refused when a tensor is missing, or nobody's", () =>
    withFolder(async (folder) => {
      const { adapter } = await make(folder, config, ["attn.c_attn"]);
      const path = join(adapter, adapterFiles.weights);
      const file = await openSafetensors(path);
      const tensors: TensorToWrite[] = [];
      for (const { name, shape } of file.tensors.values()) {
        const data = await readTensor(file, name);
        tensors.push({
          name,
          dtype: "F32" as const,
          shape,
          bytes: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
        });
      }
      const without = (part: string) => tensors.filter(({ name }) => !name.includes(part));
      await writeSafetensors(path, without("score"));
      await assert.rejects(openModelFolder(adapter), fails("tensorMissing", "score.weight"));
      await writeSafetensors(path, without("h.1.attn.c_attn.lora_B"));
      await assert.rejects(openModelFolder(adapter), fails("tensorMissing", "h.1.attn.c_attn.lora_B.weight"));
      await writeSafetensors(path, without("lora"));
      await assert.rejects(openModelFolder(adapter), fails("invalidCheckpoint", path));
      const strange = {
        name: "base_model.model.other",
        dtype: "F32" as const,
        shape: [1],
        bytes: () => [new Uint8Array(4)],
      };
      await writeSafetensors(path, [...tensors, strange]);
      await assert.rejects(openModelFolder(adapter), fails("invalidCheckpoint", path, "base_model.model.other"));
    }));

  it("is never followed to another machine", () =>
    withFolder(async (folder) => {
      await cp(peft, join(folder, "a"), { recursive: true });
      const file = join(folder, "a", adapterFiles.config);
      const raw = JSON.parse(await readFile(file, "utf8"));
      for (const path of ["\\\\host\\share\\model", "//host/share/model"]) {
        await writeFile(file, JSON.stringify({ ...raw, base_model_name_or_path: path }));
        await assert.rejects(openModelFolder(join(folder, "a")), fails("notAModelFolder", path));
      }
    }));
});
