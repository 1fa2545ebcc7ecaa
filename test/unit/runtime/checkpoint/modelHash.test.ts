import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelHash } from "../../../../src/runtime/checkpoint/modelHash";
import { CancelledError } from "../../../../src/runtime/errors";
import { fixture } from "./support";

const options = { signal: new AbortController().signal, memory: null };

describe("the hash of a model", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hash-"));
    await cp(fixture("gpt2-tiny"), folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is the same for a copy in another folder", async () => {
    const hash = await modelHash(folder, options);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(hash, await modelHash(fixture("gpt2-tiny"), options));
  });

  it("changes with configuration, tokenizer and weights, not with other files", async () => {
    const hash = await modelHash(folder, options);
    await writeFile(join(folder, "README.md"), "another one");
    assert.equal(await modelHash(folder, options), hash);
    const seen = new Set([hash]);
    await appendFile(join(folder, "config.json"), "\n");
    seen.add(await modelHash(folder, options));
    await appendFile(join(folder, "merges.txt"), "\n");
    seen.add(await modelHash(folder, options));
    const weights = await readFile(join(folder, "model.safetensors"));
    weights[weights.length - 1] = (weights.at(-1) ?? 0) ^ 1;
    await writeFile(join(folder, "model.safetensors"), weights);
    await utimes(join(folder, "model.safetensors"), 1, 1);
    seen.add(await modelHash(folder, options));
    assert.equal(seen.size, 4);
  });

  it("is remembered on disk, and what is there is not believed when it is no hash", async () => {
    const memory = join(folder, "hashes.json");
    const hash = await modelHash(folder, { ...options, memory });
    assert.ok((await readFile(memory, "utf8")).includes("model.safetensors"));
    await writeFile(memory, '{"x": "no hash"}');
    assert.equal(await modelHash(folder, { ...options, memory }), hash);
  });

  it("can be cancelled", async () => {
    await utimes(join(folder, "model.safetensors"), 5, 5);
    await assert.rejects(modelHash(folder, { signal: AbortSignal.abort(), memory: null }), CancelledError);
  });
});
