/** What the training panel shows, on its way to it: its state, and curves in batches. Knows nothing of VS Code. */
import type { PointBatch, TrainingPanelState } from "../../runtime/trainingPanelProtocol";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import type { ShownTraining } from "./shownTraining";

/** The panel's side: what can be sent to it while it is shown. */
export interface TrainingView {
  show(state: TrainingPanelState): void;
  addPoints(batch: PointBatch): void;
}

/** What comes in is sent together at most this often, milliseconds. */
export const flushIntervalMs = 150;
/** Places of the curves of a batch. */
export const batchPoints = 2_000;

/** Sends the state when the panel can see it anew, and afterwards what changes. */
export class TrainingStore {
  #view: TrainingView | null = null;
  #timer: Disposable | null = null;
  /** Number of the first place that the page does not have as it is. */
  #unsent = 0;
  #sentRun: number | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly state: () => TrainingPanelState,
    private readonly run: () => ShownTraining | null,
  ) {}

  /** Something else is shown, or the state is another: tells it at once. */
  show(): void {
    this.#timer?.dispose();
    this.#flush();
  }

  /** Something changed; curves from number `from` on. */
  changed(from: number | null = null): void {
    if (from !== null) this.#unsent = Math.min(this.#unsent, from);
    if (this.#view) this.#timer ??= this.clock.after(flushIntervalMs, () => this.#flush());
  }

  /** The panel is shown and listens: it gets everything, and what changes from here on. */
  attach(view: TrainingView): void {
    this.#view = view;
    this.#sentRun = null;
    this.show();
  }

  /** The panel is hidden or gone: nothing is sent until it is attached again. */
  detach(): void {
    this.#view = null;
    this.#timer?.dispose();
    this.#timer = null;
  }

  #flush(): void {
    this.#timer = null;
    const [view, run] = [this.#view, this.run()];
    if (!view) return;
    view.show(this.state());
    if (!run) {
      this.#sentRun = null;
      return;
    }
    if (this.#sentRun !== run.number) this.#unsent = 0;
    this.#sentRun = run.number;
    const from = Math.min(this.#unsent, run.points.length);
    const points = run.points.slice(from, from + batchPoints);
    this.#unsent = from + points.length;
    if (points.length > 0) view.addPoints({ run: run.number, from, points });
    if (this.#unsent < run.points.length) this.#timer = this.clock.after(0, () => this.#flush());
  }
}
