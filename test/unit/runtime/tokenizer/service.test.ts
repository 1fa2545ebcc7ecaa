/** GPT-1's tokenizer at work: a model scored and run on text that its tokens do not spell. */
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GenerateEvent, ModelReference } from "../../../../src/runtime/protocol";
import { RuntimeService } from "../../../../src/runtime/service";
import { fixture, withFolder } from "../checkpoint/support";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const merges = [..."bdfgjkls"].flatMap((left) =>
  [..."aeiou"].flatMap((right) => [`${left} ${right}`, `${left} ${right}</w>`]),
);

/** As many words as the fixture's model has embeddings, all of them of letters. */
const vocab = [
  "<unk>",
  ...letters,
  ...letters.map((letter) => `${letter}</w>`),
  ...merges.map((pair) => pair.replace(" ", "")),
];

async function withGPT1<T>(use: (service: RuntimeService, model: ModelReference) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    for (const name of ["config.json", "model.safetensors"]) {
      await cp(join(fixture("openai-gpt-tiny"), name), join(folder, name));
    }
    const ids = Object.fromEntries(vocab.slice(0, 131).map((word, id) => [word, id]));
    await writeFile(join(folder, "vocab.json"), JSON.stringify(ids));
    await writeFile(join(folder, "merges.txt"), merges.slice(0, 78).join("\n"));
    const service = new RuntimeService();
    try {
      return await use(service, { folder, device: "cpu" });
    } finally {
      await service.dispose();
    }
  });
}

const signal = new AbortController().signal;

describe("a model with GPT-1's tokenizer", () => {
  it("scores tokens at their places, and counts the text's bytes", () =>
    withGPT1(async (service, model) => {
      const text = "Bä  DO\r\nx☃";
      const { tokens, summary } = await service.score({ model, input: { kind: "text", text }, topK: 1 }, { signal });
      const shown = tokens.map(({ text: token, start, end }) => [token, text.slice(start, end)]);
      assert.deepEqual(shown, [
        ["ba ", "Bä"],
        ["do ", "DO"],
        ["x", "x"],
        ["<unk>", "☃"],
      ]);
      assert.ok(Math.abs(summary.bitsPerByte - summary.bits / Buffer.byteLength("  DO\r\nx☃")) < 1e-9);
    }));

  it("goes on after a blank when the prompt ends with a word, and streams what it returns", () =>
    withGPT1(async (service, model) => {
      const config = { maxNewTokens: 8, temperature: 0, topK: 0, topP: 1, seed: 1, stop: [] };
      const run = async (prompt: string) => {
        const events: GenerateEvent[] = [];
        const params = { model, prompt, config, topAlternatives: 0 };
        const result = await service.generate(params, { signal }, (event) => events.push(event));
        return { result, tokens: events.flatMap((event) => (event.kind === "token" ? [event] : [])) };
      };
      const [open, closed] = [await run("Be DO"), await run("Be DO ")];
      assert.equal(open.result.text, ` ${closed.result.text}`);
      assert.notEqual(closed.result.text, "");
      for (const { result, tokens } of [open, closed]) {
        assert.equal(tokens.map(({ textDelta }) => textDelta).join(""), result.text);
        for (const { token } of tokens) assert.equal(result.text.slice(token.start, token.end), token.text);
      }
    }));
});
