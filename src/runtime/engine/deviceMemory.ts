/** Refuses a model that the device has no room for, before anything of it is loaded. */
import { totalmem } from "node:os";
import { parametersInMemory } from "../checkpoint/describe";
import type { ModelFolder } from "../checkpoint/store";
import { notEnoughMemory } from "../errors";
import { planMemory } from "../model/memoryPlan";
import { type Device, hasOwnMemory } from "../protocol";

/**
 * Throws `notEnoughMemory`, with what would fit, when `model` can never run in `available` bytes, not even with the shortest context.
 * What other programs and the model before hold may be freed or swapped, so that it does not count.
 */
export function checkMemory(model: ModelFolder, device: Device, available = deviceMemory(device)): void {
  const plan = planMemory(model.config, device, parametersInMemory(model), available);
  if (plan.kind === "short" && plan.context === null) throw notEnoughMemory(model.name, plan);
}

/** Memory that the device has, bytes, a container's limit included; null where it does not tell. */
export function deviceMemory(device: Device): number | null {
  if (hasOwnMemory[device]) return null;
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
