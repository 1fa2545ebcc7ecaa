import type { ShownTraining } from "../../../../src/extension/training/shownTraining";
import type { RunOptions } from "../../../../src/extension/training/trainingClient";
import { type TrainingHost, TrainingLab, type TrainingParts } from "../../../../src/extension/training/trainingLab";
import { CancelledError } from "../../../../src/runtime/errors";
import type { TrainingDataGuess } from "../../../../src/runtime/trainingDataProtocol";
import type { TrainingEvent, TrainingRecord, TrainingResult } from "../../../../src/runtime/trainingProtocol";
import { estimate, preview, record } from "../../../webview/trainingStates";
import { FakeClock, recordingLogger } from "../support";

/** A step that says nothing of interest but its number. */
export function stepEvent(step: number): Extract<TrainingEvent, { kind: "step" }> {
  const losses = { taskLoss: 1 / step, lmLoss: null, loss: 1 / step };
  return {
    ...{ kind: "step", step, epoch: 1, ...losses, learningRate: 1e-3, gradientNorm: 1 },
    ...{ tokensPerSecond: 100, elapsedMs: step, leftMs: 5 },
  };
}

/** What a file with the columns `sentence` and `label` seems to be. */
export const guess: TrainingDataGuess = {
  columns: ["sentence", "label"],
  data: { path: "/w/data.tsv", task: "classification", columns: { text: "sentence" }, labels: {} },
  missing: [],
  labelValues: ["0", "1"],
};

/** The folder of the run that `fakeLab` makes. */
export const folder = "/w/.gpt-workbench/runs/1-data";

/** A run that was asked for: what to tell it, and how to end it. */
export interface FakeRun {
  readonly params: unknown;
  event(event: TrainingEvent): void;
  end(record: Partial<TrainingRecord>): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A lab whose runtime does what a test says. `stored` are files by path. */
export function fakeLab(stored: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const log = recordingLogger();
  const seen = {
    revealed: 0,
    remembered: [] as (string | null)[],
    ended: [] as ShownTraining[],
    controls: [] as string[],
    /** Name of a comparison under way. */
    other: null as string | null,
  };
  const runs: FakeRun[] = [];
  let finished: Promise<void> = Promise.resolve();
  const begin = (params: unknown, { onEvent }: RunOptions) => {
    let resolve: (result: TrainingResult) => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const promise = new Promise<TrainingResult>((onResult, onError) => {
      [resolve, reject] = [onResult, onError];
    });
    const settle = async () => {
      await promise.catch(() => undefined);
      await finished;
    };
    runs.push({
      params,
      event: (event) => onEvent?.(event),
      end: async (changed) => {
        resolve({ folder, record: { ...record, ...changed } });
        await settle();
      },
      fail: async (error) => {
        reject(error);
        await settle();
      },
    });
    return promise;
  };
  const client: TrainingParts["client"] = {
    guess: async () => guess,
    preview: async () => ({ ...preview, columns: guess.columns, labels: ["0", "1"] }),
    fineTuneEstimate: async () => estimate,
    pretrainEstimate: async () => estimate,
    corpus: async () => ({ files: 1, bytes: 10, skipped: [], largest: [] }),
    fineTune: begin,
    pretrain: begin,
    resume: begin,
    control: async ({ action }) => {
      seen.controls.push(action);
      return true;
    },
  };
  const host: TrainingHost = {
    reveal: () => void seen.revealed++,
    model: () => ({ folder: "/models/starter", device: "cpu" }),
    models: async () => [{ folder: "/models/starter", name: "starter" }],
    runs: () => "/w/.gpt-workbench/runs",
    choose: async () => "/w/other.csv",
    other: () => seen.other,
    remember: (remembered) => void seen.remembered.push(remembered),
    ended: (run) => void seen.ended.push(run),
  };
  const files: TrainingParts["files"] = {
    read: async (at, name) => {
      const text = stored[`${at}/${name}`];
      return text === undefined ? null : new TextEncoder().encode(text);
    },
  };
  const lab = new TrainingLab({ client, files, host, clock, log });
  const form = () => {
    const { state } = lab;
    if (state.kind !== "finetune") throw new Error(`no fine-tuning form: ${state.kind}`);
    return state;
  };
  /** Lets typing pause, and waits for what is asked then. */
  const settled = async () => {
    for (let i = 0; i < 6; i++) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
  };
  const start = () => {
    finished = lab.start(form().form);
    return finished;
  };
  return { lab, clock, log, seen, runs, client, form, settled, start };
}

/** A request that is cancelled when its signal is aborted, and answered by no one. */
export function unanswered(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new CancelledError())));
}
