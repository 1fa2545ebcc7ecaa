/** Keys and values of the tokens a model has read, `[1, heads, capacity, size]` per layer. */
import { cachedHeadSize, cacheNames } from "../model/attention";
import type { GPTConfig } from "../model/config";
import type { Device } from "../protocol";
import { type Fetches, float32Tensor, type SessionTensor } from "./session";

/**
 * A cache for one sequence. On the CPU the session writes into the very tensors it reads (no copy); on WebGPU, where that gave
 * wrong results, it writes new device tensors and the old ones are freed.
 */
export class KVCache {
  readonly capacity: number;
  readonly #inPlace: boolean;
  readonly #tensors = new Map<string, SessionTensor>();
  /** Past to present. */
  readonly #presents = new Map<string, string>();
  #length = 0;

  constructor(config: GPTConfig, device: Device) {
    this.capacity = config.nPositions;
    this.#inPlace = device === "cpu";
    const shape = [1, config.nHead, config.nPositions, cachedHeadSize(config)];
    const size = shape.reduce((a, b) => a * b);
    for (let layer = 0; layer < config.nLayer; layer++) {
      const names = cacheNames(layer);
      for (const [past, present] of [
        [names.pastKey, names.presentKey],
        [names.pastValue, names.presentValue],
      ] as const) {
        this.#tensors.set(past, float32Tensor(new Float32Array(size), shape));
        this.#presents.set(past, present);
      }
    }
  }

  /** Tokens that are cached. */
  get length(): number {
    return this.#length;
  }

  /** The pasts, to feed. */
  feeds(): Record<string, SessionTensor> {
    return Object.fromEntries(this.#tensors);
  }

  /** The presents, to fetch. */
  fetches(): Fetches {
    return Object.fromEntries(
      Array.from(this.#presents, ([past, present]) => [
        present,
        this.#inPlace ? (this.#tensors.get(past) ?? null) : null,
      ]),
    );
  }

  /** Takes over the presents of a run that added `count` tokens. */
  advance(count: number, outputs: Readonly<Record<string, SessionTensor>>): void {
    this.#length += count;
    if (this.#inPlace) return;
    for (const [past, present] of this.#presents) {
      const next = outputs[present];
      if (!next) throw new TypeError(`output ${present} is missing`);
      this.#tensors.get(past)?.dispose();
      this.#tensors.set(past, next);
    }
  }

  /** Frees what lies on a device. The cache cannot be used afterwards. */
  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
