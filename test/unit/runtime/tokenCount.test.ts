import assert from "node:assert/strict";
import { RuntimeError } from "../../../src/runtime/errors";
import { RuntimeService } from "../../../src/runtime/service";
import { fixture } from "./checkpoint/support";
import { starterFolder } from "./engine/starter";

const context = { signal: new AbortController().signal };

describe("tokenCount", function () {
  this.timeout(240_000);
  const service = new RuntimeService();
  after(() => service.dispose());
  const model = { folder: starterFolder, device: "cpu" } as const;
  const count = async (text: string) => (await service.tokenCount({ model, text }, context)).tokens;

  it("counts as many tokens as scoring finds", async () => {
    for (const text of ["one", "Ünïcode 👋🏽 tokens\n\n", "export function distance(a, b) {"]) {
      const scored = await service.score({ model, input: { kind: "text", text }, topK: 0 }, context);
      assert.equal(await count(text), scored.tokens.length, text);
    }
  });

  it("counts whole texts that are longer than the context, and nothing in an empty one", async () => {
    const { model: info } = await service.tokenCount({ model, text: "a" }, context);
    const long = "word ".repeat(3 * info.nPositions);
    assert.ok((await count(long)) > 2 * info.nPositions);
    assert.equal(await count(""), 0);
  });

  it("refuses a model without a tokenizer, and what is no text", async () => {
    const isCode = (code: string) => (error: unknown) => error instanceof RuntimeError && error.code === code;
    const bare = { folder: fixture("gpt2-tiny"), device: "cpu" } as const;
    await assert.rejects(service.tokenCount({ model: bare, text: "a" }, context), isCode("notAModelFolder"));
    const wrong = { model, text: 3 } as unknown as { model: typeof model; text: string };
    await assert.rejects(service.tokenCount(wrong, context), isCode("invalidRequest"));
  });
});
