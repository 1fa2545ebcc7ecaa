/** The part of the service that speaks the languages of other programs. */
import { basename, dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { ModelSlot } from "./engine/modelSlot";
import { CancelledError, invalidRequest } from "./errors";
import { boundless, exportedPrompts } from "./interop/exportedPrompts";
import { importedFiles } from "./interop/importedPrompts";
import { lmEvalFiles } from "./interop/lmEvalExport";
import { readLmEval } from "./interop/lmEvalImport";
import { promptfooFiles } from "./interop/promptfooExport";
import { readPromptfoo } from "./interop/promptfooImport";
import { writeWhole } from "./interop/writeWhole";
import {
  type InteropExportParams,
  type InteropImportParams,
  type InteropResult,
  interopForms,
} from "./interopProtocol";
import type { Encoder } from "./prompt/assemble";
import { promptEncoder } from "./prompt/encoder";
import { loadPrompt } from "./prompt/loadPrompt";
import { promptParams } from "./promptRequests";
import { absolutePath, modelReference, parseRequest } from "./requests";
import type { RequestContext } from "./service";

const exportParams = z.object({
  source: promptParams.run.shape.source,
  to: z.enum(interopForms),
  overrides: promptParams.run.shape.overrides,
  model: modelReference.exactOptional(),
  folder: absolutePath,
  overwrite: z.boolean(),
}) satisfies z.ZodType<InteropExportParams>;

const importParams = z.object({
  from: z.enum(interopForms),
  path: absolutePath,
  out: absolutePath,
  overwrite: z.boolean(),
}) satisfies z.ZodType<InteropImportParams>;

const makers = { "lm-eval": lmEvalFiles, promptfoo: promptfooFiles };
const readers = { "lm-eval": readLmEval, promptfoo: readPromptfoo };

/**
 * Writes prompt files for other programs, and theirs as prompt files. Both throw `invalidRequest`, `invalidPrompt`, `invalidDataset` and
 * `cannotWrite`, and then leave no file behind.
 */
export class InteropService {
  constructor(private readonly slot: ModelSlot) {}

  /** Writes a prompt file as another program's. */
  async export(params: InteropExportParams, context: RequestContext): Promise<InteropResult> {
    const { source, to, overrides, model, folder, overwrite } = parseRequest(exportParams, params);
    const loaded = await loadPrompt(source, overrides);
    const make = (encoder: Encoder) => exportedPrompts(loaded, encoder, context.signal);
    const turn = { signal: context.signal, priority: "batch" } as const;
    const exported = model
      ? await this.slot.use(model, context, (held) => make(promptEncoder(held, turn)))
      : await make(boundless);
    const { files, notes } = makers[to](exported);
    return { files: await writeWhole(folder, files, overwrite), notes };
  }

  /** Writes another program's file as a prompt file with its data. */
  async import(params: InteropImportParams, context: RequestContext): Promise<InteropResult> {
    const { from, path, out, overwrite } = parseRequest(importParams, params);
    const name = /^(.+)\.prompt\.yaml$/.exec(basename(out))?.[1];
    if (name === undefined) throw invalidRequest(l10n.t("{0} must end with .prompt.yaml", basename(out)));
    const imported = await readers[from](path);
    if (context.signal.aborted) throw new CancelledError("cancelled");
    const { files, notes } = await importedFiles(imported, name);
    return { files: await writeWhole(dirname(out), files, overwrite), notes };
  }
}
