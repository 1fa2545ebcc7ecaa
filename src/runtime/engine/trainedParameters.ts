/** Parameters, their moments and the sums of their gradients, by name. */
import { stepNames } from "../model/stepNames";
import type { Device } from "../protocol";
import type { TensorKind } from "./trainable";
import { type TensorStore, tensorStore } from "./trainingTensors";

/** Which parameters there are. */
interface Plan {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly trained: readonly string[];
}

interface Source {
  readonly device: Device;
  readonly initial: (name: string, shape: readonly number[]) => Float32Array | Promise<Float32Array>;
}

const storedNames: { readonly [K in TensorKind]: (name: string) => string } = {
  parameter: (name) => name,
  m: stepNames.m,
  v: stepNames.v,
};

/** All tensors of a model that is trained. */
export class TrainedParameters {
  #hasSums = false;

  private constructor(
    private readonly plan: Plan,
    readonly store: TensorStore,
  ) {}

  get trained(): readonly string[] {
    return this.plan.trained;
  }

  get shapes(): ReadonlyMap<string, readonly number[]> {
    return this.plan.shapes;
  }

  /** Asks for every parameter's initial values; moments begin with 0. Throws `RangeError` when there are too few or too many. */
  static async create(plan: Plan, { device, initial }: Source): Promise<TrainedParameters> {
    const parameters = new TrainedParameters(plan, tensorStore(device));
    try {
      await parameters.#fill(initial);
      return parameters;
    } catch (error) {
      await parameters.store.dispose();
      throw error;
    }
  }

  /** A copy. */
  read(kind: TensorKind, name: string): Promise<Float32Array> {
    return this.store.read(storedNames[kind](name));
  }

  /** Replaces the values. Throws `RangeError` for values that are not as many as the parameter has. */
  async write(kind: TensorKind, name: string, values: Float32Array): Promise<void> {
    const shape = this.#shapeOf(name);
    const count = shape.reduce((a, b) => a * b, 1);
    if (values.length !== count) throw new RangeError(`${name} has ${count} values, not ${values.length}`);
    await this.store.set(storedNames[kind](name), shape, values);
  }

  /** Makes room for the sums of gradients, once. */
  async prepareSums(): Promise<void> {
    if (this.#hasSums) return;
    for (const name of this.plan.trained) await this.#clear(stepNames.sum(name), name);
    this.#hasSums = true;
  }

  async #fill(initial: Source["initial"]): Promise<void> {
    for (const [name, shape] of this.plan.shapes) await this.write("parameter", name, await initial(name, shape));
    for (const name of this.plan.trained) {
      await this.#clear(stepNames.m(name), name);
      await this.#clear(stepNames.v(name), name);
    }
  }

  async #clear(stored: string, name: string): Promise<void> {
    const shape = this.#shapeOf(name);
    await this.store.set(stored, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
  }

  #shapeOf(name: string): readonly number[] {
    const shape = this.plan.shapes.get(name);
    if (!shape) throw new RangeError(`no parameter is called ${name}`);
    return shape;
  }
}
