/** The prompts of a prompt file, put together for other programs: each variant over each input that has a right answer. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidDataset, invalidRequest } from "../errors";
import { answerTexts, choicesOf, possibleAnswers } from "../prompt/answers";
import { type AssembledPrompt, type Encoder, PromptAssembler } from "../prompt/assemble";
import type { LoadedPrompt } from "../prompt/loadPrompt";
import type { Item, ResolvedVariant } from "../prompt/promptFile";

/** One prompt, and what may follow it. */
export interface ExportedPrompt {
  readonly text: string;
  /** The white space between the prompt and each answer. */
  readonly space: string;
  /** A text for each possible answer; null for free answers. */
  readonly choices: readonly string[] | null;
  /** The right answer: a label's name, a choice's number as text, or a text. */
  readonly gold: string;
  /** Number of the right answer among `choices`; null for free answers. */
  readonly target: number | null;
  /** Numbers in the pool. */
  readonly demonstrations: readonly number[];
}

/** A variant with its prompts. */
export interface ExportedVariant {
  readonly variant: ResolvedVariant;
  readonly pool: readonly Item[];
  /** One for each of the `items`. */
  readonly prompts: readonly ExportedPrompt[];
}

/** All of it. */
export interface ExportedPrompts {
  /** The prompt file's name without its ending. */
  readonly name: string;
  readonly loaded: LoadedPrompt;
  readonly items: readonly Item[];
  readonly variants: readonly ExportedVariant[];
  readonly notes: readonly string[];
}

/** An encoder without a model: every prompt fits, and nothing is near anything. */
export const boundless: Encoder = {
  tokenizer: {
    lossless: true,
    vocabSize: 0,
    endOfTextId: null,
    encode: () => [],
    tokenBytes: () => new Uint8Array(),
    places: () => [],
    free: () => undefined,
  },
  contextTokens: Number.MAX_SAFE_INTEGER,
  embed: () => {
    throw invalidRequest(
      l10n.t('demonstrations that are "nearest" are found by a model'),
      l10n.t("Say which one (--model)."),
    );
  },
};

/** Puts every prompt together. Throws `invalidDataset` when no input has a right answer, and as `PromptAssembler`. */
export async function exportedPrompts(
  loaded: LoadedPrompt,
  encoder: Encoder,
  signal: AbortSignal,
): Promise<ExportedPrompts> {
  const notes = [...loaded.notes];
  const variants: { variant: ResolvedVariant; pool: readonly Item[]; prompts: (ExportedPrompt | null)[] }[] = [];
  for (const [number, variant] of loaded.variants.entries()) {
    const assembler = new PromptAssembler(loaded, number, encoder);
    const prompts: (ExportedPrompt | null)[] = [];
    let [dropped, truncated] = [0, 0];
    for (const [index, item] of loaded.items.entries()) {
      if (index % 100 === 0) await new Promise(setImmediate);
      if (signal.aborted) throw new CancelledError("cancelled");
      const assembled = await assembler.assemble(index);
      if (assembled.dropped > 0) dropped++;
      if (assembled.truncated > 0) truncated++;
      prompts.push(exported(assembled, item, variant));
    }
    variants.push({ variant, pool: loaded.pools[number] ?? [], prompts });
    notes.push(...contextNotes(variant.name, dropped, truncated));
  }
  const kept = [...loaded.items.keys()].filter((index) => variants.every(({ prompts }) => prompts[index] !== null));
  const left = loaded.items.length - kept.length;
  if (kept.length === 0) throw invalidDataset(basename(loaded.path), 0, l10n.t("No input has a right answer."));
  if (left > 0) notes.push(l10n.t("{0} inputs without a right answer were left out.", left));
  return {
    name: basename(loaded.path)
      .replace(/\.prompt\.ya?ml$/i, "")
      .replace(/\.ya?ml$/i, ""),
    loaded,
    items: kept.map((index) => loaded.items[index] ?? {}),
    variants: variants.map(({ prompts, ...rest }) => ({
      ...rest,
      prompts: kept.map((index) => prompts[index]).filter((prompt) => prompt !== null && prompt !== undefined),
    })),
    notes: [...notes, ...loaded.variants.flatMap(variantNotes)],
  };
}

function exported(assembled: AssembledPrompt, item: Item, variant: ResolvedVariant): ExportedPrompt | null {
  const { text, gold, goldWords, demonstrations } = assembled;
  const [word] = goldWords ?? [];
  if (gold === null || word === undefined) return null;
  const answers = possibleAnswers(item, variant);
  const bare = (answer: string) => answerTexts(answer, item, variant)[0] ?? "";
  const right = bare(gold);
  return {
    ...{ text, gold, demonstrations },
    space: word.slice(0, word.length - right.length),
    choices: answers?.map(bare) ?? null,
    target: answers ? answers.indexOf(gold) : null,
  };
}

function contextNotes(name: string, dropped: number, truncated: number): string[] {
  return [
    ...(dropped > 0
      ? [l10n.t('"{0}": {1} prompts have fewer demonstrations than asked: no more fit the context.', name, dropped)]
      : []),
    ...(truncated > 0
      ? [l10n.t('"{0}": {1} prompts are longer than the context: each program cuts them by itself.', name, truncated)]
      : []),
  ];
}

/** What neither program has. */
function variantNotes({ name, labels, scoring }: ResolvedVariant): string[] {
  const several = [...(labels ?? [])].filter(([, words]) => words.length > 1);
  return [
    ...several.map(([label, words]) =>
      l10n.t(
        '"{0}": of the label "{1}" only the first word is asked for, not {2}.',
        name,
        label,
        words
          .slice(1)
          .map((word) => `"${word}"`)
          .join(", "),
      ),
    ),
    ...(scoring.calibration === "none"
      ? []
      : [l10n.t('"{0}": there is no equivalent of the calibration "{1}".', name, scoring.calibration)]),
  ];
}

/** The names of a variant's labels, or null. */
export function labelNames({ labels }: ResolvedVariant): readonly string[] | null {
  return labels ? [...labels.keys()] : null;
}

/** An item's fields as a template shows them: texts, and lists of texts. */
export function shownFields(
  item: Item,
  fields: readonly string[],
  choices: string | null,
): Record<string, string | string[]> {
  const shown: Record<string, string | string[]> = {};
  for (const name of fields) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    const list = name === choices ? choicesOf(item, name) : null;
    if (list) shown[name] = [...list];
    else if (value !== undefined) shown[name] = Array.isArray(value) ? value : String(value);
  }
  return shown;
}
