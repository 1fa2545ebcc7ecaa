/** What comes from the training panel's page, checked: values of the forms, and what a page before this one kept. */
import * as z from "zod";
import { deviceChoices } from "../../runtime/protocol";
import { taskTypes } from "../../runtime/trainingDataProtocol";
import type { FineTuneField, FineTuneValues, PretrainField, PretrainValues } from "../../runtime/trainingPanelProtocol";
import { fineTuneFields, pretrainFields } from "./formFields";
import type { KeptTraining } from "./trainingLab";

const typed = z.string().max(1000);
const path = z.string().max(10_000);
const texts = z.record(typed, z.string().max(10_000));
const decay = z.enum(["linear", "cosine", "constant"]);
const device = z.enum(deviceChoices);

function fields<K extends string>(limits: Readonly<Record<K, unknown>>) {
  return z.record(z.enum(Object.keys(limits) as [K, ...K[]]), typed);
}

/** Values of the fine-tuning form. */
export const fineTuneValuesSchema: z.ZodType<FineTuneValues> = z.object({
  fields: fields<FineTuneField>(fineTuneFields),
  ...{ path, dev: path, test: path, task: z.enum(taskTypes), columns: texts, labels: texts },
  ...{ skipBadRows: z.boolean(), keepDuplicates: z.boolean(), model: path, device },
  ...{ method: z.enum(["head", "lora", "full"]), targetModules: z.array(typed).max(100), decay },
  ...{ specialTokens: z.enum(["new", "existing"]), headBias: z.boolean(), recompute: z.boolean(), name: typed },
});

/** Values of the pre-training form. */
export const pretrainValuesSchema: z.ZodType<PretrainValues> = z.object({
  fields: fields<PretrainField>(pretrainFields),
  ...{ root: path, include: path, exclude: path, respectIgnoreFiles: z.boolean(), licenses: typed },
  ...{ kind: z.enum(["new", "continue"]), preset: typed, family: typed, tokenizer: z.enum(["train", "from"]) },
  ...{ tokenizerFrom: path, model: path, device, decay, recompute: z.boolean(), name: typed },
});

/** What a page kept; null for what is none of ours. */
export function parseKept(kept: unknown): KeptTraining | null {
  const parsed = z.object({ shown: keptSchema }).safeParse(kept);
  return parsed.success ? parsed.data.shown : null;
}

const keptSchema: z.ZodType<KeptTraining> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run"), folder: path }),
  z.object({ kind: z.literal("finetune"), values: fineTuneValuesSchema }),
  z.object({ kind: z.literal("pretrain"), values: pretrainValuesSchema }),
]);
