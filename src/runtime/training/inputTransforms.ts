/** Labelled items as sequences of tokens: the input transformations of GPT-1 (Radford et al. 2018 §3.3). */
import * as l10n from "@vscode/l10n";
import type { TrainingBatch } from "../engine/trainable";
import { invalidRequest } from "../errors";
import type { TaskType } from "../trainingDataProtocol";

/** Ids of the tokens that frame an item. */
export interface SpecialTokens {
  readonly start: number;
  readonly delimiter: number;
  /** The last of a sequence: the classifier reads its final state. */
  readonly extract: number;
}

/** An item of a data set. */
export interface LabelledItem {
  /** In its file, from 1. */
  readonly line: number;
  /** By the names of `taskFields`, without the label; `choices` is a list. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /** Number of its class, or of the right choice, from 0. */
  readonly label: number;
}

/** An item as the model reads it. */
export interface EncodedItem {
  /** One (classification, entailment), both orders (similarity), or one per choice. */
  readonly sequences: readonly (readonly number[])[];
  readonly label: number;
  /** Whether text was cut off to fit. */
  readonly truncated: boolean;
}

/** How a batch is put together. */
export interface BatchOptions {
  /** The length is rounded up to a multiple of it. Default 1. */
  readonly padTo?: number;
  /** Longest length, however it is rounded: the model's context. */
  readonly maxLength?: number;
  /** Whether the language model learns from the sequences too. */
  readonly lm: boolean;
}

/** Fewest tokens that a sequence must have room for: three special ones, and one of each segment. */
export const minLength = 5;

/**
 * The sequences of an item: `[start] text [extract]`, `[start] premise [delimiter] hypothesis [extract]`, for similarity both orders, for
 * multiple choice one per choice. Segments that do not fit are cut at their ends to equal shares; what a short one leaves goes to the other.
 * Special tokens are never cut. The context of a multiple choice is the same before each choice.
 * @throws RuntimeError `invalidRequest` when the item lacks a field of its task, or `maxLength` is below `minLength`.
 */
export function encodeItem(
  item: Pick<LabelledItem, "fields" | "label">,
  task: TaskType,
  encode: (text: string) => readonly number[],
  special: SpecialTokens,
  maxLength: number,
): EncodedItem {
  if (maxLength < minLength) throw invalidRequest(l10n.t("sequences need room for {0} tokens", minLength));
  const segment = (name: string) => encode(text(item.fields, name));
  const encoded = (() => {
    switch (task) {
      case "classification":
        return single(segment("text"), special, maxLength);
      case "entailment":
        return pair(segment("premise"), [segment("hypothesis")], special, maxLength);
      case "similarity":
        return bothOrders(segment("text_a"), segment("text_b"), special, maxLength);
      case "multipleChoice":
        return pair(segment("context"), choices(item.fields).map(encode), special, maxLength);
      default:
        return task satisfies never;
    }
  })();
  return { ...encoded, label: item.label };
}

type Sequences = Pick<EncodedItem, "sequences" | "truncated">;

function single(tokens: readonly number[], { start, extract }: SpecialTokens, maxLength: number): Sequences {
  const room = maxLength - 2;
  return { sequences: [[start, ...tokens.slice(0, room), extract]], truncated: tokens.length > room };
}

/** A sequence for each of `seconds` after the same first segment, which is cut for the longest of them. */
function pair(
  first: readonly number[],
  seconds: readonly (readonly number[])[],
  { start, delimiter, extract }: SpecialTokens,
  maxLength: number,
): Sequences {
  const longest = Math.max(...seconds.map(({ length }) => length));
  const [one, two] = shares(first.length, longest, maxLength - 3);
  const sequences = seconds.map((second) => [
    start,
    ...first.slice(0, one),
    delimiter,
    ...second.slice(0, two),
    extract,
  ]);
  return { sequences, truncated: one < first.length || two < longest };
}

function bothOrders(a: readonly number[], b: readonly number[], special: SpecialTokens, maxLength: number): Sequences {
  const [one, two] = shares(a.length, b.length, maxLength - 3);
  const [first, second] = [a.slice(0, one), b.slice(0, two)];
  const sequences = [pair(first, [second], special, maxLength), pair(second, [first], special, maxLength)];
  return { sequences: sequences.flatMap((order) => order.sequences), truncated: one < a.length || two < b.length };
}

/** How much of two segments of these lengths goes into `room` tokens: half each, and what the other leaves. */
function shares(first: number, second: number, room: number): readonly [number, number] {
  const one = Math.min(first, Math.max(Math.ceil(room / 2), room - second));
  return [one, Math.min(second, room - one)];
}

/** Blanks at the ends say nothing, and a selection has others than a data file. */
function text(fields: LabelledItem["fields"], name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === "string") return value.trim();
  throw invalidRequest(l10n.t('an item has no text "{0}"', name));
}

function choices(fields: LabelledItem["fields"]): readonly string[] {
  const value = Object.hasOwn(fields, "choices") ? fields.choices : undefined;
  if (Array.isArray(value) && value.length > 0) return value.map((choice: string) => choice.trim());
  throw invalidRequest(l10n.t('an item has no list "choices"'));
}

/**
 * The micro-batch of some items, at least one. The language model predicts every token after the first of a sequence, delimiter and extract
 * too, as in GPT-1's code; padding predicts nothing and is 0.
 * @throws RangeError when items have different numbers of sequences, or `maxLength` is below the longest of them.
 */
export function trainingBatch(items: readonly EncodedItem[], options: BatchOptions): TrainingBatch {
  const sequences = items.flatMap((item) => item.sequences);
  if (items.some((item) => item.sequences.length * items.length !== sequences.length)) {
    throw new RangeError("The items of a batch have different numbers of sequences.");
  }
  const length = paddedLength(Math.max(...sequences.map((ids) => ids.length)), options);
  const inputIds = new Int32Array(sequences.length * length);
  const lmTargets = new Int32Array(sequences.length * length).fill(-1);
  sequences.forEach((ids, row) => {
    inputIds.set(ids, row * length);
    if (options.lm) lmTargets.set(ids.slice(1), row * length);
  });
  return {
    rows: sequences.length,
    length,
    inputIds,
    lengths: sequences.map((ids) => ids.length),
    lmTargets,
    extract: sequences.map((ids, row) => row * length + ids.length - 1),
    labels: items.map(({ label }) => label),
  };
}

function paddedLength(longest: number, { padTo = 1, maxLength = Number.POSITIVE_INFINITY }: BatchOptions): number {
  if (longest > maxLength) throw new RangeError(`A sequence of ${longest} tokens is longer than ${maxLength}.`);
  return Math.min(Math.ceil(longest / padTo) * padTo, maxLength);
}
