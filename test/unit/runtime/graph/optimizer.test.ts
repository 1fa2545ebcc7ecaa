/** AdamW against the same in double precision, and its tensors updated in place. */
import assert from "node:assert/strict";
import { float32Tensor, readFloat32, Session, type SessionTensor } from "../../../../src/runtime/engine/session";
import { type Graph, GraphBuilder } from "../../../../src/runtime/graph/graph";
import { type AdamWOptions, adamW } from "../../../../src/runtime/graph/optimizer";
import { seededRandom } from "../../../../src/runtime/random";

const shapes: Readonly<Record<string, readonly number[]>> = { matrix: [5, 7], bias: [7], one: [1] };
const usual: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
const kinds = ["value", "m", "v"] as const;

/** Inputs `value.NAME`, `gradient.NAME` and so on; outputs `new.value.NAME` and so on, and `norm`. */
function stepGraph(options: AdamWOptions): Graph {
  const g = new GraphBuilder();
  const parameters = Object.entries(shapes).map(([name, shape]) => {
    const input = (kind: string) => g.input(`${kind}.${name}`, "float32", shape);
    const decay = shape.length > 1;
    return { name, value: input("value"), gradient: input("gradient"), m: input("m"), v: input("v"), decay };
  });
  const scalar = (name: string) => g.input(name, "float32", []);
  const inputs = { learningRate: scalar("lr"), correction1: scalar("c1"), correction2: scalar("c2") };
  const { updates, gradientNorm } = adamW(g, parameters, inputs, options);
  for (const update of updates) for (const kind of kinds) g.outputAs(`new.${kind}.${update.name}`, update[kind]);
  g.outputAs("norm", gradientNorm);
  return g.build();
}

/** The same in double precision, as the definition says it. */
class Reference {
  readonly state = Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const zeros = () => Array.from({ length: count }, () => 0);
    return { name, decays: shape.length > 1, value: zeros(), m: zeros(), v: zeros() };
  });

  constructor(readonly options: AdamWOptions) {}

  step(t: number, lr: number, gradients: Readonly<Record<string, readonly number[]>>): number {
    const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = this.options;
    const norm = Math.hypot(...Object.values(gradients).flat());
    const clip = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (norm + 1e-6)) : 1;
    for (const { name, decays, value, m, v } of this.state)
      for (const i of value.keys()) {
        const gradient = (gradients[name]?.[i] ?? 0) * clip;
        m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * gradient;
        v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * gradient ** 2;
        const decayed = (value[i] ?? 0) * (decays ? 1 - lr * weightDecay : 1);
        const [mean, square] = [m[i] / (1 - beta1 ** t), v[i] / (1 - beta2 ** t)];
        value[i] = decayed - (lr * mean) / (Math.sqrt(square) + epsilon);
      }
    return norm;
  }
}

const scalar = (x: number) => float32Tensor(Float32Array.of(x), []);

/** Twenty steps, first without a learning rate; compares after each. */
async function train(options: AdamWOptions, size: number): Promise<void> {
  const session = await Session.create(stepGraph(options), { name: "optimizer", device: "cpu" });
  const random = seededRandom(3);
  const reference = new Reference(options);
  const tensors: Record<string, SessionTensor> = {};
  for (const { name, value } of reference.state) {
    for (const i of value.keys()) value[i] = Math.fround(random() - 0.5);
    for (const kind of kinds) {
      const data = kind === "value" ? Float32Array.from(value) : new Float32Array(value.length);
      tensors[`${kind}.${name}`] = float32Tensor(data, shapes[name] ?? []);
    }
  }
  for (let t = 1; t <= 20; t++) {
    const lr = t === 1 ? 0 : 0.05 / t;
    const gradients = Object.fromEntries(
      reference.state.map(({ name, value }) => [name, value.map(() => Math.fround(size * (random() - 0.5)))]),
    );
    const norm = reference.step(t, lr, gradients);
    const gradientTensors = Object.entries(gradients).map(([name, data]) => [
      `gradient.${name}`,
      float32Tensor(Float32Array.from(data), shapes[name] ?? []),
    ]);
    const scalars = { lr: scalar(lr), c1: scalar(1 - options.beta1 ** t), c2: scalar(1 - options.beta2 ** t) };
    // Each result is written over the tensor that was read.
    const fetches = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`new.${name}`, tensor]));
    const feeds = { ...tensors, ...Object.fromEntries(gradientTensors), ...scalars };
    const outputs = await session.run(feeds, { ...fetches, norm: null });
    close(readFloat32(outputs, "norm")[0] ?? 0, norm, size, "norm");
    for (const state of reference.state)
      for (const kind of kinds) {
        const found = tensors[`${kind}.${state.name}`]?.data as Float32Array;
        for (const [i, x] of state[kind].entries())
          close(found[i] ?? 0, x, size, `${kind}.${state.name}[${i}] in step ${t}`);
      }
  }
  await session.release();
}

/** Up to rounding of numbers as large as the gradients. */
function close(found: number, expected: number, size: number, what: string): void {
  assert.ok(
    Math.abs(found - expected) <= 1e-7 * Math.max(1, size) + 1e-5 * Math.abs(expected),
    `${what} is ${found}, not ${expected}`,
  );
}

describe("AdamW", () => {
  it("clips, decays and steps as in double precision, in place", () => train(usual, 4));
  it("leaves small gradients as they are", () => train(usual, 0.01));
  it("clips nothing where no limit is set, and decays nothing where no decay is", () =>
    train({ ...usual, maxGradNorm: 0, weightDecay: 0, beta2: 0.95, epsilon: 1e-3 }, 40));
  it("takes a gradient of 0", () => train(usual, 0));

  it("refuses to train nothing", () => {
    const g = new GraphBuilder();
    const x = g.scalar(1);
    assert.throws(
      () => adamW(g, [], { learningRate: x, correction1: x, correction2: x }, usual),
      /no parameter to train/,
    );
  });
});
