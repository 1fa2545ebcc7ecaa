import assert from "node:assert/strict";
import { resolve } from "node:path";
import { baseFolder, dataFile } from "../../../../src/extension/comparison/dataPlaces";
import { record } from "./support";

const hash = "a".repeat(64);
const names = ["data.jsonl", "../shared/data.jsonl", "../../outside.jsonl", "/etc/passwd", "."];
const read = {
  params: { ...record.params, source: { path: "/projects/space/comparisons/reviews.compare.yaml" } },
  data: Object.fromEntries(names.map((name) => [name, hash])),
};

describe("lines of a comparison's data", () => {
  it("lie in files that it read, below the workspace folder or else beside it", () => {
    assert.equal(baseFolder(read), "/projects/space/comparisons");
    const beside = resolve("/projects/space/comparisons/data.jsonl");
    assert.equal(dataFile(read, "data.jsonl", "/projects/space"), beside);
    assert.equal(dataFile(read, "data.jsonl", undefined), beside);
    const shared = resolve("/projects/space/shared/data.jsonl");
    assert.equal(dataFile(read, "../shared/data.jsonl", "/projects/space"), shared);
  });

  it("lie nowhere else, whatever a record says", () => {
    const refused = (name: string, root?: string) =>
      assert.throws(() => dataFile(read, name, root), /no data file/, name);
    refused("../shared/data.jsonl");
    refused("other.jsonl", "/projects/space");
    refused("toString", "/projects/space");
    for (const name of ["../../outside.jsonl", "/etc/passwd"]) refused(name, "/projects/space");
    refused(".", undefined);
  });
});
