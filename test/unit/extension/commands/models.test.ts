import assert from "node:assert/strict";
import { addModel } from "../../../../src/extension/commands/addModel";
import { deleteModel } from "../../../../src/extension/commands/deleteModel";
import { clearHubToken, readHubToken, setHubToken } from "../../../../src/extension/commands/hubToken";
import { loadModel, unloadModel } from "../../../../src/extension/commands/loadModel";
import { revealModel } from "../../../../src/extension/commands/revealModel";
import { selectModelFolder } from "../../../../src/extension/commands/selectModelFolder";
import type { Resolved } from "../../../../src/extension/settings";
import { CancelledError, notAModelFolder, runtimeExited } from "../../../../src/runtime/errors";
import { downloaded, fakeWorkbench, gpt2, press, resolved, type Seen, starter } from "../models";
import { modelInfo } from "../support";

const invalid: Resolved = { kind: "invalid", problems: ["One is wrong.", "Another too."] };
const methods = ({ asked }: Seen): string[] => asked.map(({ method }) => method);
const selecting = (folder: string): Resolved => ({ ...resolved, model: { folder, device: "auto" } });
const fails = (error: Error) => () => {
  throw error;
};

describe("loadModel", () => {
  it("loads the model now, on the device of the settings, and then selects it", async () => {
    const { workbench, seen } = fakeWorkbench();
    await loadModel(workbench, gpt2);
    assert.deepEqual(seen.asked, [{ method: "model/load", params: { folder: "/models/gpt2", device: "auto" } }]);
    assert.deepEqual(seen.updates, [["model", "/models/gpt2"]]);
    assert.equal(workbench.models.state.kind, "loaded");
  });

  it("selects the starter by the empty setting", async () => {
    const { workbench, seen } = fakeWorkbench({}, {}, selecting("/models/gpt2"));
    await loadModel(workbench, starter);
    assert.deepEqual(seen.updates, [["model", ""]]);
  });

  it("leaves a setting alone that names the model already, be it with a variable", async () => {
    const { workbench, seen } = fakeWorkbench({}, {}, selecting("/models/gpt2"));
    await loadModel(workbench, gpt2);
    assert.deepEqual(seen.updates, []);
  });

  it("keeps the former model when the new one does not load, and says why", async () => {
    const error = notAModelFolder("/models/gpt2", "config.json");
    const { workbench, seen } = fakeWorkbench({ "model/load": fails(error) });
    await loadModel(workbench, gpt2);
    assert.deepEqual(seen.updates, []);
    assert.deepEqual(
      seen.told.map(({ kind, text }) => [kind, text]),
      [["error", `${error.message} ${error.hint}`]],
    );
  });

  it("says nothing when it was cancelled, or when the crash has its own message", async () => {
    for (const error of [new CancelledError(), runtimeExited("signal SIGKILL")]) {
      const { workbench, seen } = fakeWorkbench({ "model/load": fails(error) });
      await loadModel(workbench, gpt2);
      assert.deepEqual([seen.told, seen.updates], [[], []]);
    }
  });

  it("asks for nothing while a setting is wrong", async () => {
    const { workbench, seen } = fakeWorkbench({}, {}, invalid);
    await loadModel(workbench, gpt2);
    assert.deepEqual(methods(seen), []);
    assert.equal(seen.told[0]?.text, "One is wrong. Another too.");
  });

  it("is undone by unloading", async () => {
    const { workbench, seen } = fakeWorkbench();
    await loadModel(workbench, gpt2);
    await unloadModel(workbench);
    assert.deepEqual(methods(seen), ["model/load", "model/unload"]);
    assert.deepEqual(workbench.models.state, { kind: "none" });
  });
});

describe("addModel", () => {
  const folder = { scheme: "file", fsPath: "/models/gpt2" };

  it("adds the chosen folder where it is, and offers to load it", async () => {
    const { workbench, seen } = fakeWorkbench({ "models/add": gpt2 }, { folder });
    let changes = 0;
    workbench.modelStore.onDidChange(() => changes++);
    await addModel(workbench);
    assert.deepEqual(seen.asked, [{ method: "models/add", params: { store: "/store", folder: "/models/gpt2" } }]);
    assert.equal(changes, 1, "the view is told");
    assert.match(seen.told[0]?.text ?? "", /gpt2 was added/);
    await press(seen, "Load");
    assert.deepEqual(methods(seen), ["models/add", "model/load"]);
    assert.deepEqual(seen.updates, [["model", "/models/gpt2"]]);
  });

  it("takes a folder as argument, as selectModelFolder does", async () => {
    const { workbench, seen } = fakeWorkbench({ "models/add": gpt2 });
    await addModel(workbench, folder);
    await selectModelFolder(workbench, folder);
    assert.deepEqual(methods(seen), ["models/add", "model/load"]);
  });

  it("does nothing without a folder, and refuses one that is not on disk", async () => {
    for (const command of [addModel, selectModelFolder]) {
      const dismissed = fakeWorkbench();
      await command(dismissed.workbench);
      assert.deepEqual([methods(dismissed.seen), dismissed.seen.told], [[], []]);
      const virtual = fakeWorkbench({}, { folder: { scheme: "vscode-vfs", fsPath: "/repo" } });
      await command(virtual.workbench);
      assert.deepEqual(methods(virtual.seen), []);
      assert.match(virtual.seen.told[0]?.text ?? "", /must lie in a folder on disk; vscode-vfs:\/repo does not/);
    }
  });

  it("says why a folder is no model", async () => {
    const error = notAModelFolder("/models/gpt2", "config.json");
    const { workbench, seen } = fakeWorkbench({ "models/add": fails(error) }, { folder });
    await addModel(workbench);
    assert.deepEqual(
      seen.told.map(({ kind }) => kind),
      ["error"],
    );
  });
});

describe("deleteModel", () => {
  it("takes only the entry of a user's folder, and says so", async () => {
    const { workbench, seen } = fakeWorkbench({ "models/remove": null }, { confirms: [true] }, selecting(gpt2.folder));
    await loadModel(workbench, gpt2);
    await deleteModel(workbench, gpt2);
    assert.match(seen.confirmations[0]?.detail ?? "", /Only the entry goes.*\/models\/gpt2.*stay/);
    assert.equal(seen.confirmations[0]?.action, "Remove");
    assert.deepEqual(methods(seen), ["model/load", "models/remove"], "it stays loaded");
    assert.deepEqual(seen.asked[1]?.params, { store: "/store", id: "a1" });
    assert.deepEqual(seen.updates, [["model", ""]], "but named by the settings alone it would not leave the list");
    assert.match(seen.confirmations[0]?.detail ?? "", /stay as they are\.\n\n.*starter model takes its place/);
  });

  it("deletes the files of one in the store: unloads it first, and goes back to the starter", async () => {
    const answers = { "models/remove": null, "model/load": { ...modelInfo, folder: downloaded.folder } };
    const { workbench, seen } = fakeWorkbench(answers, { confirms: [true] }, selecting(downloaded.folder));
    await loadModel(workbench, downloaded);
    await deleteModel(workbench, downloaded);
    assert.match(seen.confirmations[0]?.detail ?? "", /deleted with all its files.*\n\n.*starter/);
    assert.deepEqual(methods(seen), ["model/load", "model/unload", "models/remove"]);
    assert.deepEqual(seen.updates, [["model", ""]]);
  });

  it("leaves another model loaded and selected", async () => {
    const { workbench, seen } = fakeWorkbench({ "models/remove": null }, { confirms: [true] });
    await loadModel(workbench, gpt2);
    await deleteModel(workbench, downloaded);
    assert.doesNotMatch(seen.confirmations[0]?.detail ?? "", /starter/);
    assert.deepEqual(methods(seen), ["model/load", "models/remove"]);
    assert.deepEqual(seen.updates, [["model", "/models/gpt2"]]);
  });

  it("does nothing without a yes, and never to a model that is not in the store", async () => {
    const { workbench, seen } = fakeWorkbench({}, { confirms: [false] });
    await deleteModel(workbench, downloaded);
    await deleteModel(workbench, starter);
    await deleteModel(workbench, { ...gpt2, id: "/setting", origin: { kind: "setting" } });
    assert.deepEqual(methods(seen), []);
    assert.equal(seen.confirmations.length, 1);
  });

  it("keeps the setting when the files could not be deleted", async () => {
    const answers = { "models/remove": fails(new Error("EBUSY")) };
    const { workbench, seen } = fakeWorkbench(answers, { confirms: [true] }, selecting(downloaded.folder));
    await deleteModel(workbench, downloaded);
    assert.deepEqual(seen.updates, []);
    assert.equal(seen.told[0]?.kind, "error");
  });
});

describe("revealModel", () => {
  it("tells where the path is when the files lie on another machine", async () => {
    const here = fakeWorkbench();
    await revealModel(here.workbench, gpt2);
    assert.deepEqual(here.seen.told, []);
    const remote = fakeWorkbench({}, { revealed: false });
    await revealModel(remote.workbench, gpt2);
    assert.match(remote.seen.told[0]?.text ?? "", /copied: \/models\/gpt2/);
  });
});

describe("hubToken", () => {
  const elsewhere: Resolved = { ...resolved, config: { ...resolved.config, hubEndpoint: "https://other.example" } };

  it("keeps a token as a secret of its hub only, typed unseen and never logged", async () => {
    const { workbench, seen } = fakeWorkbench({}, { inputs: [" hf_secret "] });
    await setHubToken(workbench);
    assert.equal(seen.inputs[0]?.secret, true);
    assert.equal(await readHubToken(workbench.secrets, "https://hub.example"), "hf_secret");
    assert.equal(await readHubToken(workbench.secrets, "https://other.example"), undefined);
    assert.deepEqual(seen.updates, []);
    assert.ok(!JSON.stringify([seen.told, seen.log]).includes("hf_secret"));
  });

  it("refuses what cannot travel in a header", async () => {
    const { workbench, seen } = fakeWorkbench({}, { inputs: [undefined] });
    await setHubToken(workbench);
    const problem = seen.inputs[0]?.problem ?? assert.fail();
    for (const text of ["", "  ", "a b", "a\nb", "a\u0000", "ä"]) assert.match(problem(text) ?? "", /one word/);
    assert.equal(problem(" hf_x "), undefined);
    assert.equal(seen.secrets.size, 0);
  });

  it("forgets the token of the hub in the settings, and says when there is none", async () => {
    const { workbench, seen } = fakeWorkbench({}, { inputs: ["hf_x"] });
    await setHubToken(workbench);
    await clearHubToken({ ...workbench, settings: { ...workbench.settings, resolve: () => elsewhere } });
    assert.match(seen.told.at(-1)?.text ?? "", /no token for https:\/\/other\.example/);
    assert.equal(seen.secrets.size, 1);
    await clearHubToken(workbench);
    assert.match(seen.told.at(-1)?.text ?? "", /forgotten/);
    assert.equal(seen.secrets.size, 0);
  });
});
