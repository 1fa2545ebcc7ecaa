/**
 * What the graphs for training and for measuring what was trained share: inputs, and the parts of `gpt.ts` with dropout and adapters. All
 * lengths are known, and tokens stand in one row: [B·T, C].
 *
 * B rows · T tokens · C embedding · S sequences with an extract token · N items
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { lazy } from "../graph/vjpParts";
import type { DropoutSettings } from "../trainingProtocol";
import type { GPTConfig } from "./config";
import { type CrossEntropyInputs, chunkRows } from "./crossEntropy";
import type { DropoutMasks } from "./dropout";
import { block, type Context, embeddings, finalNorm, memoize, tokenEmbeddings, unobserved } from "./gpt";
import { type ClassifierInputs, classifierLogits, classifierLoss, type Objective, type TaskObjective } from "./heads";
import { adapted, type LoraSettings } from "./lora";
import type { HeadsAtOnce } from "./sparseAttention";
import { stepNames } from "./stepNames";
import { causalMask, trainingAttention } from "./trainingAttention";

/** What is trained, and how. */
export interface TrainingPlan {
  readonly config: GPTConfig;
  readonly objective: Objective;
  /** Null: no matrix is adapted. */
  readonly lora: LoraSettings | null;
  readonly dropout: DropoutSettings;
  /** Of every parameter, by canonical name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Names of those that are trained. */
  readonly trained: readonly string[];
  readonly headsAtOnce: HeadsAtOnce;
}

/** Lengths of a batch. */
export interface BatchShape {
  /** B */
  readonly rows: number;
  /** T */
  readonly length: number;
  /** S; 0 for language modelling. */
  readonly sequences: number;
  /** N; 0 for language modelling. */
  readonly items: number;
}

/** Names of the inputs that hold a batch. */
export const batchInputs = {
  /** int64 [B·T] */
  inputIds: "input_ids",
  /** int64 [B·T] */
  positionIds: "position_ids",
  /** int64 [B·T]; any token where the weight is 0. */
  lmTargets: "lm_targets",
  /** float32 [B·T] */
  lmWeights: "lm_weights",
  /** int64 [S], places in [B·T]. */
  extract: "extract",
  /** int64 [N] */
  labels: "labels",
  /** float32 [] */
  taskWeight: "task_weight",
  /** float32 [S, C], in place of tokens. */
  features: "features",
} as const;

/** The parameters as inputs of a graph, each made when it is first asked for. */
export function parameterInputs(g: GraphBuilder, { shapes }: Pick<TrainingPlan, "shapes">): (name: string) => Value {
  return memoize((name) => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`no parameter is called ${name}`);
    return g.input(name, "float32", shape);
  });
}

/** What of a classifier's states of this shape is dropped; null for nothing. */
export function classifierMask(masks: DropoutMasks | null, shape: readonly number[], rate: number): Value | null {
  return masks && rate > 0 ? masks.mask(shape, "score", rate) : null;
}

/** A classifier's loss; it and the probabilities become outputs of the graph. */
export function classifierOutputs(g: GraphBuilder, objective: TaskObjective, inputs: ClassifierInputs): Value {
  const logits = classifierLogits(g, objective, inputs);
  const labels = g.input(batchInputs.labels, "int64", [inputs.items]);
  const { loss, probabilities } = classifierLoss(g, logits, labels, g.input(batchInputs.taskWeight, "float32", []));
  g.outputAs(stepNames.taskLoss, loss);
  g.outputAs(stepNames.probabilities, probabilities);
  return loss;
}

/** A model's parts over one batch. */
export class TrainingPass {
  readonly parameter: (name: string) => Value;
  /** int64 [B·T] */
  readonly inputIds: Value;
  readonly #positionIds: Value;
  /** One for all layers. */
  readonly #causalMask: () => Value;

  /** @param masks null: nothing is dropped. */
  constructor(
    readonly g: GraphBuilder,
    readonly plan: TrainingPlan,
    readonly shape: BatchShape,
    readonly masks: DropoutMasks | null,
  ) {
    const places = [shape.rows * shape.length];
    this.parameter = parameterInputs(g, plan);
    this.inputIds = g.input(batchInputs.inputIds, "int64", places);
    this.#positionIds = g.input(batchInputs.positionIds, "int64", places);
    this.#causalMask = lazy(() => causalMask(g, shape.length));
  }

  /** Rows of the token embedding: [B·T, C]. */
  tokens(): Value {
    return tokenEmbeddings(this.#context(null), this.inputIds);
  }

  /** What the first block reads, of the tokens' rows. */
  embeddings(tokens: Value): Value {
    return embeddings(this.#context(null), this.inputIds, this.#positionIds, tokens);
  }

  /** A block: [B·T, C] to [B·T, C]. `late` as in `DropoutMasks.apply`. */
  block(x: Value, layer: number, late: Value | null = null): Value {
    return block(this.#context(late), x, layer);
  }

  finalNorm(x: Value): Value {
    return finalNorm(this.#context(null), x);
  }

  /** All of the above: the final states, [B·T, C]. */
  finalStates(): Value {
    let x = this.embeddings(this.tokens());
    for (let layer = 0; layer < this.plan.config.nLayer; layer++) x = this.block(x, layer);
    return this.finalNorm(x);
  }

  /** Rows of the final states at the extract tokens: [S, C]. */
  extracted(final: Value): Value {
    return this.g.gather(final, this.g.input(batchInputs.extract, "int64", [this.shape.sequences]));
  }

  /** The classifier's loss on the final states [B·T, C]. */
  classifierLoss(objective: TaskObjective, final: Value): Value {
    const { g, masks, shape, plan, parameter } = this;
    return classifierOutputs(g, objective, {
      states: this.extracted(final),
      items: shape.items,
      parameter,
      mask: (sizes) => classifierMask(masks, sizes, plan.dropout.classifier),
    });
  }

  /** What the language model's loss is of, and how many rows at a time. */
  languageModel(final: Value): CrossEntropyInputs & { readonly chunkRows: number } {
    const { g, shape, plan, headName } = this;
    const rows = shape.rows * shape.length;
    return {
      hidden: final,
      table: this.parameter(headName),
      targets: g.input(batchInputs.lmTargets, "int64", [rows]),
      weights: g.input(batchInputs.lmWeights, "float32", [rows]),
      chunkRows: chunkRows(rows, plan.config.vocabSize),
    };
  }

  /** Name of the parameter that turns states into logits. */
  get headName(): string {
    return this.plan.config.tieWordEmbeddings ? "wte.weight" : "lm_head.weight";
  }

  #drop(x: Value, place: string, rate: number, late: Value | null): Value {
    return this.masks ? this.masks.apply(x, place, rate, late) : x;
  }

  #attend(late: Value | null) {
    const { g, plan, shape } = this;
    return trainingAttention(g, plan.config, {
      ...shape,
      headsAtOnce: plan.headsAtOnce,
      mask: this.#causalMask,
      dropout: (x, place) => this.#drop(x, place, plan.dropout.attention, late),
    });
  }

  #context(late: Value | null): Context {
    const { g, plan, parameter } = this;
    const { config, dropout, lora } = plan;
    const rate = (place: string) => (place === "embedding" ? dropout.embedding : dropout.residual);
    const adapting = lora && {
      g,
      settings: lora,
      parameter,
      dropout: (x: Value, place: string) => this.#drop(x, place, lora.loraDropout, late),
    };
    return {
      g,
      config,
      parameter,
      attend: this.#attend(late),
      observe: unobserved,
      products: "exact",
      training: {
        dropout: (x, place) => this.#drop(x, place, rate(place), late),
        adapt: (product, x, name) => (adapting ? adapted(adapting, product, x, name) : product),
      },
    };
  }
}
