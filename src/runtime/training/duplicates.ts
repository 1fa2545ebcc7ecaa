/** The same item twice: within a part, in training and evaluation, or under different labels. */
import { hash } from "node:crypto";
import type { TaskType, TrainingDataPreview } from "../trainingDataProtocol";
import type { LabelledItem } from "./inputTransforms";

/** What tells items apart, without their texts. */
export interface IndexedItem {
  /** In its file, from 1. */
  readonly line: number;
  /** The same for the same texts; see `contentKey`. */
  readonly key: string;
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
 * 96 bits of the SHA-256 of an item's normalised texts, without its label, and what its label says. Both orders of a pair are the same, and
 * so are all orders of choices: `answer` is then the place of the right one in a fixed order.
 */
export function contentKey(
  item: Pick<LabelledItem, "fields" | "label">,
  task: TaskType,
): Pick<IndexedItem, "key" | "answer"> {
  const texts = (name: string) => [item.fields[name] ?? []].flat().map(normaliseText);
  switch (task) {
    case "classification":
      return { key: digest(texts("text")), answer: item.label };
    case "entailment":
      return { key: digest([...texts("premise"), ...texts("hypothesis")]), answer: item.label };
    case "similarity":
      return { key: digest([...texts("text_a"), ...texts("text_b")].sort()), answer: item.label };
    case "multipleChoice": {
      const choices = texts("choices");
      const sorted = [...choices].sort();
      return { key: digest([...texts("context"), ...sorted]), answer: sorted.indexOf(choices[item.label] ?? "") };
    }
    default:
      return task satisfies never;
  }
}

function digest(texts: readonly string[]): string {
  return hash("sha256", JSON.stringify(texts), "base64url").slice(0, 16);
}

/**
 * Looks through the items to train on: those that stand in `held` (development and test data of their own) leak; those whose texts have
 * another label elsewhere contradict; those that stand on an earlier line are duplicates. All of them are left out, unless `keep`.
 */
export function screenItems<T extends IndexedItem>(
  items: readonly T[],
  held: Partial<Record<"dev" | "test", readonly IndexedItem[]>>,
  keep: boolean,
): Screened<T> {
  const heldAt = heldPlaces(held);
  const first = firstWithOther(items);
  const leaked = new Finding<TrainingDataPreview["leaked"]["examples"][number]>();
  const contradictions = new Finding<TrainingDataPreview["contradictions"]["examples"][number]>();
  const duplicates = new Finding<TrainingDataPreview["duplicates"]["examples"][number]>();
  const fit = items.filter(({ line, key, answer }) => {
    const place = heldAt.get(key);
    if (place) return leaked.add({ line, ...place });
    const { item, other } = first.get(key) ?? {};
    if (item && other) return contradictions.add({ line, sameAs: (answer === item.answer ? other : item).line });
    if (item && item.line !== line) return duplicates.add({ line, sameAs: item.line });
    return true;
  });
  return { items: keep ? items : fit, leaked, contradictions, duplicates };
}

/** Rows of a kind: how many, and the first few. */
class Finding<E> {
  count = 0;
  readonly examples: E[] = [];

  /** Always false: the row is not fit. */
  add(example: E): false {
    this.count++;
    if (this.examples.length < maxExamples) this.examples.push(example);
    return false;
  }
}

interface HeldPlace {
  readonly split: "dev" | "test";
  readonly sameAs: number;
}

function heldPlaces(held: Partial<Record<"dev" | "test", readonly IndexedItem[]>>): Map<string, HeldPlace> {
  const places = new Map<string, HeldPlace>();
  for (const split of ["test", "dev"] as const) {
    for (const { key, line } of held[split] ?? []) if (!places.has(key)) places.set(key, { split, sameAs: line });
  }
  return places;
}

interface First<T> {
  readonly item: T;
  /** The first of the same texts with another answer. */
  other?: T;
}

function firstWithOther<T extends IndexedItem>(items: readonly T[]): Map<string, First<T>> {
  const first = new Map<string, First<T>>();
  for (const item of items) {
    const known = first.get(item.key);
    if (!known) first.set(item.key, { item });
    else if (!known.other && known.item.answer !== item.answer) known.other = item;
  }
  return first;
}
