import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { checkMemory, deviceMemory } from "../../../../src/runtime/engine/deviceMemory";
import { RuntimeError } from "../../../../src/runtime/errors";
import { starterFolder } from "./starter";

describe("device memory", () => {
  it("refuses a model that can never fit, and says what would", async () => {
    const model = await openModelFolder(starterFolder);
    model.tokenizer?.free();
    const refused = (available: number) => {
      try {
        checkMemory(model, "cpu", available);
        return null;
      } catch (error) {
        assert.ok(error instanceof RuntimeError && error.code === "notEnoughMemory");
        return error;
      }
    };
    assert.match(refused(20_000_000)?.message ?? "", /^starter needs \d+ MB of memory; there are 20 MB\.$/);
    assert.match(refused(1_000_000)?.hint ?? "", /smaller model/);
    assert.equal(refused(8e9), null);
    checkMemory(model, "cpu");
    checkMemory(model, "webgpu");
  });

  it("is what the machine has, or a container may take; of a GPU it is not known", () => {
    const found = deviceMemory("cpu") ?? 0;
    assert.ok(found > 1e8 && found <= totalmem());
    assert.equal(deviceMemory("webgpu"), null);
  });
});
