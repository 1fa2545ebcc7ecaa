/** What fine-tuning needs: from the data as they will be trained on, before anything is. */
import { exportedBytes } from "../checkpoint/export";
import { parameterShapes } from "../checkpoint/parameterNames";
import { deviceMemory } from "../engine/deviceMemory";
import { headShapes } from "../model/heads";
import { loraShapes } from "../model/lora";
import { estimateTrainingMemory } from "../model/trainingMemory";
import type { Device } from "../protocol";
import type { FineTuneParams, TrainingEstimate } from "../trainingProtocol";
import { batchPlan, type ItemSize, lengthStep, passSequences, passTokens } from "./batchPlan";
import { fitMemory, type MemorySettings } from "./estimate";
import { type FineTuneInput, openFineTuneInput } from "./fineTuneInput";
import { fineTuneObjective, itemSizes, type ObjectiveParts } from "./fineTuneModel";

/**
 * Memory of the fullest step, steps, and disk of the model.
 * @param available bytes that the device has; null when it is not known.
 * @throws as `fineTune` does before it makes a folder.
 */
export async function estimateFineTune(
  request: Pick<FineTuneParams, "model" | "data" | "settings">,
  device: Device,
  signal: AbortSignal,
  available = deviceMemory(device),
): Promise<TrainingEstimate> {
  const input = await openFineTuneInput(request, signal, () => undefined);
  input.base.tokenizer?.free();
  const { method, optimizer, epochs, seed } = input.settings;
  const { batchSize, microBatchSize } = optimizer;
  const trained = trainedCount(input);
  const plan = batchPlan(itemSizes(input.items.train), {
    ...{ batchSize, microBatchSize, epochs, seed },
    passTokens: passTokens(device),
  });
  return {
    ...fineTuneMemory(input, itemSizes(Object.values(input.items).flat()), device, available),
    trainedParameters: trained,
    steps: plan.steps,
    diskBytes: method.kind === "lora" ? 4 * trained : exportedBytes(input.config, "F32"),
  };
}

/** Memory of the fullest step with items of these sizes, one at least; what would make it fit into `available` bytes where it does not. */
export function fineTuneMemory(
  input: ObjectiveParts & Pick<FineTuneInput, "config">,
  sizes: readonly ItemSize[],
  device: Device,
  available: number | null,
): ReturnType<typeof fitMemory> {
  const { method, optimizer, dropout, recompute, maxLength } = input.settings;
  const { batchSize, microBatchSize } = optimizer;
  const sequences = Math.max(...sizes.map((size) => size.sequences));
  const memoryOf = (changed: MemorySettings) => {
    const rows = passSequences(changed.microBatchSize, changed.length, device);
    return estimateTrainingMemory(input.config, {
      ...{ objective: fineTuneObjective(input), method },
      ...changed,
      // An item is never cut: its sequences are in memory together.
      microBatchSize: Math.max(rows, sequences),
      accumulates: rows < batchSize * sequences,
      drops: dropout.embedding + dropout.residual + dropout.attention > 0,
    });
  };
  const longest = Math.max(...sizes.map((size) => size.length));
  const length = Math.min(maxLength, Math.ceil(longest / lengthStep) * lengthStep);
  return fitMemory(memoryOf, { microBatchSize, length, recompute }, available);
}

/** Scalars that are moved. */
function trainedCount(input: FineTuneInput): number {
  const { config, settings } = input;
  const { method } = settings;
  const shapes = [
    ...headShapes(fineTuneObjective(input), config.nEmbd).values(),
    ...(method.kind === "lora" ? loraShapes(config, method).values() : []),
    ...(method.kind === "full" ? parameterShapes(config).values() : []),
  ];
  return shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
