/** What callers may ask of the training engine. */
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { deviceChoices } from "./protocol";
import { modelReference } from "./requests";
import { fineTuneSettings, pretrainSettings } from "./training/settings";
import { corpusSource, pretrainModel, trainingData } from "./training/trainingForm";
import type { CorpusSource, TrainingGuessParams, TrainingPreviewParams } from "./trainingDataProtocol";
import type { ControlTrainingParams, FineTuneParams, PretrainParams, ResumeTrainingParams } from "./trainingProtocol";

const absolute = z
  .string()
  .max(10_000)
  .refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });

const data = trainingData.extend({ path: absolute, dev: absolute.exactOptional(), test: absolute.exactOptional() });

const corpus = corpusSource.extend({ root: absolute });
const name = z.string().min(1).max(200).exactOptional();

/** The parameters of each request, for `parseRequest`. */
export const trainingParams = {
  guess: z.object({ path: absolute }) satisfies z.ZodType<TrainingGuessParams>,
  preview: z.object({
    data,
    model: modelReference.exactOptional(),
    maxLength: z.int().min(1).exactOptional(),
  }) satisfies z.ZodType<TrainingPreviewParams>,
  fineTune: z.object({
    model: modelReference,
    data,
    settings: fineTuneSettings,
    runs: absolute,
    name,
  }) satisfies z.ZodType<FineTuneParams>,
  corpus: corpus satisfies z.ZodType<CorpusSource>,
  pretrain: z.object({
    model: pretrainModel,
    corpus,
    settings: pretrainSettings,
    device: z.enum(deviceChoices).exactOptional(),
    runs: absolute,
    name,
  }) satisfies z.ZodType<PretrainParams>,
  resume: z.object({ folder: absolute }) satisfies z.ZodType<ResumeTrainingParams>,
  control: z.object({ action: z.enum(["pause", "stop"]) }) satisfies z.ZodType<ControlTrainingParams>,
};
