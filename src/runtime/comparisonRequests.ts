/** What callers may ask of the comparison lab. */

import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { itemsFilterForm } from "./comparison/itemsFilterForm";
import {
  type ComparisonExportParams,
  type ComparisonFolder,
  type ComparisonItemsParams,
  comparisonReportForms,
  type ReplayParams,
} from "./comparisonProtocol";
import type { ComparisonParams, ComparisonSource } from "./comparisonRecord";
import { maxPromptFileLength } from "./prompt/promptText";
import { deviceChoices } from "./protocol";

const absolute = z
  .string()
  .max(10_000)
  .refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });

const source = z.object({
  path: absolute,
  text: z.string().max(maxPromptFileLength),
  root: absolute.exactOptional(),
}) satisfies z.ZodType<ComparisonSource>;

const number = z.int().min(0);

/** The parameters of each request, for `parseRequest`. */
export const comparisonParams = {
  run: z.object({
    source,
    model: absolute,
    store: absolute,
    device: z.enum(deviceChoices),
    contextLength: z.int().min(2).exactOptional(),
    runs: absolute,
    cache: absolute.exactOptional(),
    arms: z.array(z.string().min(1).max(1000)).min(1).max(1000).exactOptional(),
    modelsFromStoreOnly: z.boolean().exactOptional(),
  }) satisfies z.ZodType<ComparisonParams>,
  folder: z.object({ folder: absolute }) satisfies z.ZodType<ComparisonFolder>,
  items: z.object({
    folder: absolute,
    ...itemsFilterForm,
  }) satisfies z.ZodType<ComparisonItemsParams>,
  export: z.object({
    folder: absolute,
    form: z.enum(comparisonReportForms),
    withoutTexts: z.boolean().exactOptional(),
  }) satisfies z.ZodType<ComparisonExportParams>,
  replay: z.object({
    folder: absolute,
    arm: number,
    seed: z.int().min(0).max(0xffffffff),
    item: number,
  }) satisfies z.ZodType<ReplayParams>,
};
