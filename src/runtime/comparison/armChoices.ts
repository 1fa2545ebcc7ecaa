/** What an arm chooses from: the products of the lists that the file gives. Pure. */
import type { PromptChoice } from "../comparisonRecord";
import type { Calibration, Sampler, ScoringRule } from "../prompt/promptFile";
import { fineTuneDefaults } from "../training/settings";
import type { FineTuneSettings, TrainingMethod } from "../trainingProtocol";
import type { ArmPrompt, ArmTraining, ComparisonArm } from "./comparisonFile";

/** What a prompt says where the arm does not. */
export interface PromptBase {
  /** Name of a prompt file's variant, or the number of a template, from 1; null where there is one only. */
  readonly variant: string | null;
  readonly k: number;
  readonly sampler: Sampler;
  /** Null for texts that are written. */
  readonly rule: ScoringRule | null;
  readonly calibration: Calibration | null;
}

/** What a prompt that is written in the comparison file says: GPT-3's zero-shot, per token. */
export const inlineBase = { k: 0, sampler: "random", rule: "perToken", calibration: "none" } as const;

/** How many combinations an arm has, before any of them is made. */
export function combinationCount({ prompt, finetune }: ComparisonArm): number {
  const lists = prompt
    ? [prompt.variant, prompt.template, prompt.k, prompt.sampler, prompt.rule, prompt.calibration]
    : [
        finetune?.epochs,
        finetune?.learningRate,
        finetune?.batchSize,
        finetune?.lmCoef,
        finetune?.weightDecay,
        finetune?.r,
      ];
  return lists.reduce<number>((product, list) => product * (Array.isArray(list) ? list.length : 1), 1);
}

/** Choices of a prompt: the last list changes first. Without demonstrations there is nothing to sample: one sampler stands for all. */
export function promptChoices(prompt: ArmPrompt, bases: readonly PromptBase[]): readonly PromptChoice[] {
  const choices = bases.flatMap((base) =>
    listOf(prompt.k, base.k).flatMap((k) =>
      (k === 0 ? listOf(prompt.sampler, base.sampler).slice(0, 1) : listOf(prompt.sampler, base.sampler)).flatMap(
        (sampler) =>
          (base.rule === null ? [null] : listOf(prompt.rule, base.rule)).flatMap((rule) =>
            (base.calibration === null ? [null] : listOf(prompt.calibration, base.calibration)).map(
              (calibration): PromptChoice => ({ kind: "prompt", variant: base.variant, k, sampler, rule, calibration }),
            ),
          ),
      ),
    ),
  );
  return choices;
}

/** Settings to choose from: the last list changes first. What the arm does not say is its method's default; the seed is 0. */
export function trainingChoices(training: ArmTraining): readonly FineTuneSettings[] {
  const { optimizer, epochs, lmCoef } = fineTuneDefaults[training.method];
  const { learningRate, batchSize, weightDecay } = optimizer;
  return listOf(training.epochs, epochs).flatMap((epochs) =>
    listOf(training.learningRate, learningRate).flatMap((learningRate) =>
      listOf(training.batchSize, batchSize).flatMap((batchSize) =>
        listOf(training.lmCoef, lmCoef).flatMap((lmCoef) =>
          listOf(training.weightDecay, weightDecay).flatMap((weightDecay) =>
            methods(training).map((method) =>
              settingsOf(training, { epochs, learningRate, batchSize, lmCoef, weightDecay, method }),
            ),
          ),
        ),
      ),
    ),
  );
}

interface Chosen extends Pick<FineTuneSettings, "epochs" | "lmCoef" | "method"> {
  readonly learningRate: number;
  readonly batchSize: number;
  readonly weightDecay: number;
}

function settingsOf(training: ArmTraining, chosen: Chosen): FineTuneSettings {
  const base = fineTuneDefaults[training.method];
  const { epochs, lmCoef, method, learningRate, batchSize, weightDecay } = chosen;
  const { dropout, microBatchSize = Math.min(base.optimizer.microBatchSize, batchSize) } = training;
  const { warmup = base.optimizer.warmup, maxLength = base.maxLength, recompute = base.recompute } = training;
  return {
    ...base,
    ...{ method, epochs, lmCoef, maxLength, recompute },
    optimizer: { ...base.optimizer, learningRate, batchSize, microBatchSize, weightDecay, warmup },
    dropout:
      dropout === undefined
        ? base.dropout
        : { embedding: dropout, residual: dropout, attention: dropout, classifier: dropout },
    seed: 0,
  };
}

function methods({ method, r, loraAlpha, targetModules }: ArmTraining): readonly TrainingMethod[] {
  const base = fineTuneDefaults[method].method;
  if (base.kind !== "lora") return [base];
  const said = { loraAlpha: loraAlpha ?? base.loraAlpha, targetModules: targetModules ?? base.targetModules };
  return listOf(r, base.r).map((r) => ({ ...base, ...said, r }));
}

/** A value that may be a list, as a list. */
export function listOf<T>(said: T | readonly T[] | undefined, standard: T): readonly T[] {
  if (said === undefined) return [standard];
  return isList(said) ? said : [said];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
