/** A classifier trained on final states that were computed once: seconds where the whole model takes minutes. */
import { CancelledError } from "../errors";
import { buildHeadEvaluationGraph, buildHeadStepGraph, type HeadPlan, type HeadShape } from "../model/headGraph";
import { headShapes } from "../model/heads";
import { batchInputs } from "../model/trainingPass";
import { float32Tensor, type SessionTensor } from "./session";
import type { EvaluationResult, FeatureBatch, StepResult, TensorKind, Trainable } from "./trainable";
import { TrainedParameters } from "./trainedParameters";
import { type Counts, evaluationResult, labelFeeds, optimizerFeeds, stepResult } from "./trainingFeeds";
import type { TrainingSetup } from "./trainingModel";
import { TrainingSessions } from "./trainingSessions";

/** What of `TrainingSetup` matters to a classifier alone. */
export type HeadSetup = Pick<
  TrainingSetup,
  "config" | "objective" | "optimizer" | "dropout" | "seed" | "device" | "initial"
>;

/** A classifier with AdamW. */
export class HeadModel implements Trainable<FeatureBatch> {
  private constructor(
    private readonly setup: HeadSetup,
    private readonly plan: HeadPlan,
    private readonly parameters: TrainedParameters,
    private readonly sessions: TrainingSessions,
  ) {}

  /** Throws `RangeError` when the objective has no classifier. */
  static async create(setup: HeadSetup): Promise<HeadModel> {
    const { config, objective, dropout, device, seed } = setup;
    if (objective.kind === "languageModel") throw new RangeError("a language model has no classifier");
    const shapes = headShapes(objective, config.nEmbd);
    const plan = { objective, nEmbd: config.nEmbd, dropout: dropout.classifier, shapes, trained: [...shapes.keys()] };
    const parameters = await TrainedParameters.create(plan, setup);
    const sessions = new TrainingSessions(parameters.store, { device, seed, name: "classifier" });
    return new HeadModel(setup, plan, parameters, sessions);
  }

  get trained(): readonly string[] {
    return this.plan.trained;
  }

  get shapes(): ReadonlyMap<string, readonly number[]> {
    return this.plan.shapes;
  }

  async step(
    microBatches: readonly FeatureBatch[],
    learningRate: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const count = { items: microBatches.reduce((sum, { labels }) => sum + labels.length, 0) };
    if (microBatches.length > 1) await this.parameters.prepareSums();
    const { optimizer } = this.setup;
    const { plan } = this;
    const parts: Counts[] = [];
    for (const [microBatch, batch] of microBatches.entries()) {
      if (signal?.aborted) throw new CancelledError("cancelled while training");
      const [takesSums, updates] = [microBatch > 0, microBatch === microBatches.length - 1];
      const shape = this.#shapeOf(batch);
      const graph = {
        key: `step ${keyOf(shape)}${takesSums ? " with sums" : ""}${updates ? "" : " without update"}`,
        build: () => buildHeadStepGraph({ plan, shape, optimizer, takesSums, updates }),
      };
      const feeds = {
        ...this.#features(batch),
        ...labelFeeds(batch.labels, count),
        ...optimizerFeeds(optimizer, learningRate, step),
      };
      parts.push({ outputs: await this.sessions.run(graph, feeds, { step, microBatch }), labels: batch.labels });
    }
    // The language model's loss never counts: nothing it hangs on is trained.
    return stepResult(parts, { ...plan.objective, lmCoef: 0 });
  }

  async evaluate(batch: FeatureBatch): Promise<EvaluationResult> {
    const shape = this.#shapeOf(batch);
    const graph = {
      key: `evaluation ${keyOf(shape)}`,
      build: () => ({ graph: buildHeadEvaluationGraph(this.plan, shape), dropout: null }),
    };
    const outputs = await this.sessions.run(graph, { ...this.#features(batch), ...labelFeeds(batch.labels, null) });
    return evaluationResult(outputs, batch.labels.length, 0);
  }

  read(kind: TensorKind, name: string): Promise<Float32Array> {
    return this.parameters.read(kind, name);
  }

  write(kind: TensorKind, name: string, values: Float32Array): Promise<void> {
    return this.parameters.write(kind, name, values);
  }

  async dispose(): Promise<void> {
    await this.sessions.dispose();
    await this.parameters.store.dispose();
  }

  #shapeOf({ features, labels }: FeatureBatch): HeadShape {
    return { sequences: features.length / this.plan.nEmbd, items: labels.length };
  }

  #features(batch: FeatureBatch): Readonly<Record<string, SessionTensor>> {
    const { sequences } = this.#shapeOf(batch);
    return { [batchInputs.features]: float32Tensor(batch.features, [sequences, this.plan.nEmbd]) };
  }
}

function keyOf({ sequences, items }: HeadShape): string {
  return `${sequences} for ${items}`;
}
