import assert from "node:assert/strict";
import { type SuggestRequest, suggest } from "../../../../src/extension/inlineCompletions/suggest";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";
import { type Drawn, FakeModel } from "./support";

const never = new AbortController().signal;

function request(before: string, changes: Partial<SuggestRequest> = {}): SuggestRequest {
  const model = { folder: "/m", device: "auto" as const };
  return { model, maxNewTokens: 16, place: { before, after: "" }, shape: "single", sample: 0, ...changes };
}

const sure = (...texts: readonly string[]): Drawn[] => texts.map((text) => [text, 0.5] as const);

describe("suggest", () => {
  it("asks for the most probable text, at once, of what stands before the cursor", async () => {
    const model = FakeModel.saying(sure("1", ";"), "stop");
    assert.deepEqual(await suggest(model, request("x ="), never), { text: "1;", confidence: 0.5 });
    const [asked] = model.asked;
    assert.equal(asked?.prompt, "x =");
    assert.equal(asked?.priority, "interactive");
    assert.equal(asked?.config.temperature, 0);
    assert.deepEqual(asked?.config.stop, ["\n"]);
  });

  it("draws the others, each with a seed of its own", async () => {
    const model = FakeModel.saying(sure("1"), "stop");
    await suggest(model, request("x =", { sample: 2 }), never);
    assert.equal(model.asked[0]?.config.seed, 2);
    assert.ok((model.asked[0]?.config.temperature ?? 0) > 0);
  });

  it("holds back a space before the cursor, and takes it off the text", async () => {
    const model = FakeModel.saying(sure(" 1", ";"), "stop");
    assert.deepEqual(await suggest(model, request("x = "), never), { text: "1;", confidence: 0.5 });
    assert.equal(model.asked[0]?.prompt, "x =");
  });

  it("stops the model when it writes no space where one stands", async () => {
    const model = FakeModel.saying(sure("=", "=", " 1"));
    assert.equal(await suggest(model, request("x = "), never), undefined);
    assert.deepEqual([model.streamed, model.cancelled], [1, 1]);
  });

  it("stops the model once the suggestion has ended", async () => {
    const model = FakeModel.saying(sure("a", ")", " b", " c", " d"));
    const place = { before: "f(", after: ")" };
    assert.deepEqual(await suggest(model, request("", { place }), never), { text: "a", confidence: 0.5 });
    assert.deepEqual([model.streamed, model.cancelled], [2, 1]);
  });

  it("is as sure as the tokens that are shown", async () => {
    const model = FakeModel.saying([
      ["a", 0.8],
      [";", 0.2],
      ["\n", 0.001],
    ]);
    const suggestion = await suggest(model, request("x ="), never);
    assert.equal(suggestion?.text, "a;");
    assert.ok(Math.abs((suggestion?.confidence ?? 0) - 0.4) < 1e-12);
  });

  it("shows whole lines of several that were cut off, and all of a single one", async () => {
    const multi = { place: { before: "f() {\n", after: "" }, shape: "multi" } as const;
    const cut = FakeModel.saying(sure("  a;", "\n  b;", "\n  c +"));
    assert.equal((await suggest(cut, request("", multi), never))?.text, "  a;\n  b;");
    const single = FakeModel.saying(sure("1", " +"));
    assert.equal((await suggest(single, request("x ="), never))?.text, "1 +");
    const ended = FakeModel.saying(sure("  a;", "\n  c"), "endOfText");
    assert.equal((await suggest(ended, request("", multi), never))?.text, "  a;\n  c");
  });

  it("has nothing for an empty text, or when the model has nothing", async () => {
    const model = FakeModel.saying(sure(" ", " "));
    assert.equal(await suggest(model, request("\n "), never), undefined);
    assert.equal(model.asked.length, 0);
    assert.equal(await suggest(model, request("x ="), never), undefined);
    assert.equal(await suggest(FakeModel.saying([], "stop"), request("x ="), never), undefined);
  });

  it("throws when it is cancelled, and what the runtime throws", async () => {
    const controller = new AbortController();
    const model = FakeModel.saying(sure("a", "b", "c"));
    const asked = suggest(model, request("x ="), controller.signal);
    controller.abort();
    await assert.rejects(asked, CancelledError);
    assert.equal(model.cancelled, 1);
    const error = new RuntimeError("notAModelFolder", "No model.");
    await assert.rejects(suggest(new FakeModel(() => ({ error })), request("x ="), never), error);
  });
});
