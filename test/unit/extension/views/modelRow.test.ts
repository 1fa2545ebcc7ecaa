import assert from "node:assert/strict";
import type { ListedModel } from "../../../../src/extension/modelStore";
import type { ModelState } from "../../../../src/extension/states";
import { detailRows, type ModelRowInput, modelRow } from "../../../../src/extension/views/modelRow";
import { tensorMissing } from "../../../../src/runtime/errors";
import { description, downloaded, gpt2, memoryNeeds, starter } from "../models";
import { modelInfo } from "../support";

const none: ModelState = { kind: "none" };
const memory = { total: 8e9, free: 4.1e9 };
const loaded = (folder: string): ModelState => ({ kind: "loaded", info: { ...modelInfo, folder } });

function row(model: ListedModel, changes: Partial<ModelRowInput> = {}) {
  return modelRow({ model, state: none, selected: { folder: "/other", device: "auto" }, memory, ...changes });
}

function needing(total: number): ListedModel {
  return {
    ...gpt2,
    state: {
      kind: "ready",
      description: { ...description, memory: memoryNeeds(total, total / 2) },
    },
  };
}

function stored(precision: typeof description.precision): ListedModel {
  return { ...gpt2, state: { kind: "ready", description: { ...description, precision } } };
}

const error = tensorMissing("/models/gpt2/model.safetensors", "wte.weight").toInfo();
const broken: ListedModel = { ...gpt2, state: { kind: "broken", error } };

describe("modelRow", () => {
  it("says family, size, precision and fit", () => {
    const { label, description: text, icon, spoken } = row(gpt2);
    assert.equal(label, "gpt2");
    assert.equal(text, "GPT-2 · 124M · F32 · fits");
    assert.deepEqual(icon, { id: "circle-outline" });
    assert.equal(spoken, "gpt2, GPT-2, 124M, F32, fits");
  });

  it("says what a fine-tuned model classifies, and whose adapter it is", () => {
    const classifier = { task: "classification", labels: ["negative", "positive"] } as const;
    const adapted = { ...description, classifier, adapterOf: "/models/base" };
    const rows = detailRows({ ...gpt2, state: { kind: "ready", description: adapted } });
    const shownAt = (key: string) => rows.find((one) => one.key === key)?.value;
    assert.deepEqual([shownAt("classifier"), shownAt("adapter")], ["negative, positive", "/models/base"]);
    assert.ok(!detailRows(gpt2).some(({ key }) => key === "classifier" || key === "adapter"));
  });

  it("knows the families by their names, and how weights are stored", () => {
    const family = (modelType: string) =>
      row({ ...gpt2, state: { kind: "ready", description: { ...description, modelType } } }).description.split(
        " · ",
      )[0];
    assert.deepEqual(["openai-gpt", "gpt2", "gpt3", "gpt_neo", "toString"].map(family), [
      "GPT-1",
      "GPT-2",
      "GPT-3",
      "GPT-Neo",
      "toString",
    ]);
    const words = (["F32", "F16", "BF16", "Q8", "Q4", "mixed"] as const).map(
      (precision) => row(stored(precision)).description.split(" · ")[2],
    );
    assert.deepEqual(words, ["F32", "F16", "BF16", "8-bit", "4-bit", "mixed precision"]);
  });

  it("compares the need with free memory, then with all memory", () => {
    assert.match(row(needing(4.1e9)).description, / · fits$/);
    assert.match(row(needing(6.2e9)).description, / · needs 6\.2 GB, this machine has 4\.1 GB free$/);
    assert.match(row(needing(12.3e9)).description, / · needs 12 GB, this machine has 8\.0 GB in all$/);
  });

  it("does not trust what is free where the system counts caches as used", () => {
    assert.match(row(needing(6.2e9), { memory: { total: 8e9, free: null } }).description, / · fits$/);
  });

  it("promises nothing of a graphics card", () => {
    const selected = { folder: "/other", device: "webgpu" } as const;
    assert.match(row(needing(12e9), { selected }).description, / · needs 6\.0 GB of graphics memory$/);
    const state: ModelState = { kind: "loaded", info: { ...modelInfo, folder: "/other", device: "webgpu" } };
    assert.match(row(needing(12e9), { state }).description, /graphics memory$/, "auto: the device in use");
    assert.match(row(needing(6.2e9), { selected: null }).description, /4\.1 GB free$/, "no settings: the processor");
  });

  it("shows which one is loaded, and lets it be unloaded", () => {
    const { description: text, icon, contextValue } = row(gpt2, { state: loaded("/models/gpt2/") });
    assert.equal(text, "GPT-2 · 124M · F32 · loaded on cpu");
    assert.deepEqual(icon, { id: "pass-filled", color: "testing.iconPassed" });
    assert.equal(contextValue, "model unloadable quantizable deletable");
    assert.match(row(starter, { state: loaded("/models/gpt2") }).description, /fits$/, "the others are not");
  });

  it("shows which one is loading, selected, or could not be loaded", () => {
    const loading = row(gpt2, { state: { kind: "loading", folder: "/models/gpt2" } });
    assert.equal(loading.icon.id, "loading~spin");
    assert.doesNotMatch(loading.contextValue, /loadable/);
    const selected = row(gpt2, { selected: { folder: "/models/gpt2", device: "cpu" } });
    assert.deepEqual(selected.icon, { id: "circle-filled" });
    assert.match(selected.spoken, /, selected$/);
    const failed = row(gpt2, { state: { kind: "failed", folder: "/models/gpt2", error } });
    assert.equal(failed.icon.color, "list.errorForeground");
    assert.match(failed.contextValue, /\bloadable\b/, "it may be tried again");
    assert.ok(failed.tooltip[0]?.value.includes("wte.weight"));
  });

  it("shows what is wrong with one that cannot be read, and how to mend it", () => {
    const { description: text, icon, contextValue, tooltip } = row(broken);
    assert.equal(text, "cannot be read");
    assert.deepEqual(icon, { id: "error", color: "list.errorForeground" });
    assert.equal(contextValue, "model deletable");
    assert.equal(tooltip[0]?.value, `${error.message} ${error.hint}`);
    assert.deepEqual(
      detailRows(broken).map(({ key }) => key),
      ["problem", "remedy", "origin", "folder"],
    );
  });

  it("offers what can be done, by words for the menus", () => {
    assert.equal(row(gpt2).contextValue, "model loadable quantizable deletable");
    assert.equal(row(downloaded).contextValue, "model loadable quantizable deletable");
    assert.equal(row(starter).contextValue, "model loadable quantizable");
    const named: ListedModel = { ...gpt2, origin: { kind: "setting" } };
    assert.equal(row(named).contextValue, "model loadable quantizable addable");
    assert.equal(row({ ...broken, origin: { kind: "setting" } }).contextValue, "model");
    assert.equal(row(stored("Q4")).contextValue, "model loadable deletable");
    assert.equal(row(stored("Q8")).contextValue, "model loadable deletable");
  });

  it("makes everything in a name visible", () => {
    const trick = { ...gpt2, name: "safe\u202Ename\nsecond line" };
    assert.equal(row(trick).label, "safe\uFFFDname\uFFFDsecond line");
  });
});

describe("detailRows", () => {
  const values = (model: ListedModel) => Object.fromEntries(detailRows(model).map(({ key, value }) => [key, value]));

  it("tells architecture, attention, context, vocabulary, weights, memory, origin and folder", () => {
    assert.deepEqual(values(gpt2), {
      architecture: "GPT-2, 12 layers, 12 heads, width 768",
      attention: "dense",
      context: "1024 tokens",
      vocabulary: "50257 tokens",
      weights: "124M parameters, F32, 548 MB on disk",
      memory: "800 MB on cpu, 640 MB on webgpu",
      origin: "a folder of yours, used where it is",
      folder: "/models/gpt2",
    });
  });

  it("tells every origin", () => {
    assert.equal(values(starter).origin, "ships with the extension");
    const named = values({ ...gpt2, origin: { kind: "setting" } });
    assert.equal(named.origin, "named by the setting “gptWorkbench.model” alone");
    assert.equal(values(downloaded).origin, "openai-community/gpt2 at commit 607a30d783, from https://hub.example");
    const origin = { kind: "quantized", source: "gpt2", sourceSha256: "00", bits: 4, blockSize: 128 } as const;
    assert.equal(values({ ...gpt2, origin }).origin, "gpt2, quantized to 4 bits in blocks of 128");
    const merged = { kind: "merged", adapter: "/runs/1/model", base: "gpt2" } as const;
    assert.equal(values({ ...gpt2, origin: merged }).origin, "the adapter in /runs/1/model, merged into gpt2");
  });

  it("names each attention pattern once, and a missing tokenizer", () => {
    const attention = ["dense", "banded(256)", "dense", "banded(256)"];
    const sparse = {
      ...gpt2,
      state: { kind: "ready", description: { ...description, attention, hasTokenizer: false } },
    };
    const found = values(sparse as ListedModel);
    assert.equal(found.attention, "dense, banded(256)");
    assert.equal(found.vocabulary, "50257 tokens, without a tokenizer");
  });
});
