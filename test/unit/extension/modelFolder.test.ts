import assert from "node:assert/strict";
import { join } from "node:path";
import { deviceFor, resolveModelFolder, resolveStoreFolder, sameFolder } from "../../../src/extension/modelFolder";
import { RuntimeError } from "../../../src/runtime/errors";

const context = { home: "/home/ada", workspaceFolder: "/projects/space", starter: "/ext/starter" };
// biome-ignore lint/suspicious/noTemplateCurlyInString: as typed in settings.json
const variable = "${workspaceFolder}";

describe("modelFolder", () => {
  const cases: readonly (readonly [setting: string, folder: string])[] = [
    ["", "/ext/starter"],
    ["  ", "/ext/starter"],
    ["/models/gpt2", "/models/gpt2"],
    ["/models/../models/gpt2", "/models/gpt2"],
    ["~", "/home/ada"],
    ["~/models/gpt2", "/home/ada/models/gpt2"],
    [variable, "/projects/space"],
    [`${variable}/models/gpt2`, "/projects/space/models/gpt2"],
    ["/models/~/$x", "/models/~/$x"],
  ];
  for (const [setting, folder] of cases) {
    it(`resolves ${JSON.stringify(setting)}`, () => {
      assert.equal(resolveModelFolder(setting, context), join(folder));
    });
  }

  const refused: readonly (readonly [setting: string, message: RegExp])[] = [
    ["models/gpt2", /relative/],
    ["./gpt2", /relative/],
    ["~ada/gpt2", /relative/],
    ["/models/$" + "{env:HOME}", /unknown variable \$\{env:HOME\}/],
    ["/x/$" + "{workspaceFolder}", /unknown variable/],
  ];
  for (const [setting, message] of refused) {
    it(`refuses ${JSON.stringify(setting)}`, () => {
      assert.throws(
        () => resolveModelFolder(setting, context),
        (error) => error instanceof RuntimeError && error.code === "invalidRequest" && message.test(error.message),
      );
    });
  }

  it("refuses the workspace folder where there is none, and says what to do", () => {
    assert.throws(
      () => resolveModelFolder(`${variable}/m`, { ...context, workspaceFolder: undefined }),
      (error) => error instanceof RuntimeError && /no/.test(error.message) && /absolute path/.test(error.hint),
    );
  });

  it("keeps the store with the extension's data, or where the setting says", () => {
    const resolve = (setting: string) => resolveStoreFolder(setting, "/home/ada", "/data/models");
    assert.equal(resolve(" "), "/data/models");
    assert.equal(resolve("~/models"), join("/home/ada/models"));
    assert.equal(resolve("/big/disk/"), join("/big/disk/"));
    for (const setting of ["models", variable, `${variable}/models`]) {
      assert.throws(
        () => resolve(setting),
        (error) => error instanceof RuntimeError && /relative/.test(error.message) && /models\.folder/.test(error.hint),
      );
    }
  });

  it("knows a folder by any spelling of its path", () => {
    assert.ok(sameFolder("/models/gpt2", "/models/gpt2/"));
    assert.ok(sameFolder("/models/gpt2", "/models/../models/./gpt2"));
    assert.ok(!sameFolder("/models/gpt2", "/models/gpt"));
    assert.ok(!sameFolder("/models/gpt2", "/models"));
  });
});

describe("deviceFor", () => {
  const device = (folder: string, modelDevices: Record<string, "cpu" | "webgpu" | "auto">) =>
    deviceFor(folder, { device: "auto", modelDevices }, "/home/me");

  it("takes a model's own device by its name, its folder, or a hub's name", () => {
    assert.equal(device("/models/gpt2", { gpt2: "cpu" }), "cpu");
    assert.equal(device("/models/gpt2", { "/models/gpt2/": "webgpu" }), "webgpu");
    assert.equal(device("/home/me/gpt2", { "~/gpt2": "webgpu" }), "webgpu");
    assert.equal(device("/store/openai-community--gpt2", { "openai-community/gpt2": "cpu" }), "cpu");
  });

  it("takes the device of all for every other model", () => {
    assert.equal(device("/models/gpt2", {}), "auto");
    assert.equal(device("/models/gpt2", { "gpt2-medium": "cpu", "/other/gpt2": "webgpu", "": "cpu" }), "auto");
  });
});
