/** The part of the service that runs prompt files. */
import type { ModelSlot } from "./engine/modelSlot";
import { promptEncoder } from "./prompt/encoder";
import { loadPrompt } from "./prompt/loadPrompt";
import { previewPrompt } from "./prompt/previewPrompt";
import type { PromptProblem } from "./prompt/promptText";
import { openCache, recordedRun } from "./prompt/recordedRun";
import { sensitivity } from "./prompt/sensitivity";
import { tokenLint } from "./prompt/tokenLint";
import type {
  PromptLintParams,
  PromptPreview,
  PromptPreviewParams,
  PromptRunEvent,
  PromptRunParams,
  PromptRunResult,
  Sensitivity,
  SensitivityParams,
} from "./promptProtocol";
import { promptParams } from "./promptRequests";
import { parseRequest } from "./requests";
import type { RequestContext } from "./service";

/**
 * Answers requests about prompt files, with the slot's model. Every method throws `invalidRequest` for wrong parameters, `invalidPrompt` and
 * `invalidDataset` for files that cannot be used.
 */
export class PromptService {
  readonly #slot: ModelSlot;

  constructor(slot: ModelSlot) {
    this.#slot = slot;
  }

  /** Puts one prompt together. */
  async preview(params: PromptPreviewParams, context: RequestContext): Promise<PromptPreview> {
    const { model, source, overrides, variant, item } = parseRequest(promptParams.preview, params);
    const loaded = await loadPrompt(source, overrides);
    return this.#slot.use(model, context, (model) => previewPrompt(model, loaded, { variant, item }, context));
  }

  /** Token hazards of a file. */
  async lint(params: PromptLintParams, context: RequestContext): Promise<readonly PromptProblem[]> {
    const { model, source } = parseRequest(promptParams.lint, params);
    return this.#slot.use(model, context, (model) => tokenLint(source, promptEncoder(model, context), context.signal));
  }

  /** How much a prompt's success hangs on what should not matter. Throws `CancelledError`. */
  async sensitivity(params: SensitivityParams, context: RequestContext): Promise<Sensitivity> {
    const checked = parseRequest(promptParams.sensitivity, params);
    const loaded = await loadPrompt(checked.source, checked.overrides);
    const { signal, onProgress } = context;
    return this.#slot.use(checked.model, context, async (model) => {
      // In memory: arrangements share what they can among themselves.
      const cache = await openCache(model, "", undefined);
      const report = (done: number, total: number) => onProgress?.({ stage: "scoring", done, total });
      return sensitivity(model, loaded, checked, { signal, priority: "batch", cache, onProgress: report });
    });
  }

  /** Runs variants over inputs, giving each event as it comes. A cancelled run returns what it had. */
  async run(
    params: PromptRunParams,
    context: RequestContext,
    onEvent: (event: PromptRunEvent) => unknown,
  ): Promise<PromptRunResult> {
    const checked = parseRequest(promptParams.run, params);
    const loaded = await loadPrompt(checked.source, checked.overrides);
    let begun = false;
    const options = {
      signal: context.signal,
      priority: checked.priority ?? ("batch" as const),
      onEvent: (event: PromptRunEvent) => {
        begun = true;
        return onEvent(event);
      },
      onProgress: (done: number, total: number) => context.onProgress?.({ stage: "scoring", done, total }),
    };
    return this.#slot.use(
      checked.model,
      context,
      (model) => recordedRun(model, loaded, checked, options),
      () => begun,
    );
  }
}
