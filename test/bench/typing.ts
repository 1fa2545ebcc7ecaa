/** What an inline completion asks of the engine: a line after some 400 tokens, again with every character that is typed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedModel } from "../../src/runtime/engine/loadedModel";
import { RuntimeService } from "../../src/runtime/service";
import { median } from "./timing";

const root = join(__dirname, "../..");
const files = ["src/runtime/engine/sampling.ts", "src/runtime/engine/prefixCache.ts", "src/runtime/random.ts"];
const prefixTokens = 400;
const typed = 40;
const lineTokens = 16;

/** Milliseconds to the whole line: for texts never seen, and while typing. */
export async function benchTyping(model: LoadedModel): Promise<Readonly<Record<string, number>>> {
  const service = new RuntimeService();
  const reference = { folder: model.info.folder, device: model.info.device };
  const config = { maxNewTokens: lineTokens, temperature: 0, topK: 0, topP: 1, seed: 0, stop: ["\n"] };
  const { signal } = new AbortController();
  const first: number[] = [];
  const complete = async (prompt: string): Promise<number> => {
    const started = performance.now();
    let firstAt = 0;
    const params = { model: reference, prompt, config, topAlternatives: 0, priority: "interactive" as const };
    await service.generate(params, { signal }, ({ kind }) => {
      if (kind === "token" && firstAt === 0) firstAt = performance.now() - started;
    });
    first.push(firstAt);
    return performance.now() - started;
  };
  const cold: number[] = [];
  const warm: number[] = [];
  await complete("warm up");
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    const start = prefixLength(model, text);
    cold.push(await complete(text.slice(0, start)));
    for (let i = 1; i <= typed; i++) warm.push(await complete(text.slice(0, start + i)));
  }
  await service.dispose();
  warm.sort((a, b) => a - b);
  return {
    coldMs: median(cold),
    typingMsMedian: median(warm),
    typingMsP95: warm[Math.floor(0.95 * warm.length)] ?? Number.NaN,
    firstTokenMsMedian: median(first),
  };
}

/** UTF-16 length of the text's first `prefixTokens` tokens. */
function prefixLength({ tokenizer }: LoadedModel, text: string): number {
  if (!tokenizer) throw new Error("typing wants a model with a tokenizer");
  const ids = tokenizer.encode(text);
  return tokenizer.places(text, ids)[prefixTokens]?.start ?? text.length;
}
