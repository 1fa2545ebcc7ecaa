/** The same item twice: within a part, in training and evaluation, or under different labels. */
import { hash } from "node:crypto";
import type { TaskType, TrainingDataPreview } from "../trainingDataProtocol";
import type { LabelledItem } from "./inputTransforms";
import { forEachInTurns } from "./turns";

/** What tells items apart, without their texts. */
export interface IndexedItem {
  /** In its file, from 1. */
  readonly line: number;
  /** The same for the same texts; see `contentKey`. */
  readonly key: number;
  /** The same for the same label, or for the same right choice, of items with the same key. */
  readonly answer: number;
  /** Number of its label, or of the right choice. */
  readonly label: number;
}

/** What was found, as a preview tells it. */
export type Findings = Pick<TrainingDataPreview, "duplicates" | "leaked" | "contradictions">;

/** Items of a file for training, those that are fit for it, and why the others are not. */
export interface Screened<T> extends Findings {
  readonly items: readonly T[];
}

/** How many examples a preview gives. */
const maxExamples = 10;

/**
 * A text without what does not make it another one: case, Unicode composition (NFC), and the kind and amount of white space. Capital letters
 * seldom make another item, and a copy that is not seen makes a result better than it is.
 */
export function normaliseText(text: string): string {
  return text.toLowerCase().normalize("NFC").replace(/\s+/gu, " ").trim();
}

/**
 * 52 bits of the SHA-256 of an item's normalised texts, without its label, and what its label says. Both orders of a pair are the same, and
 * so are all orders of choices: `answer` is then the place of the right one in a fixed order. Of a million items two different ones are taken
 * for the same with a probability of 1 in 9,000; a number takes a fraction of a longer key's memory and time.
 */
export function contentKey(
  item: Pick<LabelledItem, "fields" | "label">,
  task: TaskType,
): Pick<IndexedItem, "key" | "answer"> {
  const texts = (name: string) => [item.fields[name] ?? []].flat().map(normaliseText);
  switch (task) {
    case "classification":
      return { key: textsKey(texts("text")), answer: item.label };
    case "entailment":
      return { key: textsKey([...texts("premise"), ...texts("hypothesis")]), answer: item.label };
    case "similarity":
      return { key: textsKey([...texts("text_a"), ...texts("text_b")].sort()), answer: item.label };
    case "multipleChoice": {
      const choices = texts("choices");
      const sorted = [...choices].sort();
      return { key: textsKey([...texts("context"), ...sorted]), answer: sorted.indexOf(choices[item.label] ?? "") };
    }
    default:
      return task satisfies never;
  }
}

/** 52 bits of the SHA-256 of normalised texts. */
export function textsKey(texts: readonly string[]): number {
  return Number.parseInt(hash("sha256", JSON.stringify(texts), "hex").slice(0, 13), 16);
}

/**
 * Looks through the items to train on: those that stand in `held` (development and test data of their own) leak; those whose texts have
 * another label elsewhere contradict; those that stand on an earlier line are duplicates. All of them are left out, unless `keep`.
 */
export async function screenItems<T extends IndexedItem>(
  items: readonly T[],
  held: Partial<Record<"dev" | "test", readonly IndexedItem[]>>,
  keep: boolean,
  signal?: AbortSignal,
): Promise<Screened<T>> {
  const heldAt = await heldPlaces(held, signal);
  const { first, other } = await firstOfEach(items, signal);
  const leaked = new Finding<TrainingDataPreview["leaked"]["examples"][number]>();
  const contradictions = new Finding<TrainingDataPreview["contradictions"]["examples"][number]>();
  const duplicates = new Finding<TrainingDataPreview["duplicates"]["examples"][number]>();
  const fit: T[] = [];
  const screen = (item: T) => {
    const { line, key, answer } = item;
    const place = heldAt.get(key);
    if (place) return leaked.add({ line, ...place });
    const before = first.get(key) ?? item;
    const differs = other.get(key);
    if (differs) return contradictions.add({ line, sameAs: (answer === before.answer ? differs : before).line });
    return before === item ? fit.push(item) : duplicates.add({ line, sameAs: before.line });
  };
  await forEachInTurns(items, screen, signal);
  return {
    items: keep ? items : fit,
    leaked: leaked.found(),
    contradictions: contradictions.found(),
    duplicates: duplicates.found(),
  };
}

/** Rows of a kind: how many, and the first few. */
class Finding<E> {
  readonly #examples: E[] = [];
  #count = 0;

  add(example: E): void {
    this.#count++;
    if (this.#examples.length < maxExamples) this.#examples.push(example);
  }

  found(): { readonly count: number; readonly examples: readonly E[] } {
    return { count: this.#count, examples: this.#examples };
  }
}

interface HeldPlace {
  readonly split: "dev" | "test";
  readonly sameAs: number;
}

async function heldPlaces(
  held: Partial<Record<"dev" | "test", readonly IndexedItem[]>>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, HeldPlace>> {
  const places = new Map<number, HeldPlace>();
  for (const split of ["test", "dev"] as const) {
    const add = ({ key, line }: IndexedItem) => places.has(key) || places.set(key, { split, sameAs: line });
    await forEachInTurns(held[split] ?? [], add, signal);
  }
  return places;
}

/** The first item of each content, and the first with another answer of those that have one. */
async function firstOfEach<T extends IndexedItem>(
  items: readonly T[],
  signal?: AbortSignal,
): Promise<{ readonly first: ReadonlyMap<number, T>; readonly other: ReadonlyMap<number, T> }> {
  const first = new Map<number, T>();
  const other = new Map<number, T>();
  const add = (item: T) => {
    const known = first.get(item.key);
    if (!known) first.set(item.key, item);
    else if (known.answer !== item.answer && !other.has(item.key)) other.set(item.key, item);
  };
  await forEachInTurns(items, add, signal);
  return { first, other };
}
