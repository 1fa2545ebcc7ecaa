/** What the page was told of the run: inputs, cells and marks, as they come in. Knows no DOM. */
import type {
  CellBatch,
  CellBrief,
  CellMark,
  CompareHeader,
  ItemBatch,
  MarkList,
} from "../../runtime/comparePanelProtocol";
import type { RunItem } from "../../runtime/promptProtocol";

/** The header of a run. */
export type RunHeader = Extract<CompareHeader, { kind: "run" }>;

/** A cell without marks. */
export const noMark = { rating: null, note: "", pinned: false } as const;

const nothing: readonly (CellBrief | undefined)[] = [];

/** Inputs, cells and marks. Batches of another run than the header's are dropped. */
export class CompareData {
  header: CompareHeader = { kind: "empty" };
  /** Grows with every change of inputs, cells or marks. */
  version = 0;
  items: RunItem[] = [];
  #cells: (CellBrief | undefined)[][] = [];
  #marks: ReadonlyMap<string, CellMark> = new Map();
  #markedItems: ReadonlyMap<number, readonly CellMark[]> = new Map();

  show(header: CompareHeader): void {
    const before = this.header;
    this.header = header;
    if (before.kind === "run" && header.kind === "run" && before.run === header.run) return;
    this.items = [];
    this.#cells = [];
    this.#setMarks([]);
  }

  addItems({ run, from, items }: ItemBatch): void {
    if (!this.#shows(run)) return;
    for (const [index, item] of items.entries()) this.items[from + index] = item;
    this.version++;
  }

  addCells({ run, cells }: CellBatch): void {
    if (!this.#shows(run)) return;
    for (const cell of cells) {
      const row = this.#cells[cell.item] ?? [];
      row[cell.variant] = cell;
      this.#cells[cell.item] = row;
    }
    this.version++;
  }

  showMarks({ run, marks }: MarkList): void {
    if (this.#shows(run)) this.#setMarks(marks);
  }

  /** Sets one mark before the host confirms it. */
  mark(mark: CellMark): void {
    const others = [...this.#marks.values()].filter(
      ({ variant, item }) => variant !== mark.variant || item !== mark.item,
    );
    this.#setMarks([...others, mark]);
  }

  cell(variant: number, item: number): CellBrief | undefined {
    return this.#cells[item]?.[variant];
  }

  /** The cells of an input, by variant; those to come are missing. */
  row(item: number): readonly (CellBrief | undefined)[] {
    return this.#cells[item] ?? nothing;
  }

  markOf(variant: number, item: number): CellMark {
    return this.#marks.get(`${variant}/${item}`) ?? { ...noMark, variant, item };
  }

  marksOf(item: number): readonly CellMark[] {
    return this.#markedItems.get(item) ?? [];
  }

  #shows(run: number): boolean {
    return this.header.kind === "run" && this.header.run === run;
  }

  #setMarks(marks: readonly CellMark[]): void {
    this.#marks = new Map(marks.map((mark) => [`${mark.variant}/${mark.item}`, mark]));
    const byItem = new Map<number, CellMark[]>();
    for (const mark of marks) byItem.set(mark.item, [...(byItem.get(mark.item) ?? []), mark]);
    this.#markedItems = byItem;
    this.version++;
  }
}
