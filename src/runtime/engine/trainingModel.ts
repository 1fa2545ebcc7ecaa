/** A GPT that is being trained: its parameters, its optimizer's moments, and the graphs that move them. */

import { parameterShapes } from "../checkpoint/parameterNames";
import { CancelledError } from "../errors";
import type { AdamWOptions } from "../graph/optimizer";
import type { GPTConfig } from "../model/config";
import { deviceTraits } from "../model/deviceTraits";
import { buildEvaluationGraph, buildFeaturesGraph, featuresName } from "../model/evaluationGraph";
import { headShapes, type Objective } from "../model/heads";
import { loraShapes } from "../model/lora";
import { buildStepGraph } from "../model/trainingGraph";
import type { BatchShape, TrainingPlan } from "../model/trainingPass";
import type { Device } from "../protocol";
import type { DropoutSettings, TrainingMethod } from "../trainingProtocol";
import { readFloat32 } from "./session";
import type { EvaluationResult, StepResult, TensorKind, Trainable, TrainingBatch } from "./trainable";
import { TrainedParameters } from "./trainedParameters";
import {
  batchFeeds,
  type Counts,
  countOf,
  evaluationResult,
  lmTokensOf,
  optimizerFeeds,
  stepResult,
} from "./trainingFeeds";
import { type TrainingGraph, TrainingSessions } from "./trainingSessions";

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
export class TrainingModel implements Trainable<TrainingBatch> {
  private constructor(
    private readonly setup: TrainingSetup,
    private readonly plan: TrainingPlan,
    private readonly parameters: TrainedParameters,
    private readonly sessions: TrainingSessions,
    private readonly probe: TrainingProbe,
  ) {}

  /** Puts the parameters where they are trained. Throws `RangeError` for a matrix to adapt that the model does not have. */
  static async create(setup: TrainingSetup, probe: TrainingProbe = {}): Promise<TrainingModel> {
    const plan = trainingPlan(setup);
    const parameters = await TrainedParameters.create(plan, setup);
    const { device, seed, config } = setup;
    const sessions = new TrainingSessions(parameters.store, { device, seed, name: config.modelType });
    return new TrainingModel(setup, plan, parameters, sessions, probe);
  }

  get trained(): readonly string[] {
    return this.plan.trained;
  }

  get shapes(): ReadonlyMap<string, readonly number[]> {
    return this.plan.shapes;
  }

  async step(
    microBatches: readonly TrainingBatch[],
    learningRate: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const count = countOf(microBatches);
    if (microBatches.length > 1) await this.parameters.prepareSums();
    const parts: Counts[] = [];
    for (const [microBatch, batch] of microBatches.entries()) {
      if (signal?.aborted) throw new CancelledError("cancelled while training");
      const updates = microBatch === microBatches.length - 1;
      const graph = this.#stepGraph(shapeOf(batch), { takesSums: microBatch > 0, updates });
      const feeds = {
        ...batchFeeds(batch, this.plan, count),
        ...optimizerFeeds(this.setup.optimizer, learningRate, step),
      };
      const outputs = await this.sessions.run(graph, feeds, { step, microBatch });
      parts.push({ outputs, labels: batch.labels });
      if (updates) this.#showGradients(outputs);
    }
    return stepResult(parts, this.plan.objective);
  }

  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    const shape = shapeOf(batch);
    const graph = {
      key: `evaluation ${keyOf(shape)}`,
      build: () => ({ graph: buildEvaluationGraph(this.plan, shape), dropout: null }),
    };
    const outputs = await this.sessions.run(graph, batchFeeds(batch, this.plan, null));
    return evaluationResult(outputs, batch.labels.length, lmTokensOf(batch));
  }

  /** The final state at the extract places, [sequences, C]. */
  async features(batch: TrainingBatch): Promise<Float32Array> {
    const shape = shapeOf(batch);
    const graph = {
      key: `features ${keyOf(shape)}`,
      build: () => ({ graph: buildFeaturesGraph(this.plan, shape), dropout: null }),
    };
    return readFloat32(await this.sessions.run(graph, batchFeeds(batch, this.plan, null)), featuresName).slice();
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

  #stepGraph(shape: BatchShape, part: { readonly takesSums: boolean; readonly updates: boolean }): TrainingGraph {
    const { optimizer, recompute } = this.setup;
    const showsGradients = part.updates && this.probe.onGradients !== undefined;
    return {
      key: `step ${keyOf(shape)}${part.takesSums ? " with sums" : ""}${part.updates ? "" : " without update"}`,
      build: () => buildStepGraph({ plan: this.plan, shape, optimizer, recompute, showsGradients, ...part }),
    };
  }

  #showGradients(outputs: Parameters<typeof readFloat32>[0]): void {
    this.probe.onGradients?.(
      new Map(this.trained.map((name) => [name, readFloat32(outputs, `${name}.gradient`).slice()])),
    );
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
