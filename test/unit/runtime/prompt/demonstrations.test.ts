/** Which demonstrations are drawn. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { DemonstrationSampler, shuffled } from "../../../../src/runtime/prompt/demonstrations";
import type { DemonstrationSource } from "../../../../src/runtime/prompt/promptFile";
import { seededRandom } from "../../../../src/runtime/random";

const noEmbed = () => Promise.reject(new Error("nothing is embedded"));
/** 40 examples, a quarter of them of the label `a`. */
const pool = { size: 40, label: (i: number) => (i % 4 === 0 ? "a" : "b"), text: (i: number) => String(i) };
const item = (number: number, excluded: readonly number[] = []) => ({
  number,
  text: "10",
  excludes: (index: number) => excluded.includes(index),
});
const sampler = (source: Partial<DemonstrationSource>, embed: typeof vectors | typeof noEmbed = noEmbed) =>
  new DemonstrationSampler(pool, { k: 4, sampler: "random", seed: 1, fresh: true, ...source }, embed);
/** A text's number as an angle: near numbers are near vectors. */
const vectors = async (texts: readonly string[]) =>
  texts.map((text) => Float32Array.of(Math.cos(Number(text) / 40), Math.sin(Number(text) / 40)));

describe("demonstrations", () => {
  it("are the same for the same seed and input, and others for others", async () => {
    const drawn = await sampler({}).draw(item(3));
    assert.deepEqual(await sampler({}).draw(item(3)), drawn);
    assert.notDeepEqual(await sampler({}).draw(item(4)), drawn);
    assert.notDeepEqual(await sampler({ seed: 2 }).draw(item(3)), drawn);
    const once = sampler({ fresh: false });
    assert.deepEqual(await once.draw(item(3)), await once.draw(item(4)));
  });

  it("are K different ones, never the input itself", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("random", "balanced", "fixed", "nearest" as const),
        fc.nat(60),
        fc.nat(1000),
        fc.uniqueArray(fc.nat(39), { maxLength: 10 }),
        async (rule, k, number, excluded) => {
          const source = sampler({ k, sampler: rule as DemonstrationSource["sampler"] }, vectors);
          const drawn = await source.draw(item(number, excluded));
          assert.equal(new Set(drawn).size, drawn.length);
          assert.equal(drawn.length, Math.min(k, 40 - excluded.length));
          assert.ok(drawn.every((index) => index >= 0 && index < 40 && !excluded.includes(index)));
        },
      ),
    );
  });

  it("are as many of each label as can be, in an order that tells nothing", async () => {
    const counts = async (k: number) => {
      const drawn = await sampler({ k, sampler: "balanced" }).draw(item(0));
      return drawn.filter((index) => index % 4 === 0).length;
    };
    assert.deepEqual([await counts(8), await counts(16), await counts(30)], [4, 8, 10]);
    const lasts = new Set<string>();
    for (let number = 0; number < 20; number++) {
      const drawn = await sampler({ sampler: "balanced" }).draw(item(number));
      lasts.add(pool.label(drawn.at(-1) ?? 0));
    }
    assert.equal(lasts.size, 2);
  });

  it("are the nearest, the very nearest next to the query", async () => {
    assert.deepEqual(
      await sampler({ sampler: "nearest", k: 3 }, vectors).draw(item(0, [10])),
      [12, 11, 9].sort((a, b) => Math.abs(b - 10) - Math.abs(a - 10) || b - a),
    );
  });

  it("are the first ones where they are fixed", async () => {
    assert.deepEqual(await sampler({ sampler: "fixed" }).draw(item(9, [1])), [0, 2, 3, 4]);
  });

  it("come uniformly: each place takes each example alike", () => {
    const count = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    const random = seededRandom(7);
    for (let round = 0; round < 5000; round++) {
      for (const [place, index] of [...shuffled(5, random)].entries()) {
        const row = count[place];
        if (row) row[index] = (row[index] ?? 0) + 1;
      }
    }
    // 1000 expected, standard deviation 28.
    assert.ok(
      count.flat().every((times) => Math.abs(times - 1000) < 150),
      JSON.stringify(count),
    );
  });
});
