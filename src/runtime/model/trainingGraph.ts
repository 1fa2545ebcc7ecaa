/**
 * One optimizer step as one graph: the forward pass of `gpt.ts`, losses, gradients, their sum over micro-batches, clipping and AdamW.
 *
 * B rows · T tokens · C embedding · V vocabulary · S sequences with an extract token · N items
 */
import { vjp } from "../graph/autodiff";
import { type Graph, GraphBuilder } from "../graph/graph";
import type { AdamWOptions } from "../graph/optimizer";
import type { Value } from "../graph/types";
import { after, crossEntropyGradients, zeroFrom } from "./crossEntropy";
import { DropoutMasks, type DropoutPlan } from "./dropout";
import type { TaskObjective } from "./heads";
import { stepNames } from "./stepNames";
import { type BatchShape, TrainingPass, type TrainingPlan } from "./trainingPass";
import { moveParameters } from "./trainingUpdate";

/** What a step's graph is to do. */
export interface StepGraphOptions {
  readonly plan: TrainingPlan;
  readonly shape: BatchShape;
  readonly optimizer: AdamWOptions;
  /** Keep of each block only what it reads, and compute the rest again for its gradients. */
  readonly recompute: boolean;
  /** Whether gradients of earlier micro-batches come in and are added. */
  readonly takesSums: boolean;
  /** Whether parameters are moved; else the gradients' sums are the result. */
  readonly updates: boolean;
  /** Also give the gradients, for tests. */
  readonly showsGradients?: boolean;
}

/** A step's graph and the masks that it drops with. */
export interface StepGraph {
  readonly graph: Graph;
  readonly dropout: DropoutPlan;
}

/** Builds the graph of one micro-batch: the last of a step where it updates. */
export function buildStepGraph(options: StepGraphOptions): StepGraph {
  const g = new GraphBuilder();
  const { plan, shape } = options;
  const masks = new DropoutMasks(g);
  const pass = new TrainingPass(g, plan, shape, masks);
  const found = new Gradients(g, pass.parameter, options);
  backward(pass, found, options.recompute);
  if (options.updates)
    moveParameters(g, { parameter: pass.parameter, gradients: found.all(), optimizer: options.optimizer });
  else for (const name of plan.trained) g.outputAs(stepNames.next(stepNames.sum(name)), found.of(name));
  if (options.showsGradients)
    for (const name of plan.trained) g.outputAs(stepNames.gradient(name), g.mul(found.of(name), g.scalar(1)));
  return { graph: g.build(), dropout: masks.plan };
}

/** Gradients as they are found, with those of earlier micro-batches. */
class Gradients {
  readonly #found = new Map<string, Value>();
  readonly #trained: ReadonlySet<string>;
  #latest: readonly Value[] = [];

  constructor(
    private readonly g: GraphBuilder,
    readonly parameter: (name: string) => Value,
    private readonly options: StepGraphOptions,
  ) {
    this.#trained = new Set(options.plan.trained);
  }

  /** Names that are trained, of those that `belongs` says. */
  trained(belongs: (name: string) => boolean): readonly string[] {
    return this.options.plan.trained.filter(belongs);
  }

  has(name: string): boolean {
    return this.#trained.has(name);
  }

  of(name: string): Value {
    const gradient = this.#found.get(name);
    if (!gradient) throw new RangeError(`the loss does not hang on ${name}`);
    return gradient;
  }

  /** Of everything that is trained. */
  all(): ReadonlyMap<string, Value> {
    return new Map(this.options.plan.trained.map((name) => [name, this.of(name)]));
  }

  add(name: string, gradient: Value): void {
    const { g, options } = this;
    const sum = options.takesSums ? g.add(g.input(stepNames.sum(name), "float32", gradient.shape), gradient) : gradient;
    this.#found.set(name, sum);
    this.#latest = [...this.#latest, sum];
  }

  /** `x`, once the gradients found since the last call are there: what they were made of is not needed any more then. */
  before(x: Value): Value {
    const late = this.#latest.reduce((y, gradient) => after(this.g, y, gradient), this.g.scalar(0));
    const settled = this.#latest.length > 0 ? this.g.add(x, late) : x;
    this.#latest = [];
    return settled;
  }

  /** Gradients of the parameters `names`, and of `x` where it is given, of what hangs on `value`. */
  through(value: Value, gradient: Value, names: readonly string[], x: Value | null): Value | null {
    const by = [...names.map(this.parameter), ...(x ? [x] : [])];
    if (by.length === 0) return null;
    const found = vjp(this.g, [{ value, gradient }], by);
    for (const [i, name] of names.entries()) {
      const part = found[i];
      if (part) this.add(name, part);
    }
    return x ? (found.at(-1) ?? null) : null;
  }
}

/** The forward pass, and all gradients. */
function backward(pass: TrainingPass, found: Gradients, recompute: boolean): void {
  const { g, plan } = pass;
  const tokens = pass.tokens();
  const states = [pass.embeddings(tokens)];
  for (let layer = 0; layer < plan.config.nLayer; layer++) states.push(pass.block(at(states, layer), layer));
  const last = at(states, plan.config.nLayer);
  const final = pass.finalNorm(last);
  const head = headGradients(pass, found, final);
  const lowest = lowestLayer(found, plan.config.nLayer);

  const normNames = found.trained((name) => name.startsWith("ln_f."));
  if (lowest > plan.config.nLayer && normNames.length === 0) return;
  let gradient =
    final === last
      ? head.final
      : found.through(final, head.final, normNames, lowest > plan.config.nLayer ? null : last);
  for (let layer = plan.config.nLayer - 1; layer >= Math.max(0, lowest); layer--) {
    if (!gradient) return;
    const arriving = found.before(gradient);
    const late = recompute ? zeroFrom(g, arriving) : null;
    const x = late ? g.add(at(states, layer), late) : at(states, layer);
    const y = late ? pass.block(x, layer, late) : at(states, layer + 1);
    const names = found.trained((name) => name.startsWith(`h.${layer}.`));
    gradient = found.through(y, arriving, names, layer > lowest ? x : null);
  }
  embeddingGradients(pass, found, { tokens, output: at(states, 0), gradient, head });
}

/** The first block whose input's gradient nobody needs: −1 when the embeddings are trained, beyond the last when no block is. */
function lowestLayer(found: Gradients, nLayer: number): number {
  if (found.has("wte.weight") || found.has("wpe.weight")) return -1;
  for (let layer = 0; layer < nLayer; layer++)
    if (found.trained((name) => name.startsWith(`h.${layer}.`)).length > 0) return layer;
  return nLayer + 1;
}

/** What the losses give back. */
interface HeadGradients {
  /** Of the final states, [B·T, C]. */
  readonly final: Value;
  /** Of the output embeddings: the softmax's part [V, C], and rows that the targets get besides; null where they are not trained. */
  readonly table: { readonly value: Value; readonly targets: Value; readonly targetRows: Value } | null;
}

function headGradients(pass: TrainingPass, found: Gradients, final: Value): HeadGradients {
  const { g, plan } = pass;
  const { objective } = plan;
  const parts: Value[] = [];
  let table: HeadGradients["table"] = null;
  const factor = objective.kind === "languageModel" ? 1 : objective.lmCoef;
  if (factor !== 0) {
    const lm = languageModel(pass, final, factor, found.has(pass.headName));
    parts.push(lm.final);
    table = lm.table;
  }
  if (objective.kind !== "languageModel") {
    const part = task(pass, found, objective, final);
    if (part) parts.push(part);
  }
  const sum = parts.reduce((a, b) => g.add(a, b));
  return { final: table ? after(g, sum, table.value) : sum, table };
}

function languageModel(pass: TrainingPass, final: Value, factor: number, tableGradient: boolean): HeadGradients {
  const { g } = pass;
  const { chunkRows, ...inputs } = pass.languageModel(final);
  const result = crossEntropyGradients(g, inputs, { chunkRows, tableGradient, factor });
  g.outputAs(stepNames.lmLoss, result.loss);
  const table = result.table && { value: result.table, targets: inputs.targets, targetRows: result.targetRows };
  return { final: result.hidden, table };
}

/** Adds the classifier's gradients; gives that of the final states. */
function task(pass: TrainingPass, found: Gradients, objective: TaskObjective, final: Value): Value | null {
  const loss = pass.classifierLoss(objective, final);
  const names = found.trained((name) => name.startsWith("score."));
  return found.through(loss, pass.g.scalar(1), names, final);
}

interface EmbeddingGradients {
  readonly tokens: Value;
  /** What the first block reads. */
  readonly output: Value;
  readonly gradient: Value | null;
  readonly head: HeadGradients;
}

/** Gradients of the embeddings and of a head of its own, whose rows are looked up: only those rows are added to. */
function embeddingGradients(
  pass: TrainingPass,
  found: Gradients,
  { tokens, output, gradient, head: { table } }: EmbeddingGradients,
): void {
  const { g, inputIds } = pass;
  if (table && pass.headName !== "wte.weight")
    found.add(pass.headName, withRows(g, table.value, [table.targets], [table.targetRows]));
  if (!found.has("wte.weight") && !found.has("wpe.weight")) return;
  if (!gradient) throw new RangeError("no gradient reaches the embeddings");
  const positions = found.trained((name) => name === "wpe.weight");
  const rows = found.through(output, found.before(gradient), positions, tokens);
  if (!rows || !found.has("wte.weight")) return;
  const tied = table && pass.headName === "wte.weight" ? table : null;
  const base = tied?.value ?? g.expand(g.scalar(0), tokenTableShape(pass));
  const sum = tied
    ? withRows(g, base, [inputIds, tied.targets], [rows, tied.targetRows])
    : withRows(g, base, [inputIds], [rows]);
  found.add("wte.weight", sum);
}

function tokenTableShape({ plan: { config } }: TrainingPass): readonly number[] {
  return [config.vocabSize, config.nEmbd];
}

/** The table with rows [n, C] added at the places int64 [n]. */
function withRows(g: GraphBuilder, table: Value, places: readonly Value[], rows: readonly Value[]): Value {
  const [allPlaces, allRows] = places.length > 1 ? [g.concat(places, 0), g.concat(rows, 0)] : [places[0], rows[0]];
  if (!allPlaces || !allRows) return table;
  const indices = g.expand(g.unsqueeze(allPlaces, [1]), allRows.shape.map(Number));
  return g.scatterAdd(table, indices, allRows, 0);
}

function at(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (!value) throw new RangeError(`no state ${index}`);
  return value;
}
