import assert from "node:assert/strict";
import type { Branch } from "../../../src/runtime/panelProtocol";
import {
  appendToBranch,
  branchesOf,
  branchPlaces,
  branchTokens,
  meanBits,
  originalTokens,
  shownPlace,
} from "../../../src/webview/inspector/branches/branchState";
import { branchAnnouncement } from "../../../src/webview/inspector/texts";
import { numberFormats } from "../../../src/webview/shared/format";
import { completion, generatedTokens, scores } from "../../webview/states";

const state = scores();
const top = state.tokens[12]?.prediction?.top ?? [];
const branch = (id: number, index: number, more: Partial<Branch> = {}): Branch => ({
  ...{ id, index, tokens: [], status: { kind: "running" } },
  alternative: top[1] ?? assert.fail(),
  ...more,
});

describe("branches in the panel", () => {
  it("are those of the text that is shown, at the chosen place or at the newest", () => {
    const items = [branch(1, 12), branch(2, 4), branch(3, 12)];
    assert.deepEqual(branchesOf(state, { text: state.text, items }), items);
    assert.deepEqual(branchesOf(state, { text: state.text + 1, items }), []);
    assert.deepEqual(branchesOf(completion("finished"), { text: completion("finished").run, items }), items);
    assert.deepEqual([shownPlace(items, 4), shownPlace(items, 7), shownPlace([], 4)], [4, 12, null]);
    assert.deepEqual(branchPlaces(items), [4, 12]);
  });

  it("grow by what streams in", () => {
    const branches = { text: 1, items: [branch(1, 12), branch(2, 12)] };
    const tokens = generatedTokens("more words");
    const grown = appendToBranch(branches, { id: 2, tokens });
    assert.deepEqual(
      grown.items.map((item) => item.tokens.length),
      [0, tokens.length],
    );
    assert.equal(appendToBranch(grown, { id: 2, tokens }).items[1]?.tokens.length, 2 * tokens.length);
  });

  it("begin with the alternative and its own numbers, beside the text's own tokens", () => {
    const [first] = branchTokens(state, branch(1, 12));
    assert.deepEqual(
      [first?.text, first?.prediction?.rank, first?.prediction?.logprob],
      [top[1]?.text, 2, top[1]?.logprob],
    );
    const original = originalTokens(state, 12);
    assert.deepEqual(original[0], state.tokens[12]);
    assert.equal(original.length, 64);
    assert.equal(originalTokens(state, state.tokens.length - 3).length, 3);
  });

  it("have a mean of their surprisals in bits", () => {
    const of = (logprob: number) => ({ id: 1, text: "x", prediction: { logprob, rank: 1, entropy: 0 } });
    assert.equal(meanBits([of(-Math.LN2), of(-3 * Math.LN2)]), 2);
    assert.equal(meanBits([{ id: 1, text: "x", prediction: null }, of(-Math.LN2)]), 1);
    assert.equal(meanBits([{ id: 1, text: "x", prediction: null }]), null);
  });

  it("are announced when they begin and end", () => {
    const formats = numberFormats("en");
    const none = { text: null, items: [] };
    const one = { text: 1, items: [branch(1, 12, { alternative: { id: 1, text: " foo", logprob: -1 } })] };
    assert.equal(branchAnnouncement(none, one, formats), "Continuing with ' foo'…");
    assert.equal(branchAnnouncement(one, one, formats), null);
    const items = one.items.map((item) => ({ ...item, status: { kind: "finished", reason: "cancelled" } as const }));
    assert.equal(branchAnnouncement(one, { text: 1, items }, formats), "Branch with ' foo': Stopped. 1 token.");
  });
});
