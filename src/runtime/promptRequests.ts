/** What callers may ask of the prompt lab. */
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { maxPromptFileLength } from "./prompt/promptText";
import { promptOverrides } from "./prompt/runForm";
import type {
  PromptLintParams,
  PromptPreviewParams,
  PromptRunParams,
  PromptSource,
  SensitivityParams,
} from "./promptProtocol";
import { modelReference, priority } from "./requests";

const absolute = z.string().refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });

const source = z.object({
  path: absolute,
  text: z.string().max(maxPromptFileLength),
  root: absolute.exactOptional(),
}) satisfies z.ZodType<PromptSource>;

const overrides = promptOverrides.extend({ data: absolute.exactOptional() }).exactOptional();
const common = { model: modelReference, source };

/** The parameters of each request, for `parseRequest`. */
export const promptParams = {
  preview: z.object({
    ...common,
    overrides,
    variant: z.int().min(0),
    item: z.int().min(0),
  }) satisfies z.ZodType<PromptPreviewParams>,
  run: z.object({
    ...common,
    overrides,
    priority,
    cache: absolute.exactOptional(),
    runs: absolute.exactOptional(),
  }) satisfies z.ZodType<PromptRunParams>,
  lint: z.object(common) satisfies z.ZodType<PromptLintParams>,
  sensitivity: z.object({
    ...common,
    overrides,
    variant: z.string().min(1).exactOptional(),
    axis: z.enum(["order", "demonstrations", "labelWords", "template"]),
    samples: z.int().min(1).max(10_000),
    seed: z.int().min(0).max(0xffffffff),
  }) satisfies z.ZodType<SensitivityParams>,
};
