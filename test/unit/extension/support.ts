import { join } from "node:path";
import type { Clock } from "../../../src/extension/clock";
import type { Logger } from "../../../src/extension/logger";
import type { InspectorState } from "../../../src/runtime/panelProtocol";
import type { GeneratedToken, GenerateParams, GenerationConfig, ModelInfo } from "../../../src/runtime/protocol";

/** Path of the child process that stands in for the runtime. */
export const fakeRuntimePath = join(__dirname, "fixtures", "fakeRuntime.cjs");

/** A log that keeps its lines, each after its level. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly string[];
}

/** Makes one. */
export function recordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** A clock that moves only when told. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void) {
    const timer = { at: this.#now + ms, action };
    this.#timers.push(timer);
    return { dispose: () => this.#remove(timer) };
  }

  /** Delays of the timers that wait, milliseconds from now. */
  get waiting(): readonly number[] {
    return this.#timers.map(({ at }) => at - this.#now);
  }

  /** Moves on, calling what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#remove(next);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Resolves once `condition` holds; fails after `ms` milliseconds. */
export async function until(condition: () => boolean, what: string, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Greedy, one token. */
export const greedy: GenerationConfig = { maxNewTokens: 1, temperature: 0, topK: 0, topP: 1, seed: 0, stop: [] };

/** Parameters of a generation on the folder `/model`. */
export function generateParams(prompt: string): GenerateParams & { readonly prompt: string } {
  return { model: { folder: "/model", device: "cpu" }, prompt, config: greedy, topAlternatives: 0 };
}

/** A model, as the runtime describes it. */
export const modelInfo: ModelInfo = {
  folder: "/model",
  name: "model",
  modelType: "gpt2",
  device: "cpu",
  parameterCount: 3_450_000,
  nLayer: 4,
  nHead: 3,
  nEmbd: 192,
  nPositions: 512,
  vocabSize: 8192,
  hasTokenizer: true,
  loadMs: 12,
};

/** A generated token with nothing special about it. */
export function generatedToken(id: number): GeneratedToken {
  const prediction = { logprob: -1, rank: 1, entropy: 2, top: [{ id, text: "x", logprob: -1 }] };
  return { id, text: "x", start: 0, end: 1, prediction, truncatedProbability: 1 };
}

/** A completion that has just begun. */
export const runningCompletion: Extract<InspectorState, { kind: "completion" }> = {
  kind: "completion",
  title: "Completion",
  source: { uri: "file:///a.txt", label: "a.txt", offset: 0 },
  model: modelInfo,
  reference: { folder: "/model", device: "cpu" },
  run: 1,
  prompt: "one two",
  promptTokens: 2,
  truncation: null,
  dropped: 0,
  text: "",
  tokens: [],
  status: { kind: "running" },
};
