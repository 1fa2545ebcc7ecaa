/** Plans a device's memory: refuses what it has no room for, with what would fit, before anything is asked of a driver. */
import { totalmem } from "node:os";
import { parametersInMemory } from "../checkpoint/describe";
import type { ModelFolder } from "../checkpoint/store";
import { notEnoughMemory } from "../errors";
import type { GPTConfig } from "../model/config";
import { estimateMemory } from "../model/memory";
import { contextStep, planMemory } from "../model/memoryPlan";
import { type Device, hasOwnMemory } from "../protocol";

/** What is planned with. */
export interface MemoryLimits {
  /** Most tokens of context that the engine uses; the model's own when absent. */
  readonly contextLength?: number | undefined;
  /** Bytes that the device has; null when it does not tell. */
  readonly available?: number | null | undefined;
}

/**
 * Throws `notEnoughMemory` when `model` cannot run with the context that was asked for; or, when none was, not even with the shortest: its
 * caches grow with the texts, and each is planned when it is made. What other programs and the model before hold may be freed or swapped,
 * so that it does not count.
 */
export function checkMemory(
  model: ModelFolder,
  device: Device,
  { contextLength, available = deviceMemory(device) }: MemoryLimits = {},
): void {
  const plan = planMemory(limitContext(model.config, contextLength), device, parametersInMemory(model), available);
  if (plan.kind === "short" && (plan.context === null || contextLength !== undefined))
    throw notEnoughMemory(model.name, plan);
}

/** The configuration with no more context than `contextLength`. */
export function limitContext(config: GPTConfig, contextLength: number | undefined): GPTConfig {
  return { ...config, nPositions: Math.min(config.nPositions, contextLength ?? config.nPositions) };
}

/** Memory that the device has, bytes, a container's limit included; null where it does not tell. */
export function deviceMemory(device: Device): number | null {
  if (hasOwnMemory[device]) return null;
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** What caches ask before they are made, and tell when they are freed. */
export interface CacheBudget {
  /** Throws `notEnoughMemory` when a cache of `tokens` tokens, `bytes` large, has no room beside the others. */
  take(tokens: number, bytes: number): void;
  give(bytes: number): void;
}

/** Asks nobody. */
export const unlimited: CacheBudget = { take: () => undefined, give: () => undefined };

/** Memory of one loaded model: its weights, one pass' workspace, and its caches. */
export class MemoryBudget implements CacheBudget {
  /** Called when there is no room: frees caches that merely wait. */
  onShort: () => void = () => undefined;
  #taken = 0;

  /** `available` in bytes; null refuses nothing. */
  constructor(
    private readonly model: ModelFolder,
    private readonly device: Device,
    private readonly available: number | null = deviceMemory(device),
  ) {}

  take(tokens: number, bytes: number): void {
    this.#check(tokens);
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }

  /** Takes memory for as long as the model is loaded: another graph's parameters. Throws `notEnoughMemory` as `take` does. */
  reserve(bytes: number): void {
    this.#check(contextStep, bytes);
    this.#taken += bytes;
  }

  #check(tokens: number, more = 0): void {
    if (!this.#fits(tokens, more)) this.onShort();
    if (!this.#fits(tokens, more)) throw this.#refusal(tokens, more);
  }

  #fits(tokens: number, more: number): boolean {
    if (this.available === null) return true;
    const { total } = estimateMemory(this.model.config, this.device, parametersInMemory(this.model), tokens);
    return this.#taken + more + total <= this.available;
  }

  #refusal(tokens: number, more: number): Error {
    const taken = this.#taken + more;
    const left = (this.available ?? 0) - taken;
    const plan = planMemory(limitContext(this.model.config, tokens), this.device, parametersInMemory(this.model), left);
    const { needed } = plan;
    const [context, quantizedFits] = plan.kind === "short" ? [plan.context, plan.quantizedFits] : [null, false];
    return notEnoughMemory(this.model.name, {
      needed: needed + taken,
      available: this.available ?? 0,
      ...{ context, quantizedFits },
    });
  }
}
