/** Tensors that outlive the runs of graphs: parameters, moments, sums of gradients. In the process' memory, or on a device. */
import { type Graph, GraphBuilder } from "../graph/graph";
import { deviceTraits } from "../model/deviceTraits";
import type { Device } from "../protocol";
import { float32Tensor, readFloat32, Session, type SessionTensor } from "./session";

/** Named float32 tensors that graphs read and change. */
export interface TensorStore {
  /** Puts a tensor in, or replaces it; a copy is made. */
  set(name: string, shape: readonly number[], values: Float32Array): Promise<void>;
  /** To feed; undefined when there is none of this name. */
  get(name: string): SessionTensor | undefined;
  /** To fetch the tensor's next values into; null when they come as a tensor of their own. */
  target(name: string): SessionTensor | null;
  /** Takes what was fetched as the tensor's next values. */
  settle(name: string, next: SessionTensor): void;
  /** A copy of the values. Throws `RangeError` when there is none of this name. */
  read(name: string): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** A store for graphs that run on `device`, where the tensors stay between runs if they can. */
export function tensorStore(device: Device): TensorStore {
  return deviceTraits[device].cacheUse.outputs === "presents" ? new DeviceTensors(device) : new HostTensors();
}

/** In the process' memory: graphs write over what they have read, so that nothing is there twice. */
class HostTensors implements TensorStore {
  readonly #tensors = new Map<string, { readonly tensor: SessionTensor; readonly values: Float32Array }>();

  async set(name: string, shape: readonly number[], values: Float32Array): Promise<void> {
    const old = this.#tensors.get(name);
    if (old?.values.length === values.length) old.values.set(values);
    else {
      const copy = values.slice();
      this.#tensors.set(name, { tensor: float32Tensor(copy, shape), values: copy });
    }
  }

  get(name: string): SessionTensor | undefined {
    return this.#tensors.get(name)?.tensor;
  }

  target(name: string): SessionTensor | null {
    return this.get(name) ?? null;
  }

  settle(): void {
    // It was written into the tensor that is here.
  }

  async read(name: string): Promise<Float32Array> {
    const found = this.#tensors.get(name);
    if (!found) throw new RangeError(`no tensor is called ${name}`);
    return found.values.slice();
  }

  async dispose(): Promise<void> {
    this.#tensors.clear();
  }
}

/** On a device: what a graph gives takes the place of what it was fed. */
class DeviceTensors implements TensorStore {
  readonly #tensors = new Map<string, SessionTensor>();
  readonly #copies = new Map<string, Session>();

  constructor(private readonly device: Device) {}

  async set(name: string, shape: readonly number[], values: Float32Array): Promise<void> {
    this.settle(name, await this.#copy(float32Tensor(values.slice(), shape), "upload"));
  }

  get(name: string): SessionTensor | undefined {
    return this.#tensors.get(name);
  }

  target(): null {
    return null;
  }

  settle(name: string, next: SessionTensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, next);
  }

  async read(name: string): Promise<Float32Array> {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new RangeError(`no tensor is called ${name}`);
    return readFloat32({ copy: await this.#copy(tensor, "download") }, "copy");
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
    for (const session of this.#copies.values()) await session.release();
    this.#copies.clear();
  }

  /** A tensor of the same values on the other side. onnxruntime-node cannot read a device's buffer by itself. */
  async #copy(tensor: SessionTensor, direction: "upload" | "download"): Promise<SessionTensor> {
    const rank = tensor.dims.length;
    const key = `${direction} ${rank}`;
    const session = this.#copies.get(key) ?? (await this.#compile(rank, direction));
    this.#copies.set(key, session);
    const { copy } = await session.run(
      { original: tensor, one: float32Tensor(Float32Array.of(1), []) },
      { copy: null },
    );
    if (!copy) throw new TypeError("a copy is missing");
    return copy;
  }

  #compile(rank: number, direction: string): Promise<Session> {
    const onDevice = direction === "upload" ? ["copy"] : [];
    return Session.create(copyGraph(rank), { name: `${direction} of parameters`, device: this.device, onDevice });
  }
}

/** Multiplies by 1, which a graph's optimizer cannot know. */
function copyGraph(rank: number): Graph {
  const g = new GraphBuilder();
  const original = g.input(
    "original",
    "float32",
    Array.from({ length: rank }, (_, axis) => `n${axis}`),
  );
  g.outputAs("copy", g.mul(original, g.input("one", "float32", [])));
  return g.build();
}
