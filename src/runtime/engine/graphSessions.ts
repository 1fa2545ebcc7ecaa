/** Graphs of a model besides the one that it is loaded with: compiled when they are needed, and kept while there is room. */
import type { ModelFolder } from "../checkpoint/store";
import type { Graph } from "../graph/graph";
import type { GPTConfig } from "../model/config";
import { type DeviceTraits, deviceTraits } from "../model/deviceTraits";
import type { ParameterSource } from "../model/gpt";
import type { Device } from "../protocol";
import { checkpointFolder, checkpointParameters } from "./parameters";
import { Session } from "./session";

/** Says a graph. */
export type BuildGraph = (config: GPTConfig, parameters: ParameterSource, traits: DeviceTraits) => Graph;

/** Parameters of graphs that are kept: all of a small model's, a layer or two of a larger one's. */
const maxBytes = 32 << 20;

/** Graphs without parameters cost little, but not nothing. */
const maxSessions = 32;

interface Kept {
  readonly session: Session;
  /** Of the parameters that the graph reads. */
  readonly byteLength: number;
}

/**
 * Sessions by name, the last used last. Whoever takes one uses it within the same turn of `passes`: the next that is compiled may free it.
 */
export class GraphSessions {
  readonly #model: ModelFolder;
  readonly #device: Device;
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Kept>();

  constructor(model: ModelFolder, device: Device, limit = maxBytes) {
    this.#model = model;
    this.#device = device;
    this.#maxBytes = limit;
  }

  /** The session called `name`, compiled if need be, for another device than the model's where one is named. Throws `sessionFailed`. */
  async get(name: string, build: BuildGraph, device = this.#device): Promise<Session> {
    const kept = this.#kept.get(name) ?? (await this.#compile(name, build, device));
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    await this.#shrink();
    return kept.session;
  }

  /** Frees all. */
  async dispose(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    for (const { session } of all) await session.release();
  }

  async #compile(name: string, build: BuildGraph, device: Device): Promise<Kept> {
    const { config, checkpoint, name: model } = this.#model;
    const graph = build(config, checkpointParameters(this.#model), deviceTraits[device]);
    const folder = checkpointFolder(checkpoint);
    const session = await Session.create(graph, { name: `${name} of ${model}`, device, folder, frugal: true });
    return { session, byteLength: parameterBytes(graph) };
  }

  /** What was used longest ago goes; the last one stays, whatever its size. */
  async #shrink(): Promise<void> {
    let total = [...this.#kept.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const [name, { session, byteLength }] of this.#kept) {
      if ((total <= this.#maxBytes && this.#kept.size <= maxSessions) || this.#kept.size === 1) return;
      this.#kept.delete(name);
      total -= byteLength;
      await session.release();
    }
  }
}

function parameterBytes({ initializers }: Graph): number {
  return initializers.reduce(
    (sum, initializer) => sum + (initializer.kind === "external" ? initializer.data.byteLength : 0),
    0,
  );
}
