/** Prompt files, a user and a runtime for the tests of the commands on the selection. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import type { PromptParts } from "../../../../../src/extension/commands/prompts/promptParts";
import type { LabRequest } from "../../../../../src/extension/promptLab/promptLab";
import type { TextRange } from "../../../../../src/runtime/prompt/promptText";
import type {
  Candidate,
  PromptCell,
  PromptOverrides,
  PromptPreview,
  PromptPreviewParams,
  PromptRunParams,
  PromptRunResult,
  RunRecord,
  VariantSummary,
} from "../../../../../src/runtime/promptProtocol";
import { fakeWorkbench, type Seen, type UserAnswers } from "../../models";
import { modelInfo } from "../../support";

/** Two variants that choose among labels. */
export const sentiment = `task: classification
labels: { positive: good, negative: [bad, awful] }
demonstrations: { k: 2, from: [{ text: Fine., label: positive }, { text: Dull., label: negative }] }
variants:
  - { name: plain, template: "Review: {{ text }}\\nSentiment: {{ answer }}" }
  - { name: short, template: "{{ text }} {{ answer }}" }
`;

/** A completion of two fields, without demonstrations. */
export const answering = `task: questionAnswering
variants:
  - { name: only, template: "{{ passage }}\\nQ: {{ question }}\\nA: {{ answer }}" }
`;

/** A summary of a variant. */
export function variantSummary(name: string, more: Partial<VariantSummary> = {}): VariantSummary {
  const none = { judged: 0, correct: 0, accuracy: null, meanLogprob: null, bias: null, overconfidence: null };
  return { name, rule: "perToken", cells: 1, promptTokens: 20, ms: 3, ...none, ...more };
}

/** A record of a run on one input. */
export function runRecord(variants: readonly VariantSummary[], more: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    id: "r1",
    startedAt: "2026-11-26T10:00:00.000Z",
    file: "sentiment.prompt.yaml",
    text: sentiment,
    overrides: {},
    model: { name: "model", folder: "/model", sha256: "ab".repeat(32), device: "cpu", contextLength: 512 },
    data: {},
    versions: { gptWorkbench: "0.1.0", onnxruntime: "1.30.0" },
    task: "classification",
    items: 1,
    variants,
    complete: true,
    elapsedMs: 5,
    ...more,
  };
}

/** A cell that chose among labels, by their shares. */
export function cell(
  variant: number,
  shares: Readonly<Record<string, number>>,
  more: Partial<PromptCell> = {},
): PromptCell {
  const candidates = Object.entries(shares).map(
    ([answer, probability]): Candidate => ({
      answer,
      words: [{ text: ` ${answer}`, logprob: Math.log(probability), tokens: 1 }],
      score: Math.log(probability),
      probability,
    }),
  );
  const best = candidates.toSorted((a, b) => b.probability - a.probability)[0];
  return {
    ...{ variant, item: 0, candidates, output: best?.answer ?? "", tokens: [], gold: null, correct: null },
    ...{ logprob: null, logprobTokens: 0, promptTokens: 20, shots: 2, dropped: 0, truncated: 0, ms: 1, cached: false },
    ...more,
  };
}

/** A preview that fits. */
export function preview(more: Partial<PromptPreview> = {}): PromptPreview {
  const segment = (kind: "instruction" | "demonstration" | "query", start: number, end: number) => {
    return { name: kind, kind, start, end, from: 0, to: 0 } as const;
  };
  return {
    model: modelInfo,
    variant: "plain",
    prompt: "",
    segments: [
      segment("instruction", 0, 4),
      segment("demonstration", 4, 14),
      segment("demonstration", 14, 23),
      segment("query", 23, 30),
    ],
    promptTokens: 30,
    answerTokens: 2,
    contextTokens: 512,
    dropped: 0,
    truncated: 0,
    demonstrations: [0, 1],
    candidates: [" good", " bad"],
    item: {},
    ...more,
  };
}

/** What was done. */
export interface Done {
  readonly runs: LabRequest[];
  readonly previews: PromptPreviewParams[];
  readonly once: PromptRunParams[];
  readonly shown: { readonly path: string; readonly range?: TextRange }[];
  readonly memory: Map<string, unknown>;
  created: number;
}

/** Parts whose user answers as told, with these files. */
export function fakeParts(
  texts: Readonly<Record<string, string>>,
  user: UserAnswers,
  answers: {
    readonly preview?: (params: PromptPreviewParams) => PromptPreview;
    readonly cells?: readonly PromptCell[];
    readonly result?: PromptRunResult;
    readonly memory?: Map<string, unknown>;
  } = {},
): { readonly parts: PromptParts; readonly done: Done; readonly seen: Seen } {
  const { workbench, seen } = fakeWorkbench({}, user);
  const memory = answers.memory ?? new Map<string, unknown>();
  const done: Done = { runs: [], previews: [], once: [], shown: [], memory, created: 0 };
  const parts: PromptParts = {
    messages: workbench.messages,
    dialogs: workbench.dialogs,
    files: {
      list: async () =>
        Object.keys(texts).map((path) => ({ path, name: basename(path), folder: dirname(path).slice(1) })),
      read: async (path) => (texts[path] === undefined ? null : { path, text: texts[path], root: "/" }),
      show: async (path, range) => void done.shown.push({ path, ...(range ? { range } : {}) }),
      create: async () => void done.created++,
    },
    prompts: {
      preview: async (params) => {
        done.previews.push(params);
        return (answers.preview ?? (() => preview()))(params);
      },
      run: async (params, { onEvent }) => {
        done.once.push(params);
        onEvent?.({ kind: "cells", cells: answers.cells ?? [] });
        return answers.result ?? assert.fail("no run was expected");
      },
    },
    promptLab: { run: async (request) => void done.runs.push(request), stop: () => undefined },
    host: {
      model: async () => ({ folder: "/model", device: "cpu" }),
      folders: () => ({ cache: "/cache", runs: "/runs" }),
    },
    memory: { get: (key) => memory.get(key), update: async (key, value) => void memory.set(key, value) },
  };
  return { parts, done, seen };
}

/** What the runs changed of their files. */
export function overridesOf({ runs }: Done): (PromptOverrides | undefined)[] {
  return runs.map(({ overrides }) => overrides);
}
