/** What models that are trained share, whatever they are made of: steps over micro-batches, and their tensors by name. */
import { CancelledError } from "../errors";
import type { Graph } from "../graph/graph";
import type { AdamWOptions } from "../graph/optimizer";
import type { Objective } from "../model/heads";
import type { StepGraph } from "../model/trainingGraph";
import type { EvaluationResult, StepResult, TensorKind, Trainable } from "./trainable";
import type { TrainedParameters } from "./trainedParameters";
import {
  type Counts,
  countOf,
  evaluationResult,
  optimizerFeeds,
  type StepCount,
  stepResult,
  type Targets,
  type Tensors,
} from "./trainingFeeds";
import type { TrainingGraph, TrainingSessions } from "./trainingSessions";

/** A micro-batch's part in its step; as in `StepGraphOptions`. */
export interface StepPart {
  readonly takesSums: boolean;
  readonly updates: boolean;
}

/** Graphs for batches of one shape. */
export interface ShapeGraphs {
  /** What tells the shape from others. */
  readonly key: string;
  readonly step: (part: StepPart) => StepGraph;
  readonly evaluation: () => Graph;
}

/** What a model is trained with. */
export interface TrainedModelOptions {
  readonly objective: Objective;
  readonly optimizer: AdamWOptions;
  readonly parameters: TrainedParameters;
  readonly sessions: TrainingSessions;
}

/** A model with AdamW. */
export abstract class TrainedModel<B extends Targets> implements Trainable<B> {
  protected readonly optimizer: AdamWOptions;

  protected constructor(private readonly options: TrainedModelOptions) {
    this.optimizer = options.optimizer;
  }

  protected abstract graphs(batch: B): ShapeGraphs;

  /** Inputs of a batch; each item and token counts as its share of `count`, or as 1 where that is null. */
  protected abstract feeds(batch: B, count: StepCount | null): Tensors;

  /** Is told what the last micro-batch of a step gives. */
  protected stepped(_outputs: Tensors): void {
    // Most look at nothing.
  }

  get trained(): readonly string[] {
    return this.options.parameters.trained;
  }

  get shapes(): ReadonlyMap<string, readonly number[]> {
    return this.options.parameters.shapes;
  }

  async step(
    microBatches: readonly B[],
    learningRate: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const { objective, optimizer, parameters, sessions } = this.options;
    const count = countOf(microBatches);
    if (microBatches.length > 1) await parameters.prepareSums();
    const parts: Counts[] = [];
    for (const [microBatch, batch] of microBatches.entries()) {
      if (signal?.aborted) throw new CancelledError("cancelled while training");
      const { key, step: build } = this.graphs(batch);
      const part = { takesSums: microBatch > 0, updates: microBatch === microBatches.length - 1 };
      const graph = {
        key: `step ${key}${part.takesSums ? " with sums" : ""}${part.updates ? "" : " without update"}`,
        build: () => build(part),
      };
      const feeds = { ...this.feeds(batch, count), ...optimizerFeeds(optimizer, learningRate, step) };
      const outputs = await sessions.run(graph, feeds, { step, microBatch });
      parts.push({ outputs, labels: batch.labels });
      if (part.updates) this.stepped(outputs);
    }
    return stepResult(parts, objective);
  }

  async evaluate(batch: B): Promise<EvaluationResult> {
    const { key, evaluation } = this.graphs(batch);
    const outputs = await this.measure(batch, { key: `evaluation ${key}`, build: evaluation });
    return evaluationResult(outputs, batch);
  }

  read(kind: TensorKind, name: string): Promise<Float32Array> {
    return this.options.parameters.read(kind, name);
  }

  write(kind: TensorKind, name: string, values: Float32Array): Promise<void> {
    return this.options.parameters.write(kind, name, values);
  }

  async dispose(): Promise<void> {
    await this.options.sessions.dispose();
    await this.options.parameters.store.dispose();
  }

  /** Runs a graph that changes and drops nothing. */
  protected measure(batch: B, { key, build }: { readonly key: string; readonly build: () => Graph }): Promise<Tensors> {
    const graph: TrainingGraph = { key, build: () => ({ graph: build(), dropout: null }) };
    return this.options.sessions.run(graph, this.feeds(batch, null));
  }
}
