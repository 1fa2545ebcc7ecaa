import assert from "node:assert/strict";
import { notAModelFolder, storeFailed } from "../../../src/runtime/errors";
import { description, downloaded, fakeWorkbench, gpt2 } from "./models";

const details = { folder: "/ext/starter", description, tensors: [] };

/** The starter is selected. */
const scope = { store: "/store", selected: "/ext/starter" };

function count(asked: readonly { readonly method: string }[], method: string): number {
  return asked.filter((one) => one.method === method).length;
}

describe("modelStore", () => {
  it("lists the starter first, then the store by name", async () => {
    const { workbench } = fakeWorkbench({ "model/details": details, "models/list": [downloaded, gpt2] });
    const { models, error } = await workbench.modelStore.list(scope);
    assert.deepEqual(
      models.map(({ name }) => name),
      ["starter", "gpt2", "openai-community/gpt2"],
    );
    assert.equal(error, null);
    assert.deepEqual(models[0]?.origin, { kind: "starter" });
  });

  it("lists the folder that only the setting names by its name, readable or not, and only then", async () => {
    const error = notAModelFolder("/mine/hello", "config.json");
    const describe = ({ folder }: Record<string, unknown>) => {
      if (folder === "/mine/hello") throw error;
      return details;
    };
    const { workbench } = fakeWorkbench({ "model/details": describe, "models/list": [gpt2, downloaded] });
    const names = async (selected: string) =>
      (await workbench.modelStore.list({ ...scope, selected })).models.map(({ name }) => name);
    assert.deepEqual(await names("/mine/hello"), ["starter", "gpt2", "hello", "openai-community/gpt2"]);
    const { models } = await workbench.modelStore.list({ ...scope, selected: "/mine/hello" });
    assert.deepEqual(models[2]?.origin, { kind: "setting" });
    assert.deepEqual(models[2]?.state, { kind: "broken", error: error.toInfo() });
    assert.equal((await names("/models/gpt2/")).length, 3, "it is in the store already");
    assert.equal(new Set(models.map(({ id }) => id)).size, 4);
  });

  it("asks once, until something changes or another store is meant", async () => {
    const { workbench, seen } = fakeWorkbench({ "model/details": details, "models/list": [] });
    const { modelStore } = workbench;
    const [first, second] = await Promise.all([modelStore.list(scope), modelStore.list(scope)]);
    assert.equal(first, second);
    assert.equal(count(seen.asked, "models/list"), 1);
    let changes = 0;
    modelStore.onDidChange(() => changes++);
    modelStore.refresh();
    assert.equal(changes, 1);
    assert.equal(count(seen.asked, "models/list"), 1, "only when somebody wants to know");
    await modelStore.list(scope);
    await modelStore.list({ ...scope, store: "/other" });
    assert.equal(count(seen.asked, "models/list"), 3);
  });

  it("still lists the starter when the store cannot be read, and does not try again unasked", async () => {
    const error = storeFailed("/store", "is damaged");
    const list = () => {
      throw error;
    };
    const { workbench, seen } = fakeWorkbench({ "model/details": details, "models/list": list });
    const listed = await workbench.modelStore.list(scope);
    assert.deepEqual(listed.error, error.toInfo());
    assert.equal(listed.models.length, 1);
    await workbench.modelStore.list(scope);
    assert.equal(count(seen.asked, "models/list"), 1);
  });

  it("lists a starter that is damaged as broken", async () => {
    const error = notAModelFolder("/ext/starter", "config.json");
    const fail = () => {
      throw error;
    };
    const { workbench } = fakeWorkbench({ "model/details": fail, "models/list": [gpt2] });
    const { models } = await workbench.modelStore.list(scope);
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
