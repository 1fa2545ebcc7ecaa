/** What pre-training needs, before any text is read. */
import { exportedBytes } from "../checkpoint/export";
import { parameterCount } from "../checkpoint/parameterNames";
import { deviceMemory } from "../engine/deviceMemory";
import { estimateTrainingMemory } from "../model/trainingMemory";
import type { Device } from "../protocol";
import type { PretrainParams, TrainingEstimate } from "../trainingProtocol";
import { passSequences } from "./batchPlan";
import { checkCorpus } from "./corpus";
import { fitMemory, type MemorySettings } from "./estimate";
import { openPretrainBase } from "./pretrainModel";

/**
 * Memory of a step, and disk of the model. A vocabulary that is yet to be trained counts as large as it was asked for.
 * @param available bytes that the device has; null when it is not known.
 * @throws as `pretrain` does before it makes a folder.
 */
export async function estimatePretrain(
  { model, corpus, settings }: Pick<PretrainParams, "model" | "corpus" | "settings">,
  device: Device,
  signal: AbortSignal,
  available = deviceMemory(device),
): Promise<TrainingEstimate> {
  await checkCorpus(corpus);
  const base = await openPretrainBase(model, settings, signal);
  base.model?.tokenizer?.free();
  const { config } = base;
  const { optimizer, dropout, sequenceLength, recompute, steps } = settings;
  const { batchSize, microBatchSize } = optimizer;
  const memoryOf = (changed: MemorySettings) => {
    const rows = passSequences(changed.microBatchSize, changed.length, device);
    return estimateTrainingMemory(config, {
      objective: { kind: "languageModel" },
      method: { kind: "full" },
      ...{ ...changed, microBatchSize: rows },
      accumulates: rows < batchSize,
      drops: Object.values(dropout).some((share) => share > 0),
    });
  };
  return {
    ...fitMemory(memoryOf, { microBatchSize, length: sequenceLength, recompute }, available),
    trainedParameters: parameterCount(config),
    steps,
    diskBytes: exportedBytes(config, "F32"),
  };
}
