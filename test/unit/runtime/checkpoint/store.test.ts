import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { fails, fixture, root, withFolder } from "./support";

const starter = join(root, "media/models/starter");

/** A copy of the gpt2-tiny fixture, to spoil. */
async function withTiny<T>(use: (folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    for (const name of ["config.json", "model.safetensors"]) {
      await cp(join(fixture("gpt2-tiny"), name), join(folder, name));
    }
    return use(folder);
  });
}

describe("openModelFolder", () => {
  it("opens the starter with its tokenizer", async () => {
    const model = await openModelFolder(starter);
    assert.equal(model.name, "starter");
    assert.equal(model.folder, starter);
    assert.equal(model.tokenizer?.vocabSize, 8192);
    assert.equal(model.tokenizer?.endOfTextId, 8191);
    assert.equal(model.parameters.get("wte.weight")?.name, "transformer.wte.weight");
    model.tokenizer?.free();
  });

  it("takes a relative path, with a slash at its end", async () => {
    const model = await openModelFolder(`${fixture("gpt2-tiny")}/../gpt2-tiny/`);
    assert.equal(model.name, "gpt2-tiny");
    assert.equal(model.folder, fixture("gpt2-tiny"));
  });

  it("opens every fixture, without a tokenizer", async () => {
    for (const name of readdirSync(fixture("")).filter((entry) => !entry.includes(".")))
      assert.equal((await openModelFolder(fixture(name))).tokenizer, null);
  });

  it("says what a folder lacks", async () => {
    await assert.rejects(
      openModelFolder("/nowhere/at-all"),
      fails("notAModelFolder", "/nowhere/at-all", "config.json"),
    );
    await assert.rejects(openModelFolder(join(root, "package.json")), fails("notAModelFolder", "config.json"));
    await withTiny(async (folder) => {
      await rm(join(folder, "model.safetensors"));
      await assert.rejects(openModelFolder(folder), fails("notAModelFolder", folder, "model.safetensors"));
    });
  });

  it("will not open a pickle, and says why and what to do", async () => {
    await withTiny(async (folder) => {
      await rm(join(folder, "model.safetensors"));
      await writeFile(join(folder, "pytorch_model.bin"), "");
      await assert.rejects(openModelFolder(folder), fails("unsupportedModel", "pytorch_model.bin", "run any code"));
      await assert.rejects(openModelFolder(folder), { hint: /model\.safetensors/ });
    });
  });

  it("names config.json when it is not JSON, not UTF-8, a folder or huge", async () => {
    await withTiny(async (folder) => {
      const config = join(folder, "config.json");
      for (const content of ["{", "", "{'a': 1}", Buffer.from([0x7b, 0xff, 0x7d]), " ".repeat(4_000_001)]) {
        await writeFile(config, content);
        await assert.rejects(openModelFolder(folder), fails("invalidConfig", config));
      }
      await rm(config);
      await mkdir(config);
      await assert.rejects(openModelFolder(folder), fails("invalidConfig", config, "not a file"));
    });
  });

  it("names both shapes when config and checkpoint do not belong together", async () => {
    await withTiny(async (folder) => {
      await cp(fixture("gpt2-tiny-untied/config.json"), join(folder, "config.json"));
      await assert.rejects(openModelFolder(folder), fails("tensorShape", "wte.weight", "[131, 32]", "[211, 60]"));
    });
  });

  it("refuses a vocabulary larger than the model's", async () => {
    await withTiny(async (folder) => {
      for (const name of ["vocab.json", "merges.txt"]) await cp(join(starter, name), join(folder, name));
      await assert.rejects(openModelFolder(folder), fails("invalidTokenizer", "vocab.json", "131"));
    });
  });
});
