/** What the compare panel asks about one cell. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";
import type { Segment } from "../../runtime/analysisProtocol";
import type {
  CellAddress,
  CellDetail,
  CellDifference,
  DifferenceQuestion,
  Reproduction,
} from "../../runtime/comparePanelProtocol";
import { CancelledError, invalidRequest, toErrorInfo } from "../../runtime/errors";
import type { PromptCell, PromptPreview, PromptSegment, RunRecord } from "../../runtime/promptProtocol";
import type { ModelReference, ScoredToken } from "../../runtime/protocol";
import type { ModelClient } from "../modelClient";
import type { CompareStore } from "./compareStore";
import type { PromptClient } from "./promptClient";
import type { OwnPlace, ShownRun } from "./shownRun";

/** A cell's prompt and answer as one text, for the inspector. */
export interface InspectableCell {
  readonly title: string;
  readonly text: string;
  readonly model: ModelReference;
  /** Path of the prompt file. */
  readonly path: string;
  /** Disjoint named ranges of the text's tokens. */
  segments(tokens: readonly ScoredToken[]): readonly Segment[];
}

interface Place {
  readonly run: ShownRun;
  readonly cell: PromptCell;
  readonly own: OwnPlace;
}

/** Answers questions about cells of the run that is shown. */
export class CellQuestions {
  constructor(
    private readonly parts: {
      readonly client: Pick<PromptClient, "run" | "preview">;
      readonly models: Pick<ModelClient, "compare">;
    },
    private readonly store: Pick<CompareStore, "run">,
  ) {}

  /** Everything about a cell. Never throws, like all methods here but `inspectable`. */
  detail(address: CellAddress, signal: AbortSignal): Promise<PanelAnswer<CellDetail>> {
    return this.#about(address, async ({ run, cell, own }) => {
      const item = run.items[address.item] ?? { fields: {}, gold: null };
      try {
        return { cell, item, preview: await this.#preview(own, signal), problem: null };
      } catch (error) {
        if (error instanceof CancelledError) throw error;
        return { cell, item, preview: null, problem: toErrorInfo(error) };
      }
    });
  }

  /** Computes a cell again, without the cache, and compares. */
  reproduce(address: CellAddress, signal: AbortSignal): Promise<PanelAnswer<Reproduction>> {
    return this.#about(address, async ({ cell, own }) => {
      const { source, overrides, model, record } = own.part;
      const only = [overrides.only ? (overrides.only[own.item] ?? own.item) : own.item];
      const cells: PromptCell[] = [];
      const result = await this.parts.client.run(
        { model, source, overrides: { ...overrides, variants: [own.name], only }, priority: "interactive" },
        { signal, onEvent: (event) => event.kind === "cells" && cells.push(...event.cells) },
      );
      const again = [...cells, ...result.recalibrated].at(-1);
      if (!again) throw signal.aborted ? new CancelledError() : invalidRequest(l10n.t("the run gave no cell"));
      return reproduction(cell, again, record ? changes(record, result.record) : []);
    });
  }

  /** Where two variants' log-probabilities differ, token by token. */
  difference(question: DifferenceQuestion, signal: AbortSignal): Promise<PanelAnswer<CellDifference>> {
    return this.#about(question, async (a) => {
      const b = this.#place({ ...question, variant: question.other });
      if (!b) throw invalidRequest(l10n.t("the other variant has no cell for this input yet"));
      const previews = [await this.#preview(a.own, signal), await this.#preview(b.own, signal)] as const;
      const answers = [answerOf(a.cell), answerOf(b.cell)] as const;
      const prompts = [previews[0].prompt, previews[1].prompt] as const;
      const side = (index: 0 | 1, model: ModelReference) =>
        ({ model, input: { kind: "text", text: prompts[index] + answers[index] } }) as const;
      const compared = await this.parts.models.compare(
        { a: side(0, a.own.part.model), b: side(1, b.own.part.model), topK: 0, heads: false },
        { signal },
      );
      const from = (tokens: readonly ScoredToken[], index: 0 | 1) => firstFrom(tokens, prompts[index].length);
      const { tokens: tokensA } = compared.a;
      const { tokens: tokensB } = compared.b;
      const answerFrom = [from(tokensA, 0), from(tokensB, 1)] as const;
      return { answers, prompts, a: tokensA, b: tokensB, alignment: compared.alignment, answerFrom };
    });
  }

  /** A cell's prompt and answer for the inspector; null when it is not shown any more. Throws as `PromptClient.preview`. */
  async inspectable(address: CellAddress): Promise<InspectableCell | null> {
    const place = this.#place(address);
    if (!place) return null;
    const preview = await this.#preview(place.own, undefined);
    return {
      title: l10n.t("{0}, input {1}", place.run.variants[address.variant]?.name ?? "", address.item + 1),
      text: preview.prompt + answerOf(place.cell),
      model: place.own.part.model,
      path: place.own.part.source.path,
      segments: (tokens) => tokenSegments(preview, tokens),
    };
  }

  #preview({ part, variant, item }: OwnPlace, signal: AbortSignal | undefined): Promise<PromptPreview> {
    const { model, source, overrides } = part;
    return this.parts.client.preview({ model, source, overrides, variant, item }, { signal });
  }

  #place({ run: number, variant, item }: CellAddress): Place | null {
    const { run } = this.store;
    if (!run || run.number !== number) return null;
    const [cell, own] = [run.cell(variant, item), run.ownPlace(variant, item)];
    return cell && own ? { run, cell, own } : null;
  }

  async #about<T>(address: CellAddress, work: (place: Place) => Promise<T>): Promise<PanelAnswer<T>> {
    const place = this.#place(address);
    if (!place) return { kind: "outdated" };
    try {
      return { kind: "ready", value: await work(place) };
    } catch (error) {
      return error instanceof CancelledError ? { kind: "cancelled" } : { kind: "failed", error: toErrorInfo(error) };
    }
  }
}

/** The answer's text as it follows the prompt: the right candidate's or the chosen one's best words, or what was written. */
export function answerOf({ candidates, gold, output, tokens }: PromptCell): string {
  const named = (answer: string | null) => candidates?.find((candidate) => candidate.answer === answer)?.words;
  const words = named(gold) ?? named(output);
  if (words) return words.toSorted((a, b) => b.logprob - a.logprob)[0]?.text ?? "";
  const whole = tokens.every(({ bytes }) => bytes === undefined);
  return whole && tokens.length > 0 ? tokens.map(({ text }) => text).join("") : output;
}

/** Compares a cell with what it is now. */
export function reproduction(cell: PromptCell, again: PromptCell, changed: readonly string[]): Reproduction {
  const [before, after] = [logprobsOf(cell), logprobsOf(again)];
  const comparable = before.length > 0 && before.length === after.length;
  const difference = comparable ? Math.max(...before.map((x, i) => Math.abs(x - (after[i] ?? 0)))) : null;
  const sameOutput = cell.output === again.output;
  const identical = sameOutput && before.length === after.length && (difference ?? 0) === 0;
  return { cell: again, identical, sameOutput, difference, changed };
}

/** Before calibration: that of a batch needs the whole run. */
function logprobsOf({ candidates, tokens }: PromptCell): number[] {
  if (candidates) return candidates.flatMap(({ words }) => words.map(({ logprob }) => logprob));
  return tokens.flatMap(({ prediction }) => (prediction ? [prediction.logprob] : []));
}

function changes(before: RunRecord, now: RunRecord): string[] {
  const files = Object.keys(before.data).filter(
    (file) => now.data[file] !== undefined && now.data[file] !== before.data[file],
  );
  return [
    ...(before.model.sha256 === now.model.sha256 ? [] : [l10n.t("The model's files are not the same.")]),
    ...(before.model.device === now.model.device
      ? []
      : [l10n.t("It ran on {0}, now on {1}.", before.model.device, now.model.device)]),
    ...files.map((file) => l10n.t("{0} is not the same file.", file)),
    ...(before.versions.onnxruntime === now.versions.onnxruntime
      ? []
      : [l10n.t("onnxruntime was {0}, now it is {1}.", before.versions.onnxruntime, now.versions.onnxruntime)]),
  ];
}

/** A prompt's segments as disjoint ranges of the tokens of prompt and answer: labels are cut out of their demonstrations. */
export function tokenSegments({ prompt, segments }: PromptPreview, tokens: readonly ScoredToken[]): readonly Segment[] {
  const labels = segments.filter(({ kind }) => kind === "label");
  const whole = segments.filter(({ kind }) => kind !== "label");
  const ranges = whole.flatMap((segment) => withLabel(segment, labels, tokens));
  const answer = { name: l10n.t("Answer"), start: firstFrom(tokens, prompt.length), end: tokens.length };
  return [...ranges, answer].filter(({ start, end }) => start < end);
}

/** What follows a label, a line end say, goes with it; and so does a token that has the white space before it. */
function withLabel(
  { name, from, to }: PromptSegment,
  labels: readonly PromptSegment[],
  tokens: readonly ScoredToken[],
) {
  const [start, end] = [firstFrom(tokens, from), firstFrom(tokens, to)];
  const label = labels.find((one) => one.from >= from && one.to <= to);
  if (!label) return [{ name, start, end }];
  const touching = tokens.findIndex((token) => token.end > label.from);
  const cut = Math.max(start, Math.min(end, touching < 0 ? end : touching));
  return [
    { name, start, end: cut },
    { name: label.name, start: cut, end },
  ];
}

/** First token that begins at `unit` or later; a token that lies across counts for what stands before. */
function firstFrom(tokens: readonly ScoredToken[], unit: number): number {
  const index = tokens.findIndex(({ start }) => start >= unit);
  return index < 0 ? tokens.length : index;
}
