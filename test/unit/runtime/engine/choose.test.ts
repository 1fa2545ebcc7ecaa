import assert from "node:assert/strict";
import { SameTokens, sharedLength } from "../../../../src/runtime/engine/choiceTrie";
import { type ChooseOptions, chooseAmong } from "../../../../src/runtime/engine/choose";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { CancelledError } from "../../../../src/runtime/errors";
import { loadTiny, withoutForks } from "./tinyModel";

const describeId = (id: number) => ({ id, text: String(id) });

describe("a choice among strings", () => {
  let model: LoadedModel;
  let free: () => Promise<void>;
  const context = [5, 1, 8];
  // Shared beginnings, one that another begins with, and chains with only one way.
  const sequences = [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 7], [1, 2], [9], [0, 0, 0, 0, 0], [0, 0, 0, 1]];
  before(async () => ({ model, free } = await loadTiny(10, 4)));
  after(() => free());

  const options = (more: Partial<ChooseOptions> = {}): ChooseOptions => {
    return { temperature: 0, seed: 1, signal: new AbortController().signal, ...more };
  };

  async function logprob(ids: readonly number[]): Promise<number> {
    const { signal } = options();
    const scored = await scoreTokens(model, [...context, ...ids], { topK: 1, describe: describeId, signal });
    return scored.slice(context.length).reduce((sum, token) => sum + (token?.logprob ?? 0), 0);
  }

  it("gives each string the log-likelihood that scoring gives it", async () => {
    const { choices } = await chooseAmong(model, context, sequences, options());
    for (const [i, ids] of sequences.entries())
      assert.ok(Math.abs((choices[i]?.logprob ?? 0) - (await logprob(ids))) < 1e-4, `string ${i}`);
  });

  it("shares out what is sure to be one of the strings, and takes the largest share", async () => {
    const { chosen, choices } = await chooseAmong(model, context, sequences, options());
    const own = await Promise.all(sequences.map(async (ids) => Math.exp(await logprob(ids))));
    // String 2 begins strings 0 and 1: its share is what goes on otherwise, which is all that does not take token 3 next.
    own[2] = Math.exp(await logprob([1, 2])) - Math.exp(await logprob([1, 2, 3]));
    const total = own.reduce((a, b) => a + b, 0);
    for (const [i, p] of own.entries()) assert.ok(Math.abs((choices[i]?.probability ?? 0) - p / total) < 1e-4);
    assert.equal(chosen, own.indexOf(Math.max(...own)));
  });

  it("reads each token of the trie once, and none that ends a string alone", async () => {
    const read: number[] = [];
    const counting: LoadedModel = Object.create(model, {
      session: {
        value: {
          run: (...args: Parameters<typeof model.session.run>) => {
            read.push(args[0].input_ids?.size ?? 0);
            return model.session.run(...args);
          },
        },
      },
    });
    const { tokensRead } = await chooseAmong(counting, context, sequences, options());
    // 1 2, 3 4, 5, and 0 0 0, 0, after the context.
    assert.deepEqual(read, [3, 2, 2, 1, 3, 1]);
    assert.equal(tokensRead, 12);
  });

  it("draws strings as often as their shares say, at temperature 1", async () => {
    const three = [[1], [2], [3]];
    const { choices } = await chooseAmong(model, context, three, options());
    const counts = [0, 0, 0];
    const draws = 300;
    for (let seed = 0; seed < draws; seed++) {
      const { chosen } = await chooseAmong(model, context, three, options({ temperature: 1, seed }));
      counts[chosen] = (counts[chosen] ?? 0) + 1;
    }
    for (const [i, { probability: p }] of choices.entries()) {
      const deviation = Math.abs((counts[i] ?? 0) / draws - p) / Math.sqrt((p * (1 - p)) / draws + 1e-9);
      assert.ok(deviation < 4, `string ${i} deviates by ${deviation} standard errors`);
    }
  });

  it("gives the same where caches cannot be copied, and frees every cache", async () => {
    const device = withoutForks(model);
    const found = await chooseAmong(device.model, context, sequences, options());
    const expected = await chooseAmong(model, context, sequences, options());
    for (const [i, { logprob }] of expected.choices.entries())
      assert.ok(Math.abs((found.choices[i]?.logprob ?? 0) - logprob) < 1e-5);
    assert.equal(device.open(), 0);
  });

  it("refuses strings that have the same tokens, and can be cancelled", async () => {
    await assert.rejects(chooseAmong(model, context, [[1], [2], [1]], options()), (e) => {
      assert.ok(e instanceof SameTokens);
      assert.deepEqual(e.choices, [0, 2]);
      return true;
    });
    await assert.rejects(
      chooseAmong(model, context, sequences, options({ signal: AbortSignal.abort() })),
      CancelledError,
    );
  });

  it("finds what sequences have in common", () => {
    assert.equal(
      sharedLength([
        [1, 2, 3],
        [1, 2, 4],
        [1, 2],
      ]),
      2,
    );
    assert.equal(
      sharedLength([
        [1, 2],
        [1, 2, 3],
      ]),
      2,
    );
    assert.equal(sharedLength([[1], [2]]), 0);
  });
});
