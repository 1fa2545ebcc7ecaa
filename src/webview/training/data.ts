/** The curves of the run that is shown, as they come in. Knows no DOM. */
import type {
  EvaluationPoint,
  PointBatch,
  StepPoint,
  TrainingPanelState,
  TrainingPoint,
} from "../../runtime/trainingPanelProtocol";
import type { CsvTable } from "../shared/csv";

/** Rows of the table behind the curves, at most. */
export const tableRows = 200;

/** What the page was told. Batches of another run than the one that is shown are dropped. */
export class TrainingPageData {
  state: TrainingPanelState | null = null;
  /** Grows with every change of the curves. */
  version = 0;
  #points: TrainingPoint[] = [];

  show(state: TrainingPanelState): void {
    const before = this.state;
    this.state = state;
    if (before?.kind === "run" && state.kind === "run" && before.run === state.run) return;
    this.#points = [];
    this.version++;
  }

  addPoints({ run, from, points }: PointBatch): void {
    if (this.state?.kind !== "run" || this.state.run !== run || from > this.#points.length) return;
    this.#points.length = from;
    this.#points.push(...points);
    this.version++;
  }

  get points(): readonly TrainingPoint[] {
    return this.#points;
  }

  get steps(): readonly StepPoint[] {
    return this.#points.filter((point) => point.kind === "step");
  }

  /** Of dev, or of held-out text. */
  get evaluations(): readonly EvaluationPoint[] {
    return this.#points.filter((point) => point.kind === "evaluation").filter(({ split }) => split === "dev");
  }
}

/** Steps spread evenly over all of them, the last one among them, and every evaluation: what a table has room for. */
export function tablePoints(points: readonly TrainingPoint[], rows = tableRows): readonly TrainingPoint[] {
  const stride = Math.max(1, Math.ceil(points.length / rows));
  const last = points.length - 1;
  return points.filter((point, i) => point.kind === "evaluation" || (last - i) % stride === 0);
}

/** All places of the curves as a table. */
export function pointsTable(points: readonly TrainingPoint[]): CsvTable {
  return {
    columns: [
      ...["step", "split", "epoch", "loss", "task_loss", "lm_loss"],
      ...["accuracy", "learning_rate", "gradient_norm", "tokens_per_second"],
    ],
    rows: points.map((point) =>
      point.kind === "step"
        ? [
            ...[point.step, "train", point.epoch, point.loss, point.taskLoss, point.lmLoss],
            ...[null, point.learningRate, point.gradientNorm, point.tokensPerSecond],
          ]
        : [point.step, point.split, null, point.loss, null, null, point.accuracy, null, null, null],
    ),
  };
}
