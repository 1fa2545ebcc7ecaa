/** Text from a model in training: it is written as a folder, and the engine runs it as it will run the result. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { exportModel, type ModelToWrite } from "../checkpoint/export";
import { openModelFolder } from "../checkpoint/store";
import { generateTokens } from "../engine/generate";
import { loadModel } from "../engine/loadedModel";

/** What to sample. */
export interface SampleOptions {
  /** Tokens that the text begins with; they are not given back. One at least. */
  readonly prompt: readonly number[];
  readonly seed: number;
  /** Absolute paths of the tokenizer's files. */
  readonly tokenizerFiles: readonly string[];
  readonly signal: AbortSignal;
}

/** Tokens of a sample. */
const length = 100;

/**
 * Writes the model to `folder`, draws a text and deletes the folder. On the CPU, so that the device's memory stays for training.
 * @throws as `exportModel` and `loadModel` do.
 */
export async function sampleText(
  folder: string,
  model: ModelToWrite,
  { prompt, seed, tokenizerFiles, signal }: SampleOptions,
): Promise<string> {
  const path = `${folder}.part-${randomUUID()}`;
  try {
    await exportModel(path, model, { dtype: "F32", copy: tokenizerFiles, signal });
    return await generate(path, prompt, seed, signal);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function generate(folder: string, prompt: readonly number[], seed: number, signal: AbortSignal): Promise<string> {
  const opened = await openModelFolder(folder);
  const loaded = await loadModel(opened, "cpu", performance.now(), signal);
  try {
    const room = Math.min(length, loaded.config.nPositions - prompt.length);
    const config = { maxNewTokens: room, temperature: 0.8, topK: 40, topP: 1, seed, contextFull: "stop" } as const;
    const options = { config, endOfText: loaded.config.eosTokenId, topK: 0, signal };
    const describe = (id: number) => ({ id, text: "" });
    const bytes: Uint8Array[] = [];
    for await (const { id } of generateTokens(loaded, prompt, { ...options, describe }))
      if (id !== loaded.config.eosTokenId && loaded.tokenizer) bytes.push(loaded.tokenizer.tokenBytes(id));
    return Buffer.concat(bytes).toString("utf8");
  } finally {
    await loaded.dispose();
  }
}
