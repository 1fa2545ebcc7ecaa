/** Keys and values of the tokens a model has read, `[1, heads, capacity, size]` per layer. */
import { type CacheOutputs, type CacheTensorNames, cachedHeadSize, cacheNames } from "../model/attention";
import type { GPTConfig } from "../model/config";
import type { Device } from "../protocol";
import { type Fetches, float32Tensor, readFloat32, type SessionTensor } from "./session";

/** How the inference graph of a device gives its cache back. */
export const cacheOutputsOn: { readonly [D in Device]: CacheOutputs } = { cpu: "news", webgpu: "presents" };

/** Capacities are multiples of this, so that texts of like lengths have caches of one shape. */
const granularity = 64;

/** A sequence's cache as the engine sees it. */
export interface KVCache {
  /** Most tokens it can hold. */
  readonly capacity: number;
  /** Tokens that are cached. */
  readonly length: number;
  /** The pasts, to feed. */
  feeds(): Record<string, SessionTensor>;
  /** The cache outputs, to fetch. */
  fetches(): Fetches;
  /** Takes over the outputs of a run that added `count` tokens. */
  advance(count: number, outputs: Readonly<Record<string, SessionTensor>>): void;
  /** A copy that goes on by itself; null where it lies on a device, which cannot copy it. */
  fork(): KVCache | null;
  /** Frees what lies on a device. The cache cannot be used afterwards. */
  dispose(): void;
}

/** An empty cache for `tokens` tokens, but no more than the model's context. */
export function createKVCache(config: GPTConfig, device: Device, tokens: number): KVCache {
  const capacity = Math.min(config.nPositions, Math.ceil(tokens / granularity) * granularity);
  return cacheOutputsOn[device] === "news" ? new HostKVCache(config, capacity) : new DeviceKVCache(config, capacity);
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

/** In the process' memory: the session reads it where it is, and the new rows are written into it. */
class HostKVCache implements KVCache {
  readonly capacity: number;
  readonly #config: GPTConfig;
  readonly #headSize: number;
  readonly #tensors: ReadonlyMap<CacheTensorNames, SessionTensor>;
  #length = 0;

  constructor(config: GPTConfig, capacity: number) {
    this.capacity = capacity;
    this.#config = config;
    this.#headSize = cachedHeadSize(config);
    this.#tensors = emptyTensors(config, capacity);
  }

  get length(): number {
    return this.#length;
  }

  feeds = () => feedsOf(this.#tensors);
  fetches = () => fetchesOf(this.#tensors);

  advance(count: number, outputs: Readonly<Record<string, SessionTensor>>): void {
    for (const [{ output, past }, tensor] of this.#tensors)
      this.#write(readFloat32({ [past]: tensor }, past), readFloat32(outputs, output), count);
    this.#length += count;
  }

  fork(): KVCache {
    const copy = new HostKVCache(this.#config, this.capacity);
    const [from, to] = [this.feeds(), copy.feeds()];
    const stride = this.capacity * this.#headSize;
    for (const past of Object.keys(from)) {
      const [rows, target] = [readFloat32(from, past), readFloat32(to, past)];
      for (let at = 0; at < rows.length; at += stride)
        target.set(rows.subarray(at, at + this.#length * this.#headSize), at);
    }
    copy.#length = this.#length;
    return copy;
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }

  /** `rows` [heads, count, size] into `cache` [heads, capacity, size], after the rows that are there. */
  #write(cache: Float32Array, rows: Float32Array, count: number): void {
    const stride = this.capacity * this.#headSize;
    const width = count * this.#headSize;
    for (let head = 0; head * width < rows.length; head++)
      cache.set(rows.subarray(head * width, (head + 1) * width), head * stride + this.#length * this.#headSize);
  }
}

/**
 * On a device: every run gives new tensors, and the old ones are freed. (Writing into the very tensors that are read gave wrong
 * results on WebGPU.)
 */
class DeviceKVCache implements KVCache {
  readonly capacity: number;
  readonly #tensors: Map<CacheTensorNames, SessionTensor>;
  #length = 0;

  constructor(config: GPTConfig, capacity: number) {
    this.capacity = capacity;
    this.#tensors = emptyTensors(config, capacity);
  }

  get length(): number {
    return this.#length;
  }

  feeds = () => feedsOf(this.#tensors);
  fetches = () => fetchesOf(this.#tensors);

  advance(count: number, outputs: Readonly<Record<string, SessionTensor>>): void {
    for (const [names, tensor] of this.#tensors) {
      const next = outputs[names.output];
      if (!next) throw new TypeError(`output ${names.output} is missing`);
      tensor.dispose();
      this.#tensors.set(names, next);
    }
    this.#length += count;
  }

  fork(): null {
    return null;
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }
}
