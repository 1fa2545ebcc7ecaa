import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { type DownloadContext, downloadModel, listDownload } from "../../../../src/runtime/checkpoint/hubDownload";
import { listModels } from "../../../../src/runtime/checkpoint/modelStore";
import { CancelledError } from "../../../../src/runtime/errors";
import { close, commit, type FakeHub, listen, startHub, tinyFiles } from "./fakeHub";
import { fails, fixture, withFolder } from "./support";

const context = (): DownloadContext => ({ signal: new AbortController().signal });
const partFolder = (store: string) => join(store, ".downloads", `someone--tiny--${commit}`);
const visible = (store: string) =>
  existsSync(store) ? readdirSync(store).filter((name) => !name.startsWith(".")) : [];

describe("downloads from a hub", function () {
  this.timeout(120_000);
  let hub: FakeHub;

  beforeEach(async () => {
    hub = await startHub();
  });
  afterEach(() => hub.close());

  it("lists what would be fetched, with sizes and the commit, and downloads nothing", async () => {
    await withFolder(async (store) => {
      hub.behaviour.files.set("pytorch_model.bin", Buffer.from("no"));
      hub.behaviour.files.set("flax_model.msgpack", Buffer.from("no"));
      const listing = await listDownload(store, hub.model, context());
      const sizes = [...tinyFiles()].map(([path, content]) => [path, content.length]);
      assert.deepEqual(
        listing.files.map(({ path, size }) => [path, size]),
        sizes,
      );
      assert.equal(listing.commit, commit);
      assert.equal(listing.presentBytes, 0);
      assert.ok(listing.freeBytes > 0);
      assert.ok(hub.requests.every(({ url }) => url.startsWith("/api/")));
    });
  });

  it("downloads, checks, and puts the model into the store with where it came from", async () => {
    await withFolder(async (store) => {
      const stages: string[] = [];
      const onProgress = (stage: string, done: number, total: number) => stages.push(`${stage} ${done}/${total}`);
      const model = await downloadModel(store, hub.model, { ...context(), onProgress });
      assert.deepEqual([model.id, model.name, model.state.kind], ["someone--tiny", "someone/tiny", "ready"]);
      assert.deepEqual(model.origin, {
        kind: "hub",
        endpoint: hub.model.endpoint,
        repo: "someone/tiny",
        revision: commit,
      });
      for (const [name, content] of tinyFiles()) assert.deepEqual(readFileSync(join(model.folder, name)), content);
      assert.deepEqual(
        (await listModels(store)).map(({ id }) => id),
        ["someone--tiny"],
      );
      assert.equal(stages.at(-1), "checking 1/1");
      assert.deepEqual(readdirSync(join(store, ".downloads")), []);
    });
  });

  it("goes on after cut connections, asking only for what is missing", async () => {
    await withFolder(async (store) => {
      const part = join(partFolder(store), "model.safetensors.part");
      hub.behaviour.cuts = 3;
      hub.behaviour.arrived = () =>
        existsSync(part) && statSync(part).size === (3 - hub.behaviour.cuts) * hub.behaviour.cutAfter;
      await downloadModel(store, hub.model, context());
      const ranges = hub.requests.filter(({ url }) => url.endsWith("model.safetensors")).map(({ range }) => range);
      assert.equal(ranges.length, 4);
      assert.deepEqual(ranges.slice(0, 2), ["", "bytes=20000-"]);
    });
  });

  it("gives up after some tries that bring nothing, and keeps what is there", async () => {
    await withFolder(async (store) => {
      hub.behaviour.cuts = 1;
      const server = hub;
      const running = downloadModel(store, server.model, context());
      await until(() => server.behaviour.cuts === 0);
      await server.close();
      await assert.rejects(running, fails("hubFailed", server.model.endpoint, "could not be reached"));
      assert.ok(readdirSync(partFolder(store)).includes("model.safetensors.part"));
      assert.deepEqual(visible(store), []);
    });
  });

  it("is cancelled at once, keeps what is there, and goes on from there", async () => {
    await withFolder(async (store) => {
      let open = () => undefined as undefined;
      hub.behaviour.gate = new Promise((done) => {
        open = () => void done() as undefined;
      });
      const controller = new AbortController();
      const part = join(partFolder(store), "model.safetensors.part");
      const running = downloadModel(store, hub.model, { signal: controller.signal });
      await until(() => existsSync(part) && readFileSync(part).length === hub.behaviour.cutAfter);
      // The rest never comes while the gate is closed: what waited for it would wait for ever.
      controller.abort();
      await assert.rejects(running, CancelledError);
      assert.deepEqual(visible(store), []);
      hub.behaviour.gate = null;
      open();
      assert.equal((await listDownload(store, hub.model, context())).presentBytes > hub.behaviour.cutAfter, true);
      const earlier = hub.requests.length;
      await downloadModel(store, hub.model, context());
      const again = hub.requests.slice(earlier).filter(({ url }) => url.includes("/resolve/"));
      assert.deepEqual(
        again.map(({ range }) => range),
        [`bytes=${hub.behaviour.cutAfter}-`],
      );
    });
  });

  it("begins anew when the hub does not take ranges", async () => {
    await withFolder(async (store) => {
      hub.behaviour.cuts = 1;
      hub.behaviour.ignoreRanges = true;
      const { folder } = await downloadModel(store, hub.model, context());
      assert.deepEqual(readFileSync(join(folder, "model.safetensors")), tinyFiles().get("model.safetensors"));
    });
  });

  it("deletes a file whose hash is wrong, and names both", async () => {
    await withFolder(async (store) => {
      const wrong = "ab".repeat(32);
      hub.behaviour.wrongHash = wrong;
      await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", "model.safetensors", wrong));
      assert.ok(!readdirSync(partFolder(store)).some((name) => name.startsWith("model.safetensors")));
      assert.deepEqual(visible(store), []);
      hub.behaviour.wrongHash = null;
      assert.equal((await downloadModel(store, hub.model, context())).state.kind, "ready");
    });
  });

  it("follows redirects, and shows the token to the hub alone", async () => {
    const seen: string[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization ?? "");
      const name = (request.url ?? "").split("/").at(-1) ?? "";
      response.end(tinyFiles().get(name));
    });
    const origin = await listen(elsewhere);
    try {
      await withFolder(async (store) => {
        hub.behaviour.redirect = (path) => (path === "config.json" ? `/moved/main/${path}` : `${origin}/cdn/${path}`);
        const model = await downloadModel(store, { ...hub.model, token: "secret" }, context());
        assert.equal(model.state.kind, "ready");
        assert.ok(hub.requests.every(({ authorization }) => authorization === "Bearer secret"));
        assert.deepEqual(seen, [""]);
        assert.ok(!readFileSync(join(model.folder, "gpt-workbench.json"), "utf8").includes("secret"));
      });
    } finally {
      await close(elsewhere);
    }
  });

  it("follows no redirect without end, and none to an unencrypted place", async () => {
    await withFolder(async (store) => {
      hub.behaviour.redirect = (path) => `/someone/tiny/resolve/main/${path}`;
      await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", "redirects more than"));
      hub.behaviour.redirect = (path) => `http://example.com/${path}`;
      await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", "unencrypted"));
    });
  });

  for (const [status, word] of [
    [401, "does not let us read"],
    [403, "does not let us read"],
    [404, "has no model someone/tiny"],
    [429, "too many"],
    [500, "status 500"],
  ] as const) {
    it(`says what status ${status} means`, async () => {
      await withFolder(async (store) => {
        hub.behaviour.status = status;
        await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", hub.model.endpoint, word));
        assert.deepEqual(visible(store), []);
      });
    });
  }

  it("takes no name that leads elsewhere, and no file that it does not know", async () => {
    await withFolder(async (store) => {
      for (const path of [
        "../evil.safetensors",
        "/etc/x-1-of-2.safetensors",
        "a/vocab.json",
        "model\\x.safetensors",
        "con.py",
      ])
        hub.behaviour.files.set(path, Buffer.from("x"));
      const { folder } = await downloadModel(store, hub.model, context());
      assert.deepEqual(readdirSync(folder).sort(), ["config.json", "gpt-workbench.json", "model.safetensors"]);
      for (const repo of ["../x", "a/b/c", "", "a/..", "a b"])
        await assert.rejects(downloadModel(store, { ...hub.model, repo }, context()), fails("hubFailed"));
      const revision = "../../other";
      await assert.rejects(downloadModel(store, { ...hub.model, revision }, context()), fails("hubFailed", "revision"));
    });
  });

  it("says why a repository is no model: pickles, no weights, no config", async () => {
    await withFolder(async (store) => {
      hub.behaviour.files.delete("model.safetensors");
      await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", "no weights as safetensors"));
      hub.behaviour.files.set("pytorch_model.bin", Buffer.from("x"));
      await assert.rejects(downloadModel(store, hub.model, context()), fails("unsupportedModel", "pickle"));
      hub.behaviour.files.delete("config.json");
      await assert.rejects(downloadModel(store, hub.model, context()), fails("hubFailed", "config.json"));
    });
  });

  it("keeps a model that could not be loaded out of the store, and says why", async () => {
    await withFolder(async (store) => {
      hub.behaviour.files.set("config.json", Buffer.from('{"model_type":"llama"}'));
      await assert.rejects(downloadModel(store, hub.model, context()), fails("unsupportedModel", "llama"));
      assert.deepEqual(visible(store), []);
    });
  });

  it("asks for room on the disk first", async () => {
    await withFolder(async (store) => {
      const small = { ...context(), freeBytes: async () => 1000 };
      await assert.rejects(downloadModel(store, hub.model, small), fails("notEnoughSpace", store));
      assert.ok(!hub.requests.some(({ url }) => url.includes("/resolve/")));
    });
  });

  it("refuses a second download of the same model meanwhile", async () => {
    await withFolder(async (store) => {
      let open: () => void = () => undefined;
      hub.behaviour.gate = new Promise((done) => {
        open = done;
      });
      const first = downloadModel(store, hub.model, context());
      await until(() => existsSync(join(partFolder(store), "model.safetensors.part")));
      await assert.rejects(downloadModel(store, hub.model, context()), fails("storeFailed", "already"));
      open();
      assert.equal((await first).state.kind, "ready");
    });
  });

  it("downloads shards, and takes only encrypted or local endpoints", async () => {
    await withFolder(async (store) => {
      const weights = tinyFiles().get("model.safetensors") ?? Buffer.alloc(0);
      const header: Record<string, unknown> = JSON.parse(
        weights.subarray(8, 8 + Number(weights.readBigUInt64LE(0))).toString(),
      );
      const names = Object.keys(header).filter((name) => name !== "__metadata__");
      const shard = "model-00001-of-00001.safetensors";
      hub.behaviour.files.delete("model.safetensors");
      hub.behaviour.files.set(shard, weights);
      const index = { weight_map: Object.fromEntries(names.map((name) => [name, shard])) };
      hub.behaviour.files.set("model.safetensors.index.json", Buffer.from(JSON.stringify(index)));
      assert.equal((await downloadModel(store, hub.model, context())).state.kind, "ready");
      for (const endpoint of ["http://example.com", "ftp://127.0.0.1", "nonsense"])
        await assert.rejects(downloadModel(store, { ...hub.model, endpoint }, context()), fails("hubFailed", endpoint));
    });
  });

  it("takes over what a former version left, and leaves the rest", async () => {
    await withFolder(async (store) => {
      await mkdir(partFolder(store), { recursive: true });
      await writeFile(
        join(partFolder(store), "model.safetensors.part"),
        readFileSync(fixture("gpt2-tiny/model.safetensors")).subarray(0, 777),
      );
      await writeFile(join(partFolder(store), "stray.tmp"), "x");
      const { folder } = await downloadModel(store, hub.model, context());
      assert.ok(!existsSync(join(folder, "stray.tmp")));
      assert.ok(hub.requests.some(({ range }) => range === "bytes=777-"));
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(condition(), "waited for nothing");
}
