/** Guessing from the text itself, against plain decoding, in interleaved runs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GenerateOptions, generateTokens } from "../../src/runtime/engine/generate";
import type { LoadedModel } from "../../src/runtime/engine/loadedModel";
import { median, timed } from "./timing";

const root = join(__dirname, "../..");
const newTokens = 128;
const promptTokens = 320;
const rounds = 5;

/** By name: text that repeats itself and text that does not. The model goes on after its first tokens. */
const texts: Readonly<Record<string, () => string>> = {
  repeatingCode: () =>
    ["x", "y", "z", "w"]
      .map((axis) => `  if (a.${axis} !== b.${axis}) {\n    console.log("${axis}", a.${axis}, b.${axis});\n  }\n`)
      .join("")
      .repeat(5),
  code: () => readFileSync(join(root, "src/runtime/engine/sampling.ts"), "utf8"),
  prose: () => readFileSync(join(root, "docs/architecture.md"), "utf8"),
};

/** Tokens per second with and without guesses, and how often the two texts were the same. */
export async function benchLookup(model: LoadedModel): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {};
  for (const [name, text, temperature] of cases()) {
    const ids = promptIds(model, text());
    const seconds: Record<"plain" | "lookup", number[]> = { plain: [], lookup: [] };
    let same = true;
    for (let round = 0; round <= rounds; round++) {
      const plain = await run(model, ids, { lookup: false, temperature });
      const guessed = await run(model, ids, { lookup: true, temperature });
      same &&= plain.ids.join() === guessed.ids.join();
      if (round === 0) continue;
      seconds.plain.push(plain.seconds);
      seconds.lookup.push(guessed.seconds);
    }
    figures[`${name}PlainPerSecond`] = newTokens / median(seconds.plain);
    figures[`${name}LookupPerSecond`] = newTokens / median(seconds.lookup);
    figures[`${name}Ratio`] = median(seconds.plain) / median(seconds.lookup);
    figures[`${name}Same`] = same ? 1 : 0;
  }
  return figures;
}

/** Greedy, and drawn as the extension's settings do it by default. */
function cases(): (readonly [name: string, text: () => string, temperature: number])[] {
  return Object.entries(texts).flatMap(([name, text]) => [
    [name, text, 0],
    [`${name}Drawn`, text, 0.8],
  ]);
}

/** After the first token, whose time is the prompt's. */
async function run(
  model: LoadedModel,
  ids: readonly number[],
  { lookup, temperature }: { readonly lookup: boolean; readonly temperature: number },
) {
  const config = { maxNewTokens: newTokens + 1, temperature, topK: 40, topP: 1, seed: 0 };
  const signal = new AbortController().signal;
  const describe = (id: number) => ({ id, text: "" });
  const options: GenerateOptions = { config, topK: 5, describe, signal, endOfText: null, lookup };
  const steps = generateTokens(model, ids, options);
  await steps.next();
  const chosen: number[] = [];
  const seconds = await timed(async () => {
    for await (const { id } of steps) chosen.push(id);
  });
  return { ids: chosen, seconds };
}

/** A model without a tokenizer gets a byte a token. */
function promptIds(model: LoadedModel, text: string): number[] {
  const ids = model.tokenizer?.encode(text) ?? [...Buffer.from(text)];
  return ids.slice(0, promptTokens);
}
