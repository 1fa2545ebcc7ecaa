/** The prompt lab's requests to the runtime. Knows nothing of VS Code. */
import type { RequestType } from "vscode-jsonrpc";
import type { PromptProblem } from "../../runtime/prompt/promptText";
import {
  type PromptLintParams,
  type PromptPreview,
  type PromptPreviewParams,
  type PromptRunEvent,
  type PromptRunParams,
  type PromptRunResult,
  promptLintRequest,
  promptPreviewRequest,
  promptRunRequest,
  promptSensitivityRequest,
  type Sensitivity,
  type SensitivityParams,
} from "../../runtime/promptProtocol";
import type { ModelReference, RuntimeErrorInfo, WithProgress } from "../../runtime/protocol";
import type { ModelClient } from "../modelClient";
import type { CallOptions } from "../runtimeClient";

/** A request without a stream: what it may be called with. */
export type PlainOptions = Pick<CallOptions, "signal" | "onProgress">;

/** Previews, runs, lints and measures prompts. All methods throw as `RuntimeClient.request`. */
export class PromptClient {
  constructor(private readonly models: Pick<ModelClient, "stream">) {}

  /** Puts one prompt together, and counts it. */
  preview(params: PromptPreviewParams, options: PlainOptions = {}): Promise<PromptPreview> {
    return this.models.stream<PromptPreviewParams, PromptPreview, never>(promptPreviewRequest, params, {
      ...options,
      modelOf: ({ model }) => model,
    });
  }

  /** Runs variants over inputs, streaming to `options.onEvent`. A cancelled run keeps what it had, if it had begun. */
  run(params: PromptRunParams, options: CallOptions<PromptRunEvent>): Promise<PromptRunResult> {
    return this.models.stream<PromptRunParams, PromptRunResult, PromptRunEvent>(promptRunRequest, params, {
      ...options,
      modelOf: (told) => ("kind" in told && told.kind === "begin" ? told.model : undefined),
    });
  }

  /** Token hazards of a prompt file. */
  lint(params: PromptLintParams, options: PlainOptions = {}): Promise<readonly PromptProblem[]> {
    return this.#ask(promptLintRequest, params, options);
  }

  /** How much a prompt's success hangs on what should not matter. */
  sensitivity(params: SensitivityParams, options: PlainOptions = {}): Promise<Sensitivity> {
    return this.#ask(promptSensitivityRequest, params, options);
  }

  #ask<P extends { readonly model: ModelReference }, R>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: PlainOptions,
  ): Promise<R> {
    return this.models.stream<P, R, never>(type, params, options);
  }
}
