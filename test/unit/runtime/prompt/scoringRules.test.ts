import assert from "node:assert/strict";
import fc from "fast-check";
import {
  answerScore,
  argmax,
  baselineContext,
  logSumExp,
  ruleName,
  scoreCandidates,
  softmax,
} from "../../../../src/runtime/prompt/scoringRules";

const close = (a: number, b: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

/** A word of two tokens with a two-byte character: 5 characters, 6 bytes without the blank. */
const word = { text: " naïve", logprob: -6, tokens: 2, baseline: -10 };

describe("scoring rules", () => {
  it("divide the sum by tokens, characters or bytes, the leading white space not counted", () => {
    assert.equal(answerScore("sum", [word]), -6);
    assert.equal(answerScore("perToken", [word]), -3);
    assert.equal(answerScore("perCharacter", [word]), -6 / 5);
    assert.equal(answerScore("perByte", [word]), -1);
  });

  it("take off what the words have after another context", () => {
    assert.equal(answerScore("pmi", [word]), 4);
    assert.equal(answerScore("pmiAnswer", [word]), 4);
    assert.equal(baselineContext({ rule: "pmi", answerContext: "A:" }), "");
    assert.equal(baselineContext({ rule: "pmiAnswer", answerContext: "A:" }), "A:");
    assert.equal(baselineContext({ rule: "perToken", answerContext: "A:" }), null);
  });

  it("count a character outside the first plane once, as Python does", () => {
    assert.equal(answerScore("perCharacter", [{ text: " 🙂🙂", logprob: -6, tokens: 4 }]), -3);
    assert.equal(answerScore("perByte", [{ text: " 🙂🙂", logprob: -8, tokens: 4 }]), -1);
  });

  it("add up the probabilities of several words", () => {
    const words = [
      { text: " good", logprob: Math.log(0.2), tokens: 1, baseline: Math.log(0.1) },
      { text: " very good", logprob: Math.log(0.04), tokens: 2, baseline: Math.log(0.02) },
    ];
    close(answerScore("sum", words), Math.log(0.24));
    close(answerScore("perToken", words), Math.log(0.2 + 0.2));
    close(answerScore("pmi", words), Math.log(2));
  });

  it("make an empty word of what is only white space, without dividing by nothing", () => {
    assert.equal(answerScore("perCharacter", [{ text: " ", logprob: -2, tokens: 0 }]), -2);
    assert.equal(answerScore("perToken", [{ text: " ", logprob: -2, tokens: 0 }]), -2);
  });

  it("name themselves, with the calibration", () => {
    assert.equal(ruleName({ rule: "sum", calibration: "none" }), "sum");
    assert.equal(ruleName({ rule: "perToken", calibration: "contextual" }), "perToken + contextual");
  });

  it("give shares that sum to 1 and keep the order of the scores", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -2000, max: 0, noNaN: true }), { minLength: 1, maxLength: 20 }), (logs) => {
        const answers = logs.map((logprob, i) => ({ answer: `${i}`, words: [{ text: " x", logprob, tokens: 1 }] }));
        const candidates = scoreCandidates("sum", answers);
        close(
          candidates.reduce((sum, { probability }) => sum + probability, 0),
          1,
        );
        const best = argmax(logs);
        assert.equal(argmax(candidates.map(({ score }) => score)), best);
        assert.ok(candidates.every(({ probability }) => probability <= (candidates[best]?.probability ?? 0)));
      }),
    );
  });

  it("stay finite at the ends", () => {
    assert.equal(logSumExp([]), Number.NEGATIVE_INFINITY);
    assert.deepEqual(softmax([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]), [0.5, 0.5]);
    close(logSumExp([-1000, -1000]), -1000 + Math.LN2);
  });
});
