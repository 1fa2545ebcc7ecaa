/** The exports that `npm run bench -- engine` gives to transformers.js, against our scoring graph. */
import "../../src/runtime/engine/noTelemetry";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { exportNames, type PeerDType, writeOnnxExports } from "../bench/transformersJs/export";
import { assertClose } from "./assertClose";
import { batchLogits, createScoringSession } from "./scoringSession";

const source = join(__dirname, "../fixtures/gpt2-tiny");
const length = 24;
/** Where the text is cut into two passes, the second with the first one's keys and values as its past. */
const cut = 15;

/**
 * Root mean squares of what logits are off by, whose own is 2.4: two float32 graphs differ by 3e-7, and rounding to 8 and 4 bits was seen
 * to cost 0.08 and 0.52. Values in a wrong place would cost more than 2.
 */
const roundings: { readonly [D in PeerDType]: number } = { fp32: 1e-5, q8: 0.15, q4: 0.8 };

for (const [dtype, ending] of [
  ["fp32", ""],
  ["q8", "_quantized"],
  ["q4", "_q4"],
] as const)
  describe(`an ONNX export as ${dtype}`, () => {
    let temporary: string;
    let expected: Float32Array[];
    let ids: number[];
    let heads: readonly [layers: number, heads: number, size: number];

    before(async () => {
      temporary = await mkdtemp(join(tmpdir(), "gptw-export-"));
      await writeOnnxExports(source, temporary, dtype);
      const folder = await openModelFolder(source);
      const { nLayer, nHead, nEmbd, vocabSize } = folder.config;
      heads = [nLayer, nHead, nEmbd / nHead];
      ids = Array.from({ length }, (_, i) => (i * i * 31 + 7 * i) % vocabSize);
      const session = await createScoringSession(folder, "cpu");
      expected = await batchLogits(session, { input_ids: [ids], attention_mask: null, position_ids: null });
      await session.release();
    });

    after(() => rm(temporary, { recursive: true, force: true }));

    const open = (name: string) => ort.InferenceSession.create(join(temporary, "onnx", `${name}${ending}.onnx`));

    it("has our logits at every position, in one pass and in two", async () => {
      const session = await open(exportNames.everywhere);
      const whole = await session.run(feeds(ids, 0, emptyPast(heads)));
      const begin = await session.run(feeds(ids.slice(0, cut), 0, emptyPast(heads)));
      const end = await session.run(feeds(ids.slice(cut), cut, presentAsPast(begin)));
      const wanted = expected.flatMap((row) => [...row]);
      assertNear(logits(whole), wanted, roundings[dtype]);
      assertNear([...logits(begin), ...logits(end)], wanted, roundings[dtype]);
      await session.release();
    });

    it("has the last ones only where that is asked", async () => {
      const session = await open(exportNames.last);
      for (const [kept, rows] of [
        [1n, 1],
        [0n, length],
      ] as const) {
        const keep = { num_logits_to_keep: new ort.Tensor("int64", [kept], []) };
        const found = await session.run({ ...feeds(ids, 0, emptyPast(heads)), ...keep });
        assert.deepEqual(found.logits?.dims, [1, rows, expected[0]?.length]);
        assertNear(
          logits(found),
          expected.slice(-rows).flatMap((row) => [...row]),
          roundings[dtype],
        );
      }
      await session.release();
    });
  });

type Tensors = Record<string, ort.Tensor>;

/** Inputs for tokens that come after `before` others. */
function feeds(ids: readonly number[], before: number, past: Tensors): Tensors {
  const int64s = (values: readonly number[]) =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  return {
    input_ids: int64s(ids),
    position_ids: int64s(ids.map((_, i) => before + i)),
    attention_mask: int64s(Array.from({ length: before + ids.length }, () => 1)),
    ...past,
  };
}

function emptyPast([layers, heads, size]: readonly [number, number, number]): Tensors {
  const names = Array.from({ length: layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
  const empty = () => new ort.Tensor("float32", new Float32Array(), [1, heads, 0, size]);
  return Object.fromEntries(names.map((name) => [`past_key_values.${name}`, empty()]));
}

function presentAsPast(outputs: Tensors): Tensors {
  const presents = Object.entries(outputs).filter(([name]) => name.startsWith("present."));
  return Object.fromEntries(presents.map(([name, tensor]) => [name.replace("present", "past_key_values"), tensor]));
}

function logits({ logits }: Tensors): number[] {
  assert.ok(logits?.data instanceof Float32Array);
  return [...logits.data];
}

/** Throws when the root mean square of the differences is more than `atol`. */
function assertNear(found: readonly number[], expected: readonly number[], atol: number): void {
  assert.equal(found.length, expected.length);
  const squares = found.map((x, i) => (x - (expected[i] ?? Number.NaN)) ** 2);
  const rms = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
  assertClose([rms], [0], { atol, what: "root mean square of the differences" });
}
