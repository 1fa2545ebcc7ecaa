/** The two things the inspector can be asked for, as they unfold in it. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Segment } from "../runtime/analysisProtocol";
import { CancelledError, toErrorInfo } from "../runtime/errors";
import type { InspectorState, TextSource } from "../runtime/panelProtocol";
import type {
  GenerateEvent,
  GenerateParams,
  GenerateResult,
  ScoredToken,
  ScoreParams,
  ScoreResult,
  Truncation,
  WorkProgress,
} from "../runtime/protocol";
import type { ModelClient } from "./modelClient";
import type { InspectorRun } from "./runs";

type Completion = Extract<InspectorState, { kind: "completion" }>;

/** How a run ended. A failure is already shown in the inspector. */
export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly error: unknown };

/** What a run needs. */
export interface Inspection<P> {
  readonly models: Pick<ModelClient, "score" | "generate">;
  readonly run: InspectorRun;
  readonly title: string;
  readonly source: TextSource;
  readonly params: P;
  /** Named ranges of the tokens. */
  readonly segments?: readonly Segment[] | ((tokens: readonly ScoredToken[]) => readonly Segment[]);
  /** UTF-16 code units of the text that stand in the document; absent when all do. */
  readonly documentLength?: number;
}

/** What completes a text. */
export type CompletionParams = GenerateParams & { readonly prompt: string };

/** Numbers the texts and completions that are shown. A restored one keeps the number it had, so that it starts at a time. */
let nextText = Date.now();

/** Scores a text and shows every token's probability. Never throws. */
export async function inspectScores(inspection: Inspection<ScoreParams>): Promise<Outcome<ScoreResult>> {
  const { models, run, title, source, params, segments = [], documentLength } = inspection;
  const before = settled(run.state);
  run.show(loading(title));
  try {
    const onProgress = (progress: WorkProgress) => run.show(loading(title, progress));
    const result = await models.score(params, { signal: run.signal, onProgress });
    const { model, tokens, summary, truncation, elapsedMs } = result;
    const shown = { model, tokens, summary, truncation, elapsedMs };
    const named = typeof segments === "function" ? segments(tokens) : segments;
    const asked = { reference: params.model, text: nextText++, segments: named };
    const part = documentLength === undefined ? {} : { documentLength };
    run.show({ kind: "scores", title, source, ...shown, ...asked, ...part });
    return { kind: "done", value: result };
  } catch (error) {
    return endedEarly(inspection, before, error);
  }
}

/** A prompt and its completion as segments of the tokens of both; the prompt has `length` UTF-16 code units. */
export function promptSegments(tokens: readonly ScoredToken[], length: number): readonly Segment[] {
  const first = tokens.findIndex(({ start }) => start >= length);
  const split = first < 0 ? tokens.length : first;
  const segments = [
    { name: l10n.t("Prompt"), start: 0, end: split },
    { name: l10n.t("Completion"), start: split, end: tokens.length },
  ];
  return segments.filter(({ start, end }) => start < end);
}

/** What a finished completion tells its command. */
export interface CompletionResult {
  readonly result: GenerateResult;
  readonly truncation: Truncation | null;
}

/** Completes a prompt, streaming into the inspector. Never throws. */
export async function inspectCompletion(inspection: Inspection<CompletionParams>): Promise<Outcome<CompletionResult>> {
  const { models, run, title, params } = inspection;
  const before = settled(run.state);
  run.show(loading(title));
  let started: Completion | undefined;
  const onEvent = (event: GenerateEvent) => {
    if (event.kind === "token") return run.append({ tokens: [event.token], textDelta: event.textDelta });
    if (event.kind === "slide") return slid(run, event.dropped);
    started = completion(inspection, event);
    run.show(started);
  };
  const onProgress = (progress: WorkProgress) => {
    if (!started) run.show(loading(title, progress));
  };
  try {
    const result = await models.generate(params, { signal: run.signal, onProgress, onEvent });
    finish(run, { kind: "finished", reason: result.finishReason, result }, result.text);
    if (!started && result.finishReason === "cancelled") run.show(before);
    return result.finishReason === "cancelled"
      ? { kind: "cancelled" }
      : { kind: "done", value: { result, truncation: truncationOf(started) } };
  } catch (error) {
    return started ? brokenOff(run, error) : endedEarly(inspection, before, error);
  }
}

function truncationOf(state: Completion | undefined): Truncation | null {
  return state?.truncation ?? null;
}

function loading(title: string, progress?: WorkProgress): InspectorState {
  const scoring = progress?.stage === "scoring";
  const message = scoring ? l10n.t("Scoring the tokens…") : l10n.t("Loading the model…");
  const known = progress !== undefined && progress.total > 0;
  return { kind: "loading", title, message, ...(known ? { fraction: progress.done / progress.total } : {}) };
}

function completion(
  { title, source, params }: Inspection<CompletionParams>,
  { model, promptTokens, truncation }: Extract<GenerateEvent, { kind: "prompt" }>,
): Completion {
  const { prompt, model: reference } = params;
  const asked = { reference, run: nextText++, prompt };
  const empty = { dropped: 0, text: "", tokens: [], status: { kind: "running" } } as const;
  return { kind: "completion", title, source, model, ...asked, promptTokens, truncation, ...empty };
}

function slid(run: InspectorRun, dropped: number): void {
  if (run.state.kind === "completion") run.show({ ...run.state, dropped });
}

function finish(run: InspectorRun, status: Completion["status"], text?: string): void {
  const { state } = run;
  if (state.kind === "completion") run.show({ ...state, text: text ?? state.text, status });
}

/** A completion that had begun keeps what it had. */
function brokenOff<T>(run: InspectorRun, error: unknown): Outcome<T> {
  if (run.signal.aborted || error instanceof CancelledError) {
    if (run.state.kind === "completion") finish(run, cancelledStatus(run.state));
    return { kind: "cancelled" };
  }
  finish(run, { kind: "failed", error: toErrorInfo(error) });
  return { kind: "failed", error };
}

/** Nothing was shown yet: a cancelled run leaves the inspector as it was. */
function endedEarly<T>({ run, title }: Inspection<unknown>, before: InspectorState, error: unknown): Outcome<T> {
  if (run.signal.aborted || error instanceof CancelledError) {
    run.show(before);
    return { kind: "cancelled" };
  }
  run.show({ kind: "failed", title, error: toErrorInfo(error) });
  return { kind: "failed", error };
}

/** `state` when the run behind it is over without a result: a newer one took its place, or the window went away. */
export function settled(state: InspectorState): InspectorState {
  if (state.kind === "loading") return { kind: "empty" };
  if (state.kind !== "completion" || state.status.kind !== "running") return state;
  return { ...state, status: cancelledStatus(state) };
}

function cancelledStatus({ text, tokens, dropped }: Completion): Completion["status"] {
  const finishReason = "cancelled";
  const counts = { tokens: tokens.length, dropped, elapsedMs: 0, tokensPerSecond: 0 };
  const result: GenerateResult = { text, finishReason, ...counts };
  return { kind: "finished", reason: finishReason, result };
}
