/** Holds the one loaded model, loads another when it is asked for, and frees none that is in use. */
import { type ModelFolder, openModelFolder } from "../checkpoint/store";
import { CancelledError, RuntimeError } from "../errors";
import {
  type Device,
  type DeviceFailed,
  type DeviceFailure,
  type DeviceInfo,
  type DeviceInUse,
  type DevicesParams,
  hasOwnMemory,
  type ModelReference,
  type WorkProgress,
} from "../protocol";
import { Devices } from "./device";
import { checkMemory, deviceMemory, type MemoryLimits } from "./deviceMemory";
import { type LoadedModel, loadModel } from "./loadedModel";

/** Where loading reports, and what cancels it. */
export interface LoadContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
  /** Another model that stays in memory meanwhile. */
  readonly beside?: LoadedModel;
}

/** What a slot tells, and what it works with. */
export interface ModelSlotOptions {
  /** Gets one line per event worth knowing. */
  readonly log?: (message: string) => void;
  /** Called before a model is loaded on a device. */
  readonly onDeviceInUse?: (use: DeviceInUse) => void;
  /** Called when a device failed and the CPU takes its place. */
  readonly onDeviceFailed?: (failed: DeviceFailed) => void;
  readonly devices?: Devices;
  readonly load?: typeof loadModel;
}

/** A loaded model, who uses it, and for which request it was loaded. */
interface Held {
  readonly key: string;
  readonly model: LoadedModel;
  users: number;
  retired: boolean;
}

/**
 * A place for one model. A load that fails leaves the former model where it is. A model whose device fails is loaded on the CPU, and
 * stays there until `devices` is asked anew.
 */
export class ModelSlot {
  readonly #options: ModelSlotOptions;
  readonly #devices: Devices;
  /** Devices that failed, by model folder. */
  readonly #failures = new Map<string, DeviceFailure>();
  #current: Held | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ModelSlotOptions = {}) {
    this.#options = options;
    this.#devices = options.devices ?? new Devices();
  }

  /** Every device; asked anew, those that failed get another chance. */
  async devices(params: DevicesParams): Promise<readonly DeviceInfo[]> {
    if (params.refresh && this.#failures.size > 0) {
      this.#failures.clear();
      await this.#retire();
    }
    return this.#devices.list(params);
  }

  /**
   * Runs `work` with the model that `reference` names, loading it first if need be. Where the device fails, it is run once more on the
   * CPU, unless `begun` tells that a part of its result is out already.
   */
  async use<T>(
    reference: ModelReference,
    context: LoadContext,
    work: (model: LoadedModel) => Promise<T>,
    begun: () => boolean = () => false,
  ): Promise<T> {
    const held = await this.#acquire(reference, context);
    try {
      return await work(held.model);
    } catch (error) {
      if (!(await this.#leaveDevice(held, error)) || begun() || context.signal.aborted) throw error;
    } finally {
      held.users--;
      await this.#freeIfUnused(held);
    }
    return this.use(reference, context, work, begun);
  }

  /** Frees the model as soon as nobody uses it. */
  async dispose(): Promise<void> {
    await this.#retire();
  }

  /** Loads run one after the other: two requests for one model load it once. */
  #acquire(reference: ModelReference, context: LoadContext): Promise<Held> {
    const acquired = this.#queue.then(async () => {
      const key = JSON.stringify([reference.folder, reference.device, reference.contextLength]);
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
    const model = await this.#compile(folder, reference, started, context, report).catch((error) => {
      folder.tokenizer?.free();
      throw error;
    });
    await this.#retire();
    const held: Held = { key, model, users: 0, retired: false };
    this.#current = held;
    report(3);
    this.#options.log?.(`loaded ${model.info.name} on ${model.info.device} in ${model.info.loadMs.toFixed(0)} ms`);
    return held;
  }

  async #compile(
    folder: ModelFolder,
    reference: ModelReference,
    started: number,
    { signal, beside }: LoadContext,
    report: (done: number) => void,
  ): Promise<LoadedModel> {
    report(1);
    const failure = reference.device === "cpu" ? undefined : this.#failures.get(reference.folder);
    const device = failure ? "cpu" : await this.#devices.choose(reference.device);
    report(2);
    const limits = limitsBeside(beside, device, reference.contextLength);
    checkMemory(folder, device, limits);
    this.#options.onDeviceInUse?.({ folder: reference.folder, device });
    const load = this.#options.load ?? loadModel;
    try {
      return withFailure(await load(folder, device, started, signal, limits), failure);
    } catch (error) {
      if (!isDeviceFailure(error, device)) throw error;
      // Only what the CPU can load shows that it was the device.
      const model = await load(folder, "cpu", started, signal, limits);
      return withFailure(model, this.#failed(reference.folder, folder.name, device, error));
    }
  }

  /** Whether `error` came from the device that `held` is on, which is then left: the next use loads the model on the CPU. */
  async #leaveDevice(held: Held, error: unknown): Promise<boolean> {
    const { device, folder, name } = held.model.info;
    if (!isDeviceFailure(error, device)) return false;
    // Requests that ran beside this one fail with it; the first tells.
    if (!held.retired && this.#current === held) {
      this.#failed(folder, name, device, error);
      await this.#retire();
    }
    return true;
  }

  #failed(folder: string, model: string, device: Device, error: RuntimeError): DeviceFailure {
    const failure: DeviceFailure = { device, reason: error.message };
    this.#failures.set(folder, failure);
    this.#options.log?.(`${device} failed with ${model}: ${error.message}`);
    this.#options.onDeviceFailed?.({ ...failure, folder, model });
    return failure;
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

/** What a model is planned with while another stays in memory. */
function limitsBeside(other: LoadedModel | undefined, device: Device, contextLength: number | undefined): MemoryLimits {
  const all = deviceMemory(device);
  if (!other || all === null || hasOwnMemory[other.info.device]) return { contextLength };
  return { contextLength, available: Math.max(0, all - other.weightBytes) };
}

function withFailure(model: LoadedModel, failure: DeviceFailure | undefined): LoadedModel {
  return failure ? { ...model, info: { ...model.info, failure } } : model;
}

/** On the CPU there is no device to blame. */
function isDeviceFailure(error: unknown, device: Device): error is RuntimeError {
  return device !== "cpu" && error instanceof RuntimeError && error.code === "sessionFailed";
}
