/** A GPT that is being trained: its parameters, its optimizer's moments, and the graphs that move them. */

import { parameterShapes } from "../checkpoint/parameterNames";
import type { AdamWOptions } from "../graph/optimizer";
import type { GPTConfig } from "../model/config";
import { deviceTraits } from "../model/deviceTraits";
import { buildEvaluationGraph, buildFeaturesGraph, featuresName } from "../model/evaluationGraph";
import { headShapes, type Objective } from "../model/heads";
import { loraShapes } from "../model/lora";
import { stepNames } from "../model/stepNames";
import { buildStepGraph } from "../model/trainingGraph";
import type { BatchShape, TrainingPlan } from "../model/trainingPass";
import type { Device } from "../protocol";
import type { DropoutSettings, TrainingMethod } from "../trainingProtocol";
import { readFloat32 } from "./session";
import type { TrainingBatch } from "./trainable";
import { type ShapeGraphs, TrainedModel, type TrainedModelOptions } from "./trainedModel";
import { TrainedParameters } from "./trainedParameters";
import { batchFeeds, type StepCount, type Tensors } from "./trainingFeeds";
import { TrainingSessions } from "./trainingSessions";

/** Everything that training depends on but the data. */
export interface TrainingSetup {
  /** `vocabSize` already with the new rows, where there are any; not quantized. */
  readonly config: GPTConfig;
  readonly objective: Objective;
  readonly method: TrainingMethod;
  readonly optimizer: AdamWOptions;
  readonly dropout: DropoutSettings;
  readonly seed: number;
  /** Compute the blocks' activations anew in the backward pass. */
  readonly recompute: boolean;
  readonly device: Device;
  /** Initial values of every parameter, frozen ones and adapters too. */
  readonly initial: (name: string, shape: readonly number[]) => Float32Array | Promise<Float32Array>;
}

/** What tests may ask for besides. */
export interface TrainingProbe {
  /** Is given the summed gradients of each step's last micro-batch, before clipping. */
  readonly onGradients?: (gradients: ReadonlyMap<string, Float32Array>) => void;
}

/** A GPT with AdamW. */
export class TrainingModel extends TrainedModel<TrainingBatch> {
  private constructor(
    options: TrainedModelOptions,
    private readonly plan: TrainingPlan,
    private readonly recompute: boolean,
    private readonly probe: TrainingProbe,
  ) {
    super(options);
  }

  /** Puts the parameters where they are trained. Throws `RangeError` for a matrix to adapt that the model does not have. */
  static async create(setup: TrainingSetup, probe: TrainingProbe = {}): Promise<TrainingModel> {
    const plan = trainingPlan(setup);
    const parameters = await TrainedParameters.create(plan, setup);
    const { objective, optimizer, device, seed, config, recompute } = setup;
    const sessions = new TrainingSessions(parameters.store, { device, seed, name: config.modelType });
    return new TrainingModel({ objective, optimizer, parameters, sessions }, plan, recompute, probe);
  }

  /** The final state at the extract places, [sequences, C]. */
  async features(batch: TrainingBatch): Promise<Float32Array> {
    const shape = shapeOf(batch);
    const build = () => buildFeaturesGraph(this.plan, shape);
    return readFloat32(await this.measure(batch, { key: `features ${keyOf(shape)}`, build }), featuresName).slice();
  }

  protected graphs(batch: TrainingBatch): ShapeGraphs {
    const { plan, optimizer, recompute } = this;
    const shape = shapeOf(batch);
    const shown = this.probe.onGradients !== undefined;
    return {
      key: keyOf(shape),
      step: (part) =>
        buildStepGraph({ plan, shape, optimizer, recompute, showsGradients: part.updates && shown, ...part }),
      evaluation: () => buildEvaluationGraph(plan, shape),
    };
  }

  protected feeds(batch: TrainingBatch, count: StepCount | null): Tensors {
    return batchFeeds(batch, this.plan.config, count);
  }

  protected override stepped(outputs: Tensors): void {
    const gradient = (name: string) => readFloat32(outputs, stepNames.gradient(name)).slice();
    this.probe.onGradients?.(new Map(this.trained.map((name) => [name, gradient(name)])));
  }
}

/** What of `setup` the graphs depend on. */
function trainingPlan({ config, objective, method, dropout, device }: TrainingSetup): TrainingPlan {
  const lora = method.kind === "lora" ? method : null;
  const base = parameterShapes(config);
  const factors = lora ? loraShapes(config, lora) : new Map<string, readonly number[]>();
  const head = headShapes(objective, config.nEmbd);
  const moved = method.kind === "full" ? [...base.keys()].filter((name) => isUsed(name, objective)) : [];
  return {
    config,
    objective,
    lora,
    dropout,
    shapes: new Map([...base, ...factors, ...head]),
    trained: [...moved, ...factors.keys(), ...head.keys()],
    headsAtOnce: deviceTraits[device].headsAtOnce,
  };
}

/** Whether the loss hangs on a parameter of the base model: an output head of its own is there for the language model alone. */
function isUsed(name: string, objective: Objective): boolean {
  return !name.startsWith("lm_head.") || objective.kind === "languageModel" || objective.lmCoef !== 0;
}

function shapeOf({ rows, length, extract, labels }: TrainingBatch): BatchShape {
  return { rows, length, sequences: extract.length, items: labels.length };
}

function keyOf({ rows, length, sequences, items }: BatchShape): string {
  return `${rows}×${length}, ${sequences} for ${items}`;
}
