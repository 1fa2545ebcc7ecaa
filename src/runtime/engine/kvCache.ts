/** Keys and values of the tokens a model has read, `[1, heads, capacity, size]` per layer. */
import { type CacheTensorNames, cachedHeadSize, cacheNames } from "../model/attention";
import type { GPTConfig } from "../model/config";
import { deviceTraits } from "../model/deviceTraits";
import type { Device } from "../protocol";
import { type CacheBudget, unlimited } from "./deviceMemory";
import { type Fetches, float32Tensor, isOnHost, readFloat32, type SessionTensor } from "./session";

/** Capacities are multiples of this, so that texts of like lengths have caches of one shape. */
const granularity = 64;

/** A sequence's cache as the engine sees it. */
export interface KVCache {
  /** Most tokens it can hold. */
  readonly capacity: number;
  /** Tokens that are cached. */
  readonly ids: readonly number[];
  /** How many they are. */
  readonly length: number;
  /** Memory it takes, bytes. */
  readonly byteLength: number;
  /** Rows that the pasts have: `capacity` at the end, fewer before that where unused ones would cost. */
  readonly room: number;
  /** The pasts, to feed, with room for so many new tokens. */
  feeds(count: number): Record<string, SessionTensor>;
  /** The cache outputs, to fetch. */
  fetches(): Fetches;
  /** Takes over the outputs of a run that added `ids`. */
  advance(ids: readonly number[], outputs: Readonly<Record<string, SessionTensor>>): void;
  /** Takes over what a run left on the device for its predictions; freed with the next run's, or with the cache. */
  hold(row: SessionTensor): void;
  /** Forgets all but the first `length` tokens. */
  truncate(length: number): void;
  /**
   * A cache of its own with the first `length` tokens, and room for `tokens` or the context. Null where that costs as much as
   * reading them again: on a device.
   */
  fork(length: number, tokens: number): KVCache | null;
  /** Frees what lies on a device. The cache cannot be used afterwards. */
  dispose(): void;
}

/** An empty cache for `tokens` tokens, but no more than the model's context. Throws `notEnoughMemory` when `budget` does. */
export function createKVCache(
  config: GPTConfig,
  device: Device,
  tokens: number,
  budget: CacheBudget = unlimited,
): KVCache {
  const capacity = capacityFor(config, tokens);
  return deviceTraits[device].cacheUse.outputs === "news"
    ? new HostKVCache(config, capacity, budget)
    : new DeviceKVCache(config, capacity, budget);
}

function capacityFor({ nPositions }: GPTConfig, tokens: number): number {
  return Math.min(nPositions, Math.ceil(tokens / granularity) * granularity);
}

function cacheTensors(config: GPTConfig): CacheTensorNames[] {
  return Array.from({ length: config.nLayer }, (_, layer) => cacheNames(layer)).flat();
}

function emptyTensors(config: GPTConfig, capacity: number): Map<CacheTensorNames, SessionTensor> {
  const shape = [1, config.nHead, capacity, cachedHeadSize(config)];
  const size = shape.reduce((a, b) => a * b);
  return new Map(cacheTensors(config).map((names) => [names, float32Tensor(new Float32Array(size), shape)]));
}

function feedsOf(tensors: ReadonlyMap<CacheTensorNames, SessionTensor>): Record<string, SessionTensor> {
  return Object.fromEntries(Array.from(tensors, ([names, tensor]) => [names.past, tensor]));
}

function fetchesOf(tensors: ReadonlyMap<CacheTensorNames, SessionTensor>): Fetches {
  return Object.fromEntries(Array.from(tensors.keys(), ({ output }) => [output, null]));
}

/** The tokens of a cache whose tensors hold `capacity` of them. */
abstract class CachedTokens {
  readonly capacity: number;
  readonly byteLength: number;
  protected readonly config: GPTConfig;
  protected readonly budget: CacheBudget;
  #freed = false;
  readonly #ids: number[] = [];
  #row: SessionTensor | undefined;

  constructor(config: GPTConfig, capacity: number, budget: CacheBudget) {
    this.config = config;
    this.capacity = capacity;
    this.budget = budget;
    this.byteLength = 2 * 4 * config.nLayer * config.nHead * capacity * cachedHeadSize(config);
    budget.take(capacity, this.byteLength);
  }

  get ids(): readonly number[] {
    return this.#ids;
  }

  get length(): number {
    return this.#ids.length;
  }

  /** What lies behind the tokens that are left is never read: every run is told how many there are. */
  truncate(length: number): void {
    if (length > this.#ids.length)
      throw new RangeError(`${length} tokens are more than the ${this.#ids.length} cached`);
    this.#ids.length = length;
  }

  hold(row: SessionTensor): void {
    this.release();
    this.#row = row;
  }

  /** Frees what is held. */
  protected release(): void {
    if (this.#row && !isOnHost(this.#row)) this.#row.dispose(); // in the process' memory it may still be read
    this.#row = undefined;
  }

  /** Gives the memory back to the budget, once. */
  protected free(): void {
    this.release();
    if (!this.#freed) this.budget.give(this.byteLength);
    this.#freed = true;
  }

  protected push(ids: readonly number[]): void {
    this.#ids.push(...ids);
  }
}

/** Rows that a cache in the process' memory grows by. */
const growth = 128;

/**
 * In the process' memory: the session reads it where it is, and the new rows are written into it. It grows with the text, since every
 * row that is there is multiplied, be it used or not.
 */
class HostKVCache extends CachedTokens implements KVCache {
  #tensors: ReadonlyMap<CacheTensorNames, SessionTensor>;
  room: number;

  constructor(config: GPTConfig, capacity: number, budget: CacheBudget) {
    super(config, capacity, budget);
    this.room = Math.min(capacity, growth);
    this.#tensors = emptyTensors(config, this.room);
  }

  feeds(count: number): Record<string, SessionTensor> {
    const wanted = this.length + count;
    if (wanted > this.room) this.#grow(wanted);
    return feedsOf(this.#tensors);
  }

  fetches = () => fetchesOf(this.#tensors);

  advance(ids: readonly number[], outputs: Readonly<Record<string, SessionTensor>>): void {
    for (const [names, tensor] of this.#tensors)
      this.#write(valuesOf(names, tensor), readFloat32(outputs, names.output), ids.length);
    this.push(ids);
  }

  fork(length: number, tokens: number): KVCache {
    const copy = new HostKVCache(this.config, capacityFor(this.config, Math.max(length, tokens)), this.budget);
    if (length > copy.room) copy.#grow(length);
    this.#copyRows(length, copy);
    copy.push(this.ids.slice(0, length));
    return copy;
  }

  #grow(rows: number): void {
    const old = this.#tensors;
    const before = this.room;
    this.room = Math.min(this.capacity, Math.ceil(rows / growth) * growth);
    this.#tensors = emptyTensors(this.config, this.room);
    copyRows(this.config, { tensors: old, room: before }, { tensors: this.#tensors, room: this.room }, this.length);
    for (const tensor of old.values()) tensor.dispose();
  }

  #copyRows(count: number, target: HostKVCache): void {
    const [from, to] = [this, target].map((cache) => ({ tensors: cache.#tensors, room: cache.room }));
    if (from && to) copyRows(this.config, from, to, count);
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.free();
  }

  /** `rows` [heads, count, size] into `cache` [heads, capacity, size], after the rows that are there. */
  #write(cache: Float32Array, rows: Float32Array, count: number): void {
    const size = cachedHeadSize(this.config);
    const stride = this.room * size;
    const width = count * size;
    for (let head = 0; head * width < rows.length; head++)
      cache.set(rows.subarray(head * width, (head + 1) * width), head * stride + this.length * size);
  }
}

/** A cache's tensors, of `room` rows a head. */
interface Rows {
  readonly tensors: ReadonlyMap<CacheTensorNames, SessionTensor>;
  readonly room: number;
}

/** Copies the first `count` rows of every head. */
function copyRows(config: GPTConfig, from: Rows, to: Rows, count: number): void {
  const size = cachedHeadSize(config);
  const targets = [...to.tensors.values()];
  for (const [i, [names, tensor]] of [...from.tensors].entries()) {
    const [source, target] = [valuesOf(names, tensor), valuesOf(names, targets[i] ?? tensor)];
    for (let head = 0; head < config.nHead; head++) {
      const start = head * from.room * size;
      target.set(source.subarray(start, start + count * size), head * to.room * size);
    }
  }
}

function valuesOf({ past }: CacheTensorNames, tensor: SessionTensor): Float32Array {
  return readFloat32({ [past]: tensor }, past);
}

/**
 * On a device: every run gives new tensors, and the old ones are freed. onnxruntime-node 1.30 leaves a tensor on a device that a run
 * should write into as it was, and gives another one (held by test/parity/traffic.test.ts), so that nothing there can be updated in place.
 */
class DeviceKVCache extends CachedTokens implements KVCache {
  readonly #tensors: Map<CacheTensorNames, SessionTensor>;

  constructor(config: GPTConfig, capacity: number, budget: CacheBudget) {
    super(config, capacity, budget);
    this.#tensors = emptyTensors(config, capacity);
  }

  get room(): number {
    return this.capacity;
  }

  feeds = () => feedsOf(this.#tensors);
  fetches = () => fetchesOf(this.#tensors);
  fork = () => null;

  advance(ids: readonly number[], outputs: Readonly<Record<string, SessionTensor>>): void {
    for (const [names, tensor] of this.#tensors) {
      const next = outputs[names.output];
      if (!next) throw new TypeError(`output ${names.output} is missing`);
      tensor.dispose();
      this.#tensors.set(names, next);
    }
    this.push(ids);
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.free();
  }
}
