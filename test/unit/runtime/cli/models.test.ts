/** `gptw models …`, in this process, with a hub on loopback. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FakeHub, startHub } from "../checkpoint/fakeHub";
import { fixture, root, withFolder } from "../checkpoint/support";
import { gptw } from "./fakeTerminal";

const starter = join(root, "media/models/starter");

describe("gptw models", function () {
  this.timeout(240_000);
  let hub: FakeHub;

  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());

  it("adds, lists, uses and removes a model", async () => {
    await withFolder(async (store) => {
      const at = ["--store", store];
      assert.deepEqual(await gptw(["models", "add", ...at, starter]), { code: 0, out: "starter\n", err: "" });
      const listed = await gptw(["models", "list", ...at]);
      assert.match(listed.out, /^ID +FAMILY/);
      assert.match(listed.out, /starter +gpt2 +3\.5M +F32/);
      const json: unknown = JSON.parse((await gptw(["models", "list", "--json", ...at])).out);
      assert.ok(Array.isArray(json) && json.length === 1);
      const args = [
        "--model",
        "starter",
        ...at,
        "--device",
        "cpu",
        "--max-new-tokens",
        "2",
        "--temperature",
        "0",
        "one",
      ];
      assert.equal((await gptw(["generate", ...args])).code, 0);
      assert.equal((await gptw(["models", "remove", ...at, "starter"])).code, 0);
      assert.deepEqual(readdirSync(store), []);
      const gone = await gptw(["models", "remove", ...at, "starter"]);
      assert.equal(gone.code, 1);
      assert.ok(gone.err.includes('has no model "starter"'), gone.err);
    });
  });

  it("tells everything of a model, by folder and by id, in words and as JSON", async () => {
    const { code, out } = await gptw(["models", "info", fixture("gpt-neo-tiny")]);
    assert.equal(code, 0);
    for (const word of [
      "gpt_neo",
      "64 tokens",
      "2 × (dense, banded(7))",
      "transformer.h.0.attn.attention.k_proj.weight",
      "[48, 48]",
      "memory on webgpu",
    ])
      assert.ok(out.includes(word), `${word} in ${out}`);
    const details: { tensors: unknown[] } = JSON.parse((await gptw(["models", "info", "--json", starter])).out);
    assert.equal(details.tensors.length, 52);
  });

  it("downloads a model: the files first, then progress, then its id", async () => {
    await withFolder(async (store) => {
      const token = join(store, "token");
      await writeFile(token, "secret\n");
      const at = ["--store", store, "--endpoint", hub.model.endpoint, "--token-file", token];
      const { code, out, err } = await gptw(["models", "download", ...at, "someone/tiny"]);
      assert.equal(code, 0, err);
      assert.equal(out, "someone--tiny\n");
      assert.match(err, /model\.safetensors +\d+ kB/);
      assert.match(err, /total/);
      assert.ok(!err.includes("secret") && hub.requests.at(-1)?.authorization === "Bearer secret");
      assert.ok(existsSync(join(store, "someone--tiny", "config.json")));
    });
  });

  it("ends with 130 when it is interrupted, and with 1 and the reason when it fails", async () => {
    await withFolder(async (store) => {
      const at = ["--store", store, "--endpoint", hub.model.endpoint];
      const interrupted = await gptw(["models", "download", ...at, "someone/tiny"], { signal: AbortSignal.abort() });
      assert.equal(interrupted.code, 130);
      const { code, err } = await gptw(["models", "download", ...at, "someone/else"]);
      assert.equal(code, 1);
      assert.ok(err.includes("someone/else"), err);
    });
  });

  for (const args of [[], ["paint"], ["add"], ["list", "x"], ["info"], ["remove", "a", "b"], ["toString"]]) {
    it(`says what is wrong with: models ${args.join(" ")}`, async () => {
      const { code, err } = await gptw(["models", ...args]);
      assert.equal(code, 2);
      assert.ok(err.includes("gptw models --help"), err);
    });
  }
});
