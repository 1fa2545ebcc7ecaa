/** Holds the one loaded model, loads another when it is asked for, and frees none that is in use. */
import { type ModelFolder, openModelFolder } from "../checkpoint/store";
import { CancelledError } from "../errors";
import type { DeviceChoice, ModelReference, WorkProgress } from "../protocol";
import { chooseDevice } from "./device";
import { checkMemory } from "./deviceMemory";
import { type LoadedModel, loadModel } from "./loadedModel";

/** Where loading reports, and what cancels it. */
export interface LoadContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** A loaded model, who uses it, and for which request it was loaded. */
interface Held {
  readonly key: string;
  readonly model: LoadedModel;
  users: number;
  retired: boolean;
}

/** A place for one model. A load that fails leaves the former model where it is. */
export class ModelSlot {
  readonly #log: (message: string) => void;
  #current: Held | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** Runs `work` with the model that `reference` names, loading it first if need be. */
  async use<T>(reference: ModelReference, context: LoadContext, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    const held = await this.#acquire(reference, context);
    try {
      return await work(held.model);
    } finally {
      held.users--;
      await this.#freeIfUnused(held);
    }
  }

  /** Frees the model as soon as nobody uses it. */
  async dispose(): Promise<void> {
    await this.#retire();
  }

  /** Loads run one after the other: two requests for one model load it once. */
  #acquire(reference: ModelReference, context: LoadContext): Promise<Held> {
    const acquired = this.#queue.then(async () => {
      const key = JSON.stringify([reference.folder, reference.device]);
      const held = this.#current?.key === key ? this.#current : await this.#load(key, reference, context);
      held.users++;
      return held;
    });
    this.#queue = acquired.catch(() => undefined);
    return acquired;
  }

  async #load(key: string, reference: ModelReference, context: LoadContext): Promise<Held> {
    const started = performance.now();
    const report = (done: number) => {
      if (context.signal.aborted) throw new CancelledError("cancelled while loading");
      context.onProgress?.({ stage: "loading", done, total: 3 });
    };
    report(0);
    const folder = await openModelFolder(reference.folder);
    const model = await this.#compile(folder, reference.device, started, context, report).catch((error) => {
      folder.tokenizer?.free();
      throw error;
    });
    await this.#retire();
    const held: Held = { key, model, users: 0, retired: false };
    this.#current = held;
    report(3);
    this.#log(`loaded ${model.info.name} on ${model.info.device} in ${model.info.loadMs.toFixed(0)} ms`);
    return held;
  }

  async #compile(
    folder: ModelFolder,
    choice: DeviceChoice,
    started: number,
    context: LoadContext,
    report: (done: number) => void,
  ): Promise<LoadedModel> {
    report(1);
    const device = await chooseDevice(choice);
    report(2);
    checkMemory(folder, device);
    return loadModel(folder, device, started, context.signal);
  }

  async #retire(): Promise<void> {
    const held = this.#current;
    if (!held) return;
    this.#current = null;
    held.retired = true;
    await this.#freeIfUnused(held);
  }

  async #freeIfUnused(held: Held): Promise<void> {
    if (!held.retired || held.users > 0) return;
    held.retired = false;
    await held.model.dispose();
  }
}
