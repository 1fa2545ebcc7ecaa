/** A training run as the panel shows it, put together from the events of its stream or of its file. Knows nothing of VS Code. */
import { join } from "node:path";
import type { RuntimeErrorInfo } from "../../runtime/errors";
import type { RunStatus, StepPoint, TrainingPoint, TrainingRunView } from "../../runtime/trainingPanelProtocol";
import type { TrainingEvent, TrainingRecord } from "../../runtime/trainingProtocol";

/** Samples of text that are kept, the last ones. */
const keptSamples = 20;
/** Notes that are kept, the last ones. */
const keptNotes = 50;
/** Places of the curves that are kept; of a longer run every other step is left out, and again. */
export const keptPoints = 50_000;

/** Everything of a run that is shown. */
export class ShownTraining {
  folder: string | null = null;
  record: TrainingRecord | null = null;
  status: RunStatus = "preparing";
  failure: RuntimeErrorInfo | null = null;
  readonly points: TrainingPoint[] = [];
  #stage: TrainingRunView["stage"] = null;
  #last: StepPoint | null = null;
  #leftMs: number | null = null;
  #checkpoint: number | null = null;
  #notes: string[] = [];
  #samples: { step: number; text: string }[] = [];
  /** Steps are kept whose number is a multiple of it. */
  #stride = 1;

  constructor(
    readonly number: number,
    readonly title: string,
  ) {}

  /** Steps done, of all. */
  get progress(): { readonly step: number; readonly steps: number } {
    return { step: this.#last?.step ?? this.record?.step ?? 0, steps: this.record?.steps ?? 0 };
  }

  /** Milliseconds until the end, as far as they can be told. */
  get leftMs(): number | null {
    return this.#leftMs;
  }

  /** Whether it is under way in this window. */
  get active(): boolean {
    return ["preparing", "running", "pausing", "stopping"].includes(this.status);
  }

  /** Takes in an event. Gives the number of the first place of the curves that is another, or null when none is. */
  hear(event: TrainingEvent): number | null {
    switch (event.kind) {
      case "begin":
        this.folder = event.folder;
        this.record = event.record;
        if (this.status === "preparing") this.status = "running";
        return null;
      case "stage":
        this.#stage = event.done < event.total || event.total === 0 ? pickStage(event) : null;
        return null;
      case "step":
        return this.#step(event);
      case "evaluation":
        return this.#add({ ...event });
      case "sample":
        this.#samples = [...this.#samples.filter(({ step }) => step < event.step), pickSample(event)].slice(
          -keptSamples,
        );
        return null;
      case "checkpoint":
        this.#checkpoint = event.step;
        return null;
      case "note":
        if (!this.#notes.includes(event.text)) this.#notes = [...this.#notes, event.text].slice(-keptNotes);
        return null;
      default:
        event satisfies never;
        return null;
    }
  }

  /** The run is over. */
  finish(record: TrainingRecord, folder: string): void {
    this.record = record;
    this.folder = folder;
    this.#stage = null;
    this.#leftMs = null;
    this.status = record.state === "running" ? "interrupted" : record.state;
  }

  /** The request of the run failed. */
  fail(failure: RuntimeErrorInfo): void {
    this.failure = failure;
    this.#stage = null;
    this.#leftMs = null;
    // A process that ended leaves its checkpoints behind.
    this.status = failure.code === "runtimeExited" && this.folder !== null ? "interrupted" : "failed";
  }

  /** The run is to be gone on with. */
  again(): void {
    this.status = "preparing";
    this.failure = null;
  }

  /** What the panel is told but for the curves. */
  view(busy: string | null): TrainingRunView {
    const { folder, record } = this;
    return {
      kind: "run",
      run: this.number,
      title: record?.name || this.title,
      ...{ folder, record, status: this.status, failure: this.failure, busy },
      ...{ stage: this.#stage, last: this.#last, leftMs: this.#leftMs, checkpoint: this.#checkpoint },
      ...{ notes: this.#notes, samples: this.#samples },
      model: folder !== null && record && record.model !== null ? join(folder, record.model) : null,
    };
  }

  #step(event: Extract<TrainingEvent, { kind: "step" }>): number | null {
    const { elapsedMs: _, leftMs, ...point } = event;
    this.#last = point;
    this.#leftMs = leftMs;
    this.#stage = null;
    if (event.step % this.#stride !== 0) return this.#cut(event.step);
    return this.#add(point);
  }

  /** Of the test split the best step is told, which need not be the last: only steps go back. */
  #add(point: TrainingPoint): number {
    let from = this.points.length;
    if (point.kind === "step") from = this.#cut(point.step) ?? from;
    else if (this.#dropSame(point)) from--;
    this.points.push(point);
    if (this.points.length <= keptPoints) return from;
    this.#stride *= 2;
    const kept = this.points.filter((one) => one.kind === "evaluation" || one.step % this.#stride === 0);
    this.points.splice(0, this.points.length, ...kept);
    return 0;
  }

  /** A run that goes on from a checkpoint does the steps after it again: those of before are dropped. */
  #cut(step: number): number | null {
    let length = this.points.length;
    while (length > 0 && (this.points[length - 1]?.step ?? 0) >= step) length--;
    if (length === this.points.length) return null;
    this.points.length = length;
    return length;
  }

  #dropSame(point: Extract<TrainingPoint, { kind: "evaluation" }>): boolean {
    const last = this.points.at(-1);
    if (last?.kind !== "evaluation" || last.step !== point.step || last.split !== point.split) return false;
    this.points.pop();
    return true;
  }
}

function pickStage({ stage, done, total }: Extract<TrainingEvent, { kind: "stage" }>) {
  return { text: stage, done, total };
}

function pickSample({ step, text }: Extract<TrainingEvent, { kind: "sample" }>) {
  return { step, text };
}
