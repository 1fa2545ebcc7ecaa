/** The part of the service that runs prompt files. */
import type { ModelSlot } from "./engine/modelSlot";
import { CancelledError, notAModelFolder } from "./errors";
import { loadPrompt } from "./prompt/loadPrompt";
import { previewPrompt } from "./prompt/previewPrompt";
import { type PromptProblem, readPromptText } from "./prompt/promptText";
import { openCache, recordedRun } from "./prompt/recordedRun";
import { runSensitivity } from "./prompt/sensitivityRun";
import { lintTokens } from "./prompt/tokenLint";
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
      onProgress: (done: number, total: number) => context.onProgress?.({ stage: "answering", done, total }),
    };
    return this.#slot.use(
      checked.model,
      context,
      (model) => recordedRun(model, loaded, checked, options),
      () => begun,
    );
  }

  /** Token hazards of a prompt file. */
  async lint(params: PromptLintParams, context: RequestContext): Promise<readonly PromptProblem[]> {
    const { model, source } = parseRequest(promptParams.lint, params);
    const loaded = await loadPrompt(source);
    const reading = readPromptText(source.text);
    return this.#slot.use(model, context, ({ tokenizer, config, info }) => {
      if (!tokenizer) throw notAModelFolder(info.folder, "vocab.json");
      const encoder = { tokenizer, contextTokens: config.nPositions };
      return cancellable(context.signal, lintTokens(reading, loaded, encoder, context.signal));
    });
  }

  /** How much a prompt's success hangs on what should not matter. */
  async sensitivity(params: SensitivityParams, context: RequestContext): Promise<Sensitivity> {
    const { model, source, overrides, ...options } = parseRequest(promptParams.sensitivity, params);
    const loaded = await loadPrompt(source, overrides);
    return this.#slot.use(model, context, async (model) => {
      // Kept in memory only: no other run asks for these prompts.
      const cache = await openCache(model, "", undefined);
      const onProgress = (done: number, total: number) => context.onProgress?.({ stage: "answering", done, total });
      return runSensitivity(model, loaded, options, { signal: context.signal, priority: "batch", cache, onProgress });
    });
  }
}

/** What `work` gives; `CancelledError` for whatever it throws once the signal has aborted. */
async function cancellable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) throw new CancelledError("cancelled");
    throw error;
  }
}
