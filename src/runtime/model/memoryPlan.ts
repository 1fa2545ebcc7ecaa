/** Whether a model fits the memory that a device has, and what of it would. Pure: the memory is given. */
import type { Device } from "../protocol";
import type { GPTConfig } from "./config";
import { estimateMemory } from "./memory";
import { type Quantization, quantizedShapes } from "./quantization";

/** What a plan says. Bytes. */
export type MemoryPlan =
  | { readonly kind: "fits"; readonly needed: number }
  /** The device does not tell how much memory it has: nothing is refused. */
  | { readonly kind: "unknown"; readonly needed: number }
  | {
      readonly kind: "short";
      readonly needed: number;
      readonly available: number;
      /** Most tokens of context that fit, a multiple of `contextStep`; null when not even one step does. */
      readonly context: number | null;
      /** Whether an 8-bit copy fits with the full context. */
      readonly quantizedFits: boolean;
    };

/** Contexts are offered in steps of this many tokens: caches grow by as many. */
export const contextStep = 64;

const eightBits: Quantization = { bits: 8, blockSize: 32 };

/**
 * Compares a model's need with what `device` has.
 * @param parameterBytes bytes of the parameters once they are read.
 * @param available bytes that may still be taken; null when that cannot be known.
 */
export function planMemory(
  config: GPTConfig,
  device: Device,
  parameterBytes: number,
  available: number | null,
): MemoryPlan {
  const needed = estimateMemory(config, device, parameterBytes).total;
  if (available === null) return { kind: "unknown", needed };
  if (needed <= available) return { kind: "fits", needed };
  const quantized = eightBitBytes(config, parameterBytes);
  return {
    kind: "short",
    needed,
    available,
    context: longestContext(config, device, parameterBytes, available),
    quantizedFits: quantized !== null && estimateMemory(config, device, quantized).total <= available,
  };
}

/** Bytes of the parameters of an 8-bit copy, once they are read; null for a model that is quantized already. */
export function eightBitBytes(config: GPTConfig, parameterBytes: number): number | null {
  if (config.quantization !== null) return null;
  const { nEmbd, nInner, nLayer } = config;
  const matrices = [
    [3 * nEmbd, nEmbd],
    [nEmbd, nEmbd],
    [nInner, nEmbd],
    [nEmbd, nInner],
  ] as const;
  const saved = matrices.reduce((sum, [N, K]) => sum + 4 * N * K - quantizedBytes(N, K), 0);
  return parameterBytes - nLayer * saved;
}

function quantizedBytes(N: number, K: number): number {
  const { qweight, scales } = quantizedShapes(N, K, eightBits);
  return qweight.reduce((a, b) => a * b, 1) + 4 * scales.reduce((a, b) => a * b, 1);
}

/** The need grows with the context, so halving the range finds the longest. */
function longestContext(config: GPTConfig, device: Device, parameterBytes: number, available: number): number | null {
  const fits = (steps: number) =>
    estimateMemory(config, device, parameterBytes, steps * contextStep).total <= available;
  let low = 0;
  let high = Math.ceil(config.nPositions / contextStep);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low === 0 ? null : low * contextStep;
}
