/** The comparison of two texts, or of one under two models, as it unfolds in the inspector. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { TextComparison } from "../runtime/analysisProtocol";
import type { ComparedHeads, ComparisonSide, InspectorState, TextSource } from "../runtime/panelProtocol";
import type { ModelReference, ScoreResult, WorkProgress } from "../runtime/protocol";
import { endedEarly, type Outcome, settled } from "./inspect";
import type { ModelClient } from "./modelClient";
import type { InspectorRun } from "./runs";

/** A text to compare, and what to call it. */
export interface ComparedText {
  readonly label: string;
  readonly source: TextSource | null;
  readonly model: ModelReference;
  readonly text: string;
}

/** What a comparison needs. */
export interface Comparing {
  readonly models: Pick<ModelClient, "compare">;
  readonly run: InspectorRun;
  readonly title: string;
  readonly a: ComparedText;
  readonly b: ComparedText;
  /** Alternatives per place. */
  readonly topK: number;
}

/** Compares and shows what differs. Never throws. */
export async function inspectComparison(comparing: Comparing): Promise<Outcome<TextComparison>> {
  const { models, run, title, a, b, topK } = comparing;
  const before = settled(run.state);
  run.show(loading(title));
  try {
    const onProgress = (progress: WorkProgress) => run.show(loading(title, progress));
    const params = { a: input(a), b: input(b), topK, heads: true };
    const result = await models.compare(params, { signal: run.signal, onProgress });
    run.show(comparison(comparing, result));
    return { kind: "done", value: result };
  } catch (error) {
    return endedEarly(comparing, before, error);
  }
}

function input({ model, text }: ComparedText) {
  return { model, input: { kind: "text", text } } as const;
}

function comparison({ title, a, b }: Comparing, result: TextComparison): InspectorState {
  const { alignment, headsReason, elapsedMs } = result;
  const sides = { a: side(a, result.a), b: side(b, result.b) };
  return { kind: "comparison", title, ...sides, alignment, heads: heads(result), headsReason, elapsedMs };
}

function side({ label, source }: ComparedText, { model, tokens, summary, truncation }: ScoreResult): ComparisonSide {
  return { label, source, model, tokens, summary, truncation };
}

/** As JSON holds it: no typed array, and null for what is not a number. */
function heads({ heads: compared }: TextComparison): ComparedHeads | null {
  if (!compared) return null;
  const divergence = Array.from(compared.divergence, (bits) => (Number.isNaN(bits) ? null : bits));
  return { ...compared, divergence };
}

function loading(title: string, progress?: WorkProgress): InspectorState {
  const known = progress !== undefined && progress.total > 0;
  return {
    kind: "loading",
    title,
    message: message(progress),
    ...(known ? { fraction: progress.done / progress.total } : {}),
  };
}

function message(progress: WorkProgress | undefined): string {
  switch (progress?.stage) {
    case "scoring":
      return l10n.t("Scoring the tokens…");
    case "analyzing":
      return l10n.t("Comparing the heads…");
    default:
      return l10n.t("Loading the model…");
  }
}
