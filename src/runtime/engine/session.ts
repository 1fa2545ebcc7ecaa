/** The one module that touches onnxruntime: a graph, made to run on a device. */
import "./noTelemetry";
import * as ort from "onnxruntime-node";
import { sessionFailed } from "../errors";
import type { Graph } from "../graph/graph";
import { encodeModel } from "../graph/onnx";
import { deviceTraits } from "../model/deviceTraits";
import type { Device } from "../protocol";

/** A tensor in the memory of the process or of a device. Opaque to the rest of the engine, but for `read…` below. */
export type SessionTensor = ort.Tensor;

/** How a graph is to run. */
export interface SessionOptions {
  /** For messages: `inference graph of starter`. */
  readonly name: string;
  readonly device: Device;
  /** Folder that the files of the graph's external parameters lie in; absent when it has none. */
  readonly folder?: string;
  /** Whether a graph of which the device cannot compute all is refused; else the CPU computes the rest. */
  readonly strict?: boolean;
  /** Outputs that stay on the device, to be fed back. */
  readonly onDevice?: readonly string[];
  /** Whether memory of the process is given back after each run, where a session that runs all the time keeps it. */
  readonly frugal?: boolean;
}

/** What to compute: by output name, null for a new tensor, or a tensor to write into. */
export type Fetches = Readonly<Record<string, SessionTensor | null>>;

/** Version of onnxruntime that is in use. */
export const onnxruntimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** Execution providers that this onnxruntime knows of; those that are not bundled need a library of their own. */
export function executionProviders(): readonly { readonly name: string; readonly bundled: boolean }[] {
  return ort.listSupportedBackends();
}

ort.env.logLevel = "error";

/** A graph on a device. Released where it was created. */
export class Session {
  readonly #session: ort.InferenceSession;
  readonly #name: string;

  private constructor(session: ort.InferenceSession, name: string) {
    this.#session = session;
    this.#name = name;
  }

  /** Compiles `graph`. Throws `sessionFailed` when onnxruntime refuses it. */
  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    try {
      const session = await ort.InferenceSession.create(encodeModel(graph, options.name), sessionOptions(options));
      return new Session(session, options.name);
    } catch (error) {
      throw sessionFailed(options.name, error);
    }
  }

  /** Runs the graph. It blocks this process' thread until done. Throws `sessionFailed`. */
  async run(feeds: Readonly<Record<string, SessionTensor>>, fetches: Fetches): Promise<Record<string, SessionTensor>> {
    try {
      return await this.#session.run(feeds, fetches);
    } catch (error) {
      throw sessionFailed(this.#name, error);
    }
  }

  /** Frees the session's memory, on the device too. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Token ids, positions and the like as int64, shape `[batch, n]` or `[n]`. */
export function int64Tensor(values: ArrayLike<number>, shape: readonly number[]): SessionTensor {
  return new ort.Tensor("int64", BigInt64Array.from(values, BigInt), shape);
}

/** Lengths as int32. */
export function int32Tensor(values: readonly number[], shape: readonly number[]): SessionTensor {
  return new ort.Tensor("int32", Int32Array.from(values), shape);
}

/** A bool of shape []. */
export function boolTensor(value: boolean): SessionTensor {
  return new ort.Tensor("bool", Uint8Array.of(value ? 1 : 0), []);
}

/** float32 values; `data` is used as it is, not copied. */
export function float32Tensor(data: Float32Array, shape: readonly number[]): SessionTensor {
  return new ort.Tensor("float32", data, shape);
}

/** Whether a tensor's values lie in the memory of the process. */
export function isOnHost(tensor: SessionTensor): boolean {
  return tensor.location !== "gpu-buffer";
}

/** Bytes of the values that a run gave to the process. */
export function hostBytes(outputs: Readonly<Record<string, SessionTensor>>): number {
  const onHost = Object.values(outputs).filter(isOnHost);
  return onHost.reduce((sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0), 0);
}

/** The float32 output called `name`. Throws when it is absent or of another type. */
export function readFloat32(outputs: Readonly<Record<string, SessionTensor>>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new TypeError(`output ${name} is not float32`);
}

/** The int64 output called `name`, as numbers. Throws when it is absent or of another type. */
export function readInt64(outputs: Readonly<Record<string, SessionTensor>>, name: string): number[] {
  const data = outputs[name]?.data;
  if (data instanceof BigInt64Array) return Array.from(data, Number);
  throw new TypeError(`output ${name} is not int64`);
}

/**
 * Memory is not planned ahead by pattern: where lengths differ from run to run, the plans would only add to it, and a training step of the
 * 6-layer GPT of `npm run bench -- train` peaks at 1.8 GB with plans, 1.2 GB without, 1.0 GB when frugal, in the same time. Matrices are packed: left as
 * they are, GPT-2 small in float32 would peak at 845 MB in place of 999, but its prompts would cost an eighth more processor time and its
 * tokens a fifteenth; at 8 and 4 bits a token would cost 30 times as much.
 */
function sessionOptions({
  device,
  folder,
  strict,
  onDevice,
  frugal,
}: SessionOptions): ort.InferenceSession.SessionOptions {
  const { executionProvider, cacheUse } = deviceTraits[device];
  const location = cacheUse.outputs === "news" ? {} : deviceOutputs(onDevice ?? []);
  const session = {
    ...(folder ? { model_external_initializers_file_folder_path: folder } : {}),
    ...(strict ? { disable_cpu_ep_fallback: "1" } : {}),
  };
  return {
    executionProviders: [executionProvider],
    graphOptimizationLevel: "all",
    enableMemPattern: false,
    ...(frugal && { enableCpuMemArena: false }),
    ...location,
    extra: { session },
  };
}

function deviceOutputs(names: readonly string[]): Pick<ort.InferenceSession.SessionOptions, "preferredOutputLocation"> {
  return { preferredOutputLocation: Object.fromEntries(names.map((name) => [name, "gpu-buffer" as const])) };
}
