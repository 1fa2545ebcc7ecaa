/**
 * What a text looks like inside a model: every layer's state, from one pass over the whole text. The pass goes a few blocks at a time, so
 * that a cancellation is seen between them, and no more than their parameters are there twice.
 */
import type { ModelFolder } from "../checkpoint/store";
import { CancelledError } from "../errors";
import { buildBlocksGraph, buildEmbeddingsGraph, stateName } from "../model/stateGraphs";
import type { GraphSessions } from "./graphSessions";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32 } from "./session";

/** A text that was read. */
export interface TextCapture {
  /** [T] */
  readonly ids: readonly number[];
  /** L + 1 of [T, C]: the embeddings, then each block's output, before the final norm. Not to be written to. */
  readonly states: readonly Float32Array[];
}

/** How to capture. */
export interface CaptureOptions extends Turn {
  /** Layers that are done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** States that are kept: three texts of GPT-2 small's whole context. */
const maxBytes = 128 << 20;

/** Parameters of the blocks that are run at once, if one alone has not more: two of the starter's, one of GPT-2 small's. */
const groupBytes = 4 << 20;

/** The captures of the last texts. */
export class TextCaptures {
  readonly #model: ModelFolder;
  readonly #sessions: GraphSessions;
  readonly #maxBytes: number;
  /** By the ids, the last used last. */
  readonly #kept = new Map<string, TextCapture>();
  readonly #running = new Map<string, Promise<TextCapture>>();

  constructor(model: ModelFolder, sessions: GraphSessions, limit = maxBytes) {
    this.#model = model;
    this.#sessions = sessions;
    this.#maxBytes = limit;
  }

  /**
   * The capture of `ids`: one that is kept, or a new one. `ids` are the model's, at least one and at most its context. Throws
   * `CancelledError` when the signal aborts, and `sessionFailed`.
   */
  async get(ids: readonly number[], options: CaptureOptions): Promise<TextCapture> {
    const key = ids.join(" ");
    for (let other = this.#running.get(key); other; other = this.#running.get(key))
      await settled(other, options.signal);
    const kept = this.#kept.get(key);
    if (kept) {
      this.#keep(key, kept);
      return kept;
    }
    const running = this.#capture(ids, options);
    this.#running.set(key, running);
    try {
      const capture = await running;
      this.#keep(key, capture);
      return capture;
    } finally {
      this.#running.delete(key);
    }
  }

  /** Frees all. */
  dispose(): void {
    this.#kept.clear();
  }

  async #capture(ids: readonly number[], options: CaptureOptions): Promise<TextCapture> {
    const { config } = this.#model;
    const states = [await this.#embed(ids, options)];
    for (const group of blockGroups(this.#model)) {
      options.onProgress?.(group[0], config.nLayer);
      states.push(...(await this.#runBlocks(group, states.at(-1) ?? new Float32Array(), ids.length, options)));
    }
    options.onProgress?.(config.nLayer, config.nLayer);
    return { ids, states };
  }

  /** On the CPU, which reads the few rows that it needs from the file, where another device would get the whole table. */
  #embed(ids: readonly number[], turn: Turn): Promise<Float32Array> {
    return passes.run(turn, async () => {
      const session = await this.#sessions.get("embeddings", buildEmbeddingsGraph, "cpu");
      const shape = [1, ids.length];
      const feeds = { input_ids: int64Tensor(ids, shape), position_ids: int64Tensor([...ids.keys()], shape) };
      return readFloat32(await session.run(feeds, { [stateName(0)]: null }), stateName(0));
    });
  }

  #runBlocks(
    [first, last]: readonly [number, number],
    state: Float32Array,
    tokens: number,
    turn: Turn,
  ): Promise<Float32Array[]> {
    return passes.run(turn, async () => {
      const session = await this.#sessions.get(`blocks ${first} to ${last}`, (config, parameters, traits) =>
        buildBlocksGraph(config, parameters, traits, [first, last]),
      );
      const feeds = {
        [stateName(first)]: float32Tensor(state, [1, tokens, this.#model.config.nEmbd]),
        attention_mask: int64Tensor(new Array<number>(tokens).fill(1), [1, tokens]),
      };
      const names = Array.from({ length: last - first }, (_, i) => stateName(first + 1 + i));
      const outputs = await session.run(feeds, Object.fromEntries(names.map((name) => [name, null])));
      return names.map((name) => readFloat32(outputs, name));
    });
  }

  /** What was used longest ago goes; the last one stays, whatever its size. */
  #keep(key: string, capture: TextCapture): void {
    this.#kept.delete(key);
    this.#kept.set(key, capture);
    let total = [...this.#kept.values()].reduce((sum, { states }) => sum + bytes(states), 0);
    for (const [oldest, { states }] of this.#kept) {
      if (total <= this.#maxBytes || this.#kept.size === 1) return;
      this.#kept.delete(oldest);
      total -= bytes(states);
    }
  }
}

/** What tells how large blocks are. */
type BlockSource = Pick<ModelFolder, "config" | "parameters">;

/** Consecutive blocks [first, last) that are run at once. */
export function blockGroups({ config, parameters }: BlockSource): readonly (readonly [number, number])[] {
  const sizes = Array.from({ length: config.nLayer }, () => 0);
  for (const [name, { byteLength }] of parameters) {
    const layer = Number(/^h\.(\d+)\./.exec(name)?.[1] ?? -1);
    if (layer >= 0) sizes[layer] = (sizes[layer] ?? 0) + byteLength;
  }
  const groups: [number, number][] = [];
  let total = Number.POSITIVE_INFINITY;
  for (const [layer, size] of sizes.entries()) {
    const group = groups.at(-1);
    total += size;
    if (group && total <= groupBytes) group[1] = layer + 1;
    else {
      groups.push([layer, layer + 1]);
      total = size;
    }
  }
  return groups;
}

function bytes(states: readonly Float32Array[]): number {
  return states.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Waits until `promise` is over, however that ends. Throws `CancelledError` when the signal aborts before. */
function settled(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new CancelledError("cancelled"));
    if (signal.aborted) return cancel();
    signal.addEventListener("abort", cancel, { once: true });
    const done = () => {
      signal.removeEventListener("abort", cancel);
      resolve();
    };
    promise.then(done, done);
  });
}
