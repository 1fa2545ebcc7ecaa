/** Every gradient on WebGPU as on the CPU, where central differences hold it (`test/unit/runtime/graph/vjp.test.ts`). */
import fc from "fast-check";
import { float32Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import { seededRandom } from "../../src/runtime/random";
import { type GradientFunction, gradientCases, largeGradientCases } from "../gradientCases";
import { type Differentiated, differentiate, makeInputs } from "../gradientGraph";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";

describe("gradients on webgpu", () => {
  before(async function () {
    skipUnlessAvailable(this, "webgpu", await probedDevices());
  });

  for (const { name, functions } of gradientCases)
    it(name, async () => {
      for (const [i, f] of fc.sample(functions, { numRuns: 3, seed: 2 }).entries()) await compare(f, i);
    });
  for (const f of largeGradientCases) it(`${f.name}, of some size`, () => compare(f, 1));
});

async function compare(f: GradientFunction, seed: number): Promise<void> {
  const differentiated = differentiate(f);
  const random = seededRandom(seed);
  const values = makeInputs(f, random);
  const count = differentiated.output.shape.reduce<number>((n, dim) => n * Number(dim), 1);
  const weights = Float32Array.from({ length: count }, () => 2 * random() - 1);
  const expected = await run(differentiated, values, weights, "cpu");
  const found = await run(differentiated, values, weights, "webgpu");
  for (const [at, gradient] of found.entries())
    assertClose(gradient, expected[at] ?? [], { atol: 1e-4, what: `gradient of input ${at}` });
}

async function run(
  { graph, inputs, output, gradients }: Differentiated,
  values: readonly Float32Array[],
  weights: Float32Array,
  device: "cpu" | "webgpu",
): Promise<Float32Array[]> {
  const session = await Session.create(graph, { name: "gradients", device });
  try {
    const feeds = inputs.map(({ name, shape }, i) => {
      return [name, float32Tensor(values[i] ?? new Float32Array(), shape.map(Number))] as const;
    });
    const ofOutput = float32Tensor(weights, output.shape.map(Number));
    const outputs = await session.run(
      { ...Object.fromEntries(feeds), weights: ofOutput },
      Object.fromEntries(gradients.map((name) => [name, null])),
    );
    return gradients.map((name) => readFloat32(outputs, name));
  } finally {
    await session.release();
  }
}
