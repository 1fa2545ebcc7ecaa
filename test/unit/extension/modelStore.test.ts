import assert from "node:assert/strict";
import { notAModelFolder, storeFailed } from "../../../src/runtime/errors";
import { description, downloaded, fakeWorkbench, gpt2 } from "./models";

const details = { folder: "/ext/starter", description, tensors: [] };

function count(asked: readonly { readonly method: string }[], method: string): number {
  return asked.filter((one) => one.method === method).length;
}

describe("modelStore", () => {
  it("lists the starter first, then the store by name", async () => {
    const { workbench } = fakeWorkbench({ "model/details": details, "models/list": [downloaded, gpt2] });
    const { models, error } = await workbench.modelStore.list("/store");
    assert.deepEqual(
      models.map(({ name }) => name),
      ["starter", "gpt2", "openai-community/gpt2"],
    );
    assert.equal(error, null);
    assert.deepEqual(models[0]?.origin, { kind: "starter" });
  });

  it("asks once, until something changes or another store is meant", async () => {
    const { workbench, seen } = fakeWorkbench({ "model/details": details, "models/list": [] });
    const { modelStore } = workbench;
    const [first, second] = await Promise.all([modelStore.list("/store"), modelStore.list("/store")]);
    assert.equal(first, second);
    assert.equal(count(seen.asked, "models/list"), 1);
    let changes = 0;
    modelStore.onDidChange(() => changes++);
    modelStore.refresh();
    assert.equal(changes, 1);
    assert.equal(count(seen.asked, "models/list"), 1, "only when somebody wants to know");
    await modelStore.list("/store");
    await modelStore.list("/other");
    assert.equal(count(seen.asked, "models/list"), 3);
  });

  it("still lists the starter when the store cannot be read, and does not try again unasked", async () => {
    const error = storeFailed("/store", "is damaged");
    const list = () => {
      throw error;
    };
    const { workbench, seen } = fakeWorkbench({ "model/details": details, "models/list": list });
    const listed = await workbench.modelStore.list("/store");
    assert.deepEqual(listed.error, error.toInfo());
    assert.equal(listed.models.length, 1);
    await workbench.modelStore.list("/store");
    assert.equal(count(seen.asked, "models/list"), 1);
  });

  it("lists a starter that is damaged as broken", async () => {
    const error = notAModelFolder("/ext/starter", "config.json");
    const fail = () => {
      throw error;
    };
    const { workbench } = fakeWorkbench({ "model/details": fail, "models/list": [gpt2] });
    const { models } = await workbench.modelStore.list("/store");
    assert.deepEqual(models[0]?.state, { kind: "broken", error: error.toInfo() });
    assert.equal(models[1], gpt2);
  });

  it("tells of a change after a failure too: it may have done half", async () => {
    const fail = () => {
      throw storeFailed("/store/b2", "is in use");
    };
    const { workbench } = fakeWorkbench({ "models/remove": fail });
    let changes = 0;
    workbench.modelStore.onDidChange(() => changes++);
    await assert.rejects(workbench.modelStore.remove("/store", "b2"), /in use/);
    assert.equal(changes, 1);
  });
});
