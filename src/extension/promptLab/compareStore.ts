/** The shown run's way to the panel: a header, and inputs and cells in batches. Knows nothing of VS Code. */
import type { CellBatch, CellMark, CompareHeader, ItemBatch, MarkList } from "../../runtime/comparePanelProtocol";
import type { PromptCell, RunItem } from "../../runtime/promptProtocol";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import { briefOf } from "./briefs";
import type { ShownRun } from "./shownRun";

/** The panel's side: what can be sent to it while it is shown. */
export interface CompareView {
  show(header: CompareHeader): void;
  addItems(batch: ItemBatch): void;
  addCells(batch: CellBatch): void;
  showMarks(marks: MarkList): void;
}

/** What comes in is sent together at most this often, milliseconds. */
export const flushIntervalMs = 120;
/** Inputs of a batch, and the cells of these. */
export const batchItems = 250;

/** Holds the run; sends all of it when the panel can see it anew, bit by bit, and afterwards what changes. */
export class CompareStore {
  #run: ShownRun | null = null;
  #view: CompareView | null = null;
  #timer: Disposable | null = null;
  #pump: Disposable | null = null;
  #begun = 0;
  readonly #newCells = new Map<string, PromptCell>();

  constructor(private readonly clock: Clock) {}

  /** What is shown. */
  get run(): ShownRun | null {
    return this.#run;
  }

  /** What is shown, but for inputs and cells. */
  get header(): CompareHeader {
    const run = this.#run;
    if (!run) return { kind: "empty" };
    return {
      kind: "run",
      run: run.number,
      title: run.title,
      folders: run.parts.flatMap(({ folder }) => folder ?? []),
      models: run.models,
      task: run.task,
      startedAt: run.startedAt,
      variants: run.variants,
      items: run.items.length,
      done: run.done,
      total: run.total,
      elapsedMs: run.elapsedMs ?? this.clock.now() - this.#begun,
      status: run.status,
      notes: run.notes,
      summaries: run.summaries,
      repeatable: run.parts.length <= 1,
    };
  }

  /** Shows another run. */
  show(run: ShownRun | null): void {
    this.#run = run;
    this.#begun = this.clock.now();
    this.#sendAll();
  }

  /** Something of the run's head is another. */
  changed(): void {
    this.#schedule();
  }

  addItems(from: number, items: readonly RunItem[]): void {
    const run = this.#run;
    if (!run) return;
    run.setItems(from, items);
    this.#view?.addItems({ run: run.number, from, items });
    this.#schedule();
  }

  addCells(cells: readonly PromptCell[]): void {
    for (const cell of cells) {
      this.#run?.setCell(cell);
      if (this.#view) this.#newCells.set(`${cell.variant}/${cell.item}`, cell);
    }
    this.#schedule();
  }

  /** Sets a mark, and tells all of them. */
  mark(mark: CellMark): void {
    this.#run?.setMark(mark);
    this.#sendMarks();
  }

  /** The panel is shown and listens: it gets everything, and what changes from here on. */
  attach(view: CompareView): void {
    this.#view = view;
    this.#sendAll();
  }

  /** The panel is hidden or gone: nothing is sent until it is attached again. */
  detach(): void {
    this.#view = null;
    this.#cancel();
  }

  #sendAll(): void {
    this.#cancel();
    this.#view?.show(this.header);
    if (!this.#run || !this.#view) return;
    this.#sendMarks();
    this.#sendFrom(0);
  }

  /** A batch a turn: a large run must freeze neither the host nor the page. */
  #sendFrom(from: number): void {
    const [run, view] = [this.#run, this.#view];
    this.#pump = null;
    if (!run || !view || from >= run.items.length) return;
    const items = run.items.slice(from, from + batchItems);
    view.addItems({ run: run.number, from, items });
    const cells = items.flatMap((_, i) => run.row(from + i).flatMap((cell) => (cell ? [briefOf(cell)] : [])));
    if (cells.length > 0) view.addCells({ run: run.number, cells });
    this.#pump = this.clock.after(0, () => this.#sendFrom(from + batchItems));
  }

  #sendMarks(): void {
    if (this.#run) this.#view?.showMarks({ run: this.#run.number, marks: [...this.#run.marks.values()] });
  }

  #schedule(): void {
    if (this.#view) this.#timer ??= this.clock.after(flushIntervalMs, () => this.#flush());
  }

  #flush(): void {
    this.#timer = null;
    const cells = Array.from(this.#newCells.values(), briefOf);
    this.#newCells.clear();
    if (this.#run && cells.length > 0) this.#view?.addCells({ run: this.#run.number, cells });
    this.#view?.show(this.header);
  }

  #cancel(): void {
    this.#timer?.dispose();
    this.#pump?.dispose();
    this.#timer = this.#pump = null;
    this.#newCells.clear();
  }
}
