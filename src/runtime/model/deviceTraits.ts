/** What differs between devices, as data: the rest of the engine asks this table and names no device. */
import type { Device } from "../protocol";
import type { CacheUse } from "./attention";
import type { Products } from "./gpt";
import type { HeadsAtOnce } from "./sparseAttention";

/** How graphs are built for a device, and what is planned for it. */
export interface DeviceTraits {
  /** onnxruntime's name of its execution provider. */
  readonly executionProvider: string;
  /** Tokens scored in one pass. */
  readonly passTokens: number;
  /** Tokens read in one pass where few distributions are asked: a prompt. */
  readonly promptPassTokens: number;
  /** How many heads of a sparse layer are computed at once over whole sequences. */
  readonly headsAtOnce: HeadsAtOnce;
  /** How the inference graph treats its cache; the outputs `presents` stay on the device. */
  readonly cacheUse: CacheUse;
  /** How quantized matrices are multiplied. */
  readonly quantizedProducts: Products;
  /** Whether onnxruntime copies matrices into the order that its kernels want: a tied embedding is then there twice. */
  readonly packsMatrices: boolean;
  /** Whether `auto` may take it: our graphs were measured on it. */
  readonly automatic: boolean;
}

/**
 * 64 tokens' logits over 50,257 words are 13 MB, and on two cores GPT-2 small takes about 0.3 s. A prompt of 512 tokens takes it 0.71 s
 * in passes of 64, 0.62 s in passes of 128, after each of which a cancellation is seen, and 0.59 s in passes of 256.
 * Quantized products: of onnxruntime 1.30's kernels, exact ones took GPT-2 small from 48 tokens/s in float32 to 5 at 8 bits.
 */
const cpu: DeviceTraits = {
  executionProvider: "cpu",
  passTokens: 64,
  promptPassTokens: 128,
  headsAtOnce: "one",
  cacheUse: { outputs: "news", attending: "inParts" },
  quantizedProducts: "rounded",
  packsMatrices: true,
  automatic: true,
};

/**
 * From 32 tokens on onnxruntime 1.30 takes another kernel, which gives wrong results where subgroups are narrow (seen with SwiftShader's
 * 4); the parity suite holds this.
 */
const webgpu: DeviceTraits = {
  executionProvider: "webgpu",
  passTokens: 31,
  promptPassTokens: 31,
  headsAtOnce: "all",
  cacheUse: { outputs: "presents", attending: "fused" },
  quantizedProducts: "exact",
  packsMatrices: false,
  automatic: true,
};

/**
 * Providers that onnxruntime-node can leave no tensor on: the cache lies in the process' memory, and new rows come back. What they have
 * no kernel for, such as attention with a cache in float32, onnxruntime computes on the CPU.
 */
const withoutBuffers: Omit<DeviceTraits, "executionProvider"> = {
  passTokens: 64,
  promptPassTokens: 128,
  headsAtOnce: "all",
  cacheUse: { outputs: "news", attending: "fused" },
  quantizedProducts: "exact",
  packsMatrices: false,
  automatic: false,
};

/** The traits of every device. */
export const deviceTraits: { readonly [D in Device]: DeviceTraits } = {
  webgpu,
  cuda: { ...withoutBuffers, executionProvider: "cuda" },
  directml: { ...withoutBuffers, executionProvider: "dml" },
  coreml: { ...withoutBuffers, executionProvider: "coreml" },
  cpu,
};
