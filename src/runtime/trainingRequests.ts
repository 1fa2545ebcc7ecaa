/** What callers may ask of the training engine. */
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { modelReference } from "./requests";
import { fineTuneSettings } from "./training/settings";
import { trainingData } from "./training/trainingForm";
import type { TrainingGuessParams, TrainingPreviewParams } from "./trainingDataProtocol";
import type { ControlTrainingParams, FineTuneParams, ResumeTrainingParams } from "./trainingProtocol";

const absolute = z
  .string()
  .max(10_000)
  .refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });

const data = trainingData.extend({ path: absolute, dev: absolute.exactOptional(), test: absolute.exactOptional() });

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
    name: z.string().min(1).max(200).exactOptional(),
  }) satisfies z.ZodType<FineTuneParams>,
  resume: z.object({ folder: absolute }) satisfies z.ZodType<ResumeTrainingParams>,
  control: z.object({ action: z.enum(["pause", "stop"]) }) satisfies z.ZodType<ControlTrainingParams>,
};
