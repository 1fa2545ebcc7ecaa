/** Runs the graphs of a model that is trained: a session for each shape, fed from a store of tensors, whose next values go back there. */
import type { Graph } from "../graph/graph";
import { type DropoutPlan, dropoutInputs, dropoutOffsets, dropoutTable } from "../model/dropout";
import { stepNames } from "../model/stepNames";
import type { Device } from "../protocol";
import { int64Tensor, Session, type SessionTensor } from "./session";
import type { TensorStore } from "./trainingTensors";

/** Sessions that are kept: steps and evaluations of many lengths. They hold little but their graphs, and take a second or two to compile. */
const maxSessions = 24;

/** A graph that is compiled when it is first run. */
export interface TrainingGraph {
  /** What tells it from others. */
  readonly key: string;
  readonly build: () => { readonly graph: Graph; readonly dropout: DropoutPlan | null };
}

/** Which masks a run drops with. */
export interface DropoutPlace {
  readonly step: number;
  readonly microBatch: number;
}

interface Compiled {
  readonly session: Session;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly dropout: DropoutPlan | null;
}

/** Sessions by key, the last used last. */
export class TrainingSessions {
  readonly #compiled = new Map<string, Compiled>();
  /** Numbers in each table that masks are read from. */
  #tableLength = 0;

  constructor(
    private readonly store: TensorStore,
    private readonly options: { readonly device: Device; readonly name: string; readonly seed: number },
  ) {}

  /**
   * Runs `graph` over `batch` and the store's tensors, whose next values go back there. Gives all outputs. Messages come in before it
   * resolves: whoever runs several looks at its signal between them. Throws `sessionFailed`.
   */
  async run(
    graph: TrainingGraph,
    batch: Readonly<Record<string, SessionTensor>>,
    place?: DropoutPlace,
  ): Promise<Record<string, SessionTensor>> {
    const compiled = await this.#get(graph);
    const masks = compiled.dropout && place ? await this.#masks(compiled.dropout, place) : {};
    const feeds: Record<string, SessionTensor> = {};
    for (const name of compiled.inputs) {
      const tensor = batch[name] ?? masks[name] ?? this.store.get(name);
      if (!tensor) throw new TypeError(`${this.options.name}: nothing to feed to ${name}`);
      feeds[name] = tensor;
    }
    const fetches = compiled.outputs.map((name) => [name, this.#target(stepNames.former(name))] as const);
    const results = await compiled.session.run(feeds, Object.fromEntries(fetches));
    for (const [output, next] of Object.entries(results)) {
      const name = stepNames.former(output);
      if (name !== null) this.store.settle(name, next);
    }
    await new Promise(setImmediate);
    return results;
  }

  /** Frees all. */
  async dispose(): Promise<void> {
    for (const { session } of this.#compiled.values()) await session.release();
    this.#compiled.clear();
  }

  #target(name: string | null): SessionTensor | null {
    return name === null ? null : this.store.target(name);
  }

  async #masks(plan: DropoutPlan, { step, microBatch }: DropoutPlace): Promise<Record<string, SessionTensor>> {
    if (plan.tableLength === 0) return {};
    await this.#fillTables(plan.tableLength);
    const offsets = dropoutOffsets(plan, this.options.seed, step, microBatch);
    return { [dropoutInputs.offsets]: int64Tensor(offsets, [plan.lengths.length, 2, 2]) };
  }

  /** Longer tables begin with the shorter ones: the longest that was asked for does for all. */
  async #fillTables(length: number): Promise<void> {
    if (length <= this.#tableLength) return;
    for (const which of ["u", "v"] as const)
      await this.store.set(dropoutInputs[which], [length], dropoutTable(this.options.seed, which, length));
    this.#tableLength = length;
  }

  async #get(graph: TrainingGraph): Promise<Compiled> {
    const compiled = this.#compiled.get(graph.key) ?? (await this.#compile(graph));
    this.#compiled.delete(graph.key);
    this.#compiled.set(graph.key, compiled);
    return compiled;
  }

  async #compile({ key, build }: TrainingGraph): Promise<Compiled> {
    for (const [old, { session }] of this.#compiled) {
      if (this.#compiled.size < maxSessions) break;
      this.#compiled.delete(old);
      await session.release();
    }
    const { graph, dropout } = build();
    const { device, name } = this.options;
    const inputs = graph.inputs.map((value) => value.name);
    const outputs = graph.outputs.map((output) => output.name);
    const onDevice = outputs.filter((output) => stepNames.former(output) !== null);
    const session = await Session.create(graph, { name: `${key} of ${name}`, device, onDevice, frugal: true });
    return { session, inputs, outputs, dropout };
  }
}
