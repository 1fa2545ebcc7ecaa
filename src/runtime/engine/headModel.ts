/** A classifier trained on final states that were computed once: seconds where the whole model takes minutes. */
import { buildHeadEvaluationGraph, buildHeadStepGraph, type HeadPlan } from "../model/headGraph";
import { headShapes } from "../model/heads";
import { batchInputs } from "../model/trainingPass";
import { float32Tensor } from "./session";
import type { FeatureBatch } from "./trainable";
import { type ShapeGraphs, TrainedModel, type TrainedModelOptions } from "./trainedModel";
import { TrainedParameters } from "./trainedParameters";
import { labelFeeds, type StepCount, type Tensors } from "./trainingFeeds";
import type { TrainingSetup } from "./trainingModel";
import { TrainingSessions } from "./trainingSessions";

/** What of `TrainingSetup` matters to a classifier alone. */
export type HeadSetup = Pick<
  TrainingSetup,
  "config" | "objective" | "optimizer" | "dropout" | "seed" | "device" | "initial"
>;

/** A classifier with AdamW. */
export class HeadModel extends TrainedModel<FeatureBatch> {
  private constructor(
    options: TrainedModelOptions,
    private readonly plan: HeadPlan,
  ) {
    super(options);
  }

  /** Throws `RangeError` when the objective has no classifier. */
  static async create(setup: HeadSetup): Promise<HeadModel> {
    const { config, objective, optimizer, dropout, device, seed } = setup;
    if (objective.kind === "languageModel") throw new RangeError("a language model has no classifier");
    const shapes = headShapes(objective, config.nEmbd);
    const plan = { objective, nEmbd: config.nEmbd, dropout: dropout.classifier, shapes, trained: [...shapes.keys()] };
    const parameters = await TrainedParameters.create(plan, setup);
    const sessions = new TrainingSessions(parameters.store, { device, seed, name: "classifier" });
    // The language model's loss never counts: nothing it hangs on is trained.
    return new HeadModel({ objective: { ...objective, lmCoef: 0 }, optimizer, parameters, sessions }, plan);
  }

  protected graphs(batch: FeatureBatch): ShapeGraphs {
    const { plan } = this;
    const shape = { sequences: this.#sequences(batch), items: batch.labels.length };
    return {
      key: `${shape.sequences} for ${shape.items}`,
      step: (part) => buildHeadStepGraph({ plan, shape, optimizer: this.optimizer, ...part }),
      evaluation: () => buildHeadEvaluationGraph(plan, shape),
    };
  }

  protected feeds(batch: FeatureBatch, count: StepCount | null): Tensors {
    const shape = [this.#sequences(batch), this.plan.nEmbd];
    return { [batchInputs.features]: float32Tensor(batch.features, shape), ...labelFeeds(batch.labels, count) };
  }

  #sequences({ features }: FeatureBatch): number {
    return features.length / this.plan.nEmbd;
  }
}
