/** The run that the compare panel shows, or two of them side by side. Knows nothing of VS Code. */
import type { CellMark, CompareStatus, CompareVariant } from "../../runtime/comparePanelProtocol";
import type {
  PromptCell,
  PromptOverrides,
  PromptSource,
  RunItem,
  RunRecord,
  VariantSummary,
} from "../../runtime/promptProtocol";
import type { ModelReference } from "../../runtime/protocol";
import { VariantTally } from "./tally";

/** A run behind the columns `firstVariant` and following. */
export interface RunPart {
  /** Null until it is stored. */
  readonly folder: string | null;
  readonly record: RunRecord | null;
  readonly source: PromptSource;
  readonly overrides: PromptOverrides;
  readonly model: ModelReference;
  readonly firstVariant: number;
  /** Names of its variants, in its own order. */
  readonly names: readonly string[];
  /** Its own number of each shown input, −1 for those that it did not have; null where they are the same. */
  readonly items: readonly number[] | null;
}

/** A cell's place in the run that it is of. */
export interface OwnPlace {
  readonly part: RunPart;
  readonly variant: number;
  readonly item: number;
  readonly name: string;
}

const noCells: readonly (PromptCell | undefined)[] = [];

/** Everything of the run that is shown. */
export class ShownRun {
  parts: readonly RunPart[] = [];
  models: readonly { readonly name: string; readonly device: string }[] = [];
  task = "";
  notes: readonly string[] = [];
  status: CompareStatus;
  /** Cells that there will be. */
  total = 0;
  /** Milliseconds that it took; null while it runs. */
  elapsedMs: number | null = null;
  startedAt: string | null = null;
  readonly items: RunItem[] = [];
  readonly marks = new Map<string, CellMark>();
  #variants: readonly CompareVariant[] = [];
  #tallies: readonly VariantTally[] = [];
  #summaries: readonly VariantSummary[] | null = null;
  /** By input, then by variant. */
  readonly #cells: (PromptCell | undefined)[][] = [];
  #done = 0;

  constructor(
    readonly number: number,
    readonly title: string,
    status: CompareStatus,
  ) {
    this.status = status;
  }

  get variants(): readonly CompareVariant[] {
    return this.#variants;
  }

  set variants(variants: readonly CompareVariant[]) {
    this.#variants = variants;
    this.#tallies = variants.map(({ name, rule }) => new VariantTally(name, rule));
  }

  /** Cells that there are. */
  get done(): number {
    return this.#done;
  }

  /** Of the cells so far, until the run's own are known. */
  get summaries(): readonly VariantSummary[] {
    return this.#summaries ?? this.#tallies.map((tally) => tally.summary());
  }

  /** The run's own summaries, which know more than its cells tell. */
  setSummaries(summaries: readonly VariantSummary[]): void {
    this.#summaries = summaries.length === this.#variants.length ? summaries : null;
  }

  setItems(from: number, items: readonly RunItem[]): void {
    for (const [index, item] of items.entries()) this.items[from + index] = item;
  }

  /** Adds a cell, or replaces one. Cells of variants that there are not are left out. */
  setCell(cell: PromptCell): void {
    const tally = this.#tallies[cell.variant];
    if (!tally) return;
    this.#cells[cell.item] ??= [];
    const row = this.#cells[cell.item] ?? [];
    const before = row[cell.variant];
    if (before) tally.add(before, -1);
    else this.#done++;
    tally.add(cell);
    row[cell.variant] = cell;
  }

  cell(variant: number, item: number): PromptCell | undefined {
    return this.#cells[item]?.[variant];
  }

  /** The cells of an input. */
  row(item: number): readonly (PromptCell | undefined)[] {
    return this.#cells[item] ?? noCells;
  }

  /** Where a cell belongs in its own run; null for a place that there is not. */
  ownPlace(variant: number, item: number): OwnPlace | null {
    const part = this.parts.findLast(({ firstVariant }) => firstVariant <= variant);
    const name = part?.names[variant - part.firstVariant];
    const own = part?.items ? part.items[item] : item;
    if (!part || name === undefined || own === undefined || own < 0 || !this.items[item]) return null;
    return { part, variant: variant - part.firstVariant, item: own, name };
  }

  setMark(mark: CellMark): void {
    const key = `${mark.variant}/${mark.item}`;
    if (mark.rating === null && mark.note === "" && !mark.pinned) this.marks.delete(key);
    else this.marks.set(key, mark);
  }
}
