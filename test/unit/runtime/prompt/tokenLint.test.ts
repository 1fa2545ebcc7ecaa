/** Token hazards, with the starter's tokenizer. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import { readPromptText } from "../../../../src/runtime/prompt/promptText";
import { lintTokens } from "../../../../src/runtime/prompt/tokenLint";
import { loadStarter } from "../engine/starter";

describe("token lint", function () {
  this.timeout(240_000);
  let model: LoadedModel;
  before(async () => {
    model = await loadStarter();
  });
  after(() => model.dispose());

  async function lint(text: string, contextTokens = 1000) {
    const { tokenizer } = model;
    assert.ok(tokenizer);
    const loaded = await loadPrompt({ path: join(tmpdir(), "test.prompt.yaml"), text });
    return lintTokens(readPromptText(text), loaded, { tokenizer, contextTokens });
  }
  const encode = (text: string) => model.tokenizer?.encode(text) ?? [];
  const classification = (labels: string, template = '"{{ text }}\\n{{ answer }}"', rest = "") =>
    `task: classification\nlabels:\n${labels}\ninput: [{ text: one }, { text: two }]\nvariants:\n  - name: a\n    template: ${template}\n${rest}`;
  const codes = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);

  it("names label words that begin with the same token, at the label", async () => {
    const words = ["return", "return x"];
    const [a, b] = words.map((word) => encode(`one\n${word}`).slice(encode("one\n").length));
    assert.equal(a?.[0], b?.[0]);
    const found = await lint(classification("  first: return\n  second: return x"));
    const shared = found.find(({ code }) => code === "token.sharedFirst");
    assert.deepEqual([shared?.line, shared?.severity], [4, "warning"]);
    assert.match(shared?.message ?? "", /"return" and "return x"/);
    const lengths = found.find(({ code }) => code === "token.lengths");
    assert.match(lengths?.message ?? "", new RegExp(`return: ${a?.length}, return x: ${b?.length}`));
    assert.equal(lengths?.severity, "info");
  });

  it("warns of different lengths where the rule is the sum", async () => {
    const found = await lint(classification("  a: return\n  b: return x", undefined, "scoring: { rule: sum }\n"));
    assert.equal(found.find(({ code }) => code === "token.lengths")?.severity, "warning");
  });

  it("finds label words that are the same", async () => {
    const found = await lint(classification("  a: x\n  b: x"));
    const same = found.find(({ code }) => code === "token.same");
    assert.deepEqual([same?.severity, same?.line], ["error", 4]);
  });

  it("finds answers that join the prompt's last token", async () => {
    const [before, whole] = [encode("retu"), encode("return")];
    assert.notDeepEqual(whole.slice(0, before.length), before);
    const joined =
      'task: completion\ninput: [{ text: retu, answer: rn }]\nvariants:\n  - name: a\n    template: "{{ text }}{{ answer }}"\n';
    const found = await lint(joined);
    assert.deepEqual([codes(found), found[0]?.line], [["token.boundary"], 5]);
    assert.deepEqual(codes(await lint(joined.replace("}}{{", "}}\\n{{"))), []);
  });

  it("says which prompts the context does not hold, and which lose demonstrations only", async () => {
    const demonstrations =
      "demonstrations:\n  k: 2\n  sampler: nearest\n  from: [{ text: three, label: a }, { text: four, label: b }]\n";
    const file = classification("  a: x\n  b: y", undefined, demonstrations).replace(
      "input: [{ text: one }",
      `input: [{ text: ${"many words ".repeat(30).trim()} }`,
    );
    const found = await lint(file, 20);
    const truncated = found.find(({ code }) => code === "token.truncated");
    assert.match(truncated?.message ?? "", /^1 of 2 prompts .*inputs 1\)/);
    const dropped = found.find(({ code }) => code === "token.dropped");
    assert.equal(dropped, undefined);
    const short = (await lint(file, encode("two\n").length + 7)).find(({ code }) => code === "token.dropped");
    assert.match(short?.message ?? "", /^In 1 of 2 .*inputs 2\)/);
    assert.match(file.split("\n")[(short?.line ?? 0) - 1] ?? "", /^ {2}k: 2/);
    assert.deepEqual(codes(await lint(file)), []);
  });

  it("finds right answers that are longer than what may be written", async () => {
    const found = await lint(
      'task: completion\ninput: [{ text: a, answer: "b" }, { text: c, answer: "one two three four five" }]\ndecoding: { maxNewTokens: 2 }\nvariants:\n  - name: a\n    template: "{{ text }}\\n{{ answer }}"\n',
    );
    const long = found.find(({ code }) => code === "token.answer");
    assert.match(long?.message ?? "", /^1 of 2 .*inputs 2\)/);
    assert.equal(long?.line, 3);
  });

  it("stops when it is told to", async () => {
    const text = classification("  a: x\n  b: y");
    const loaded = await loadPrompt({ path: join(tmpdir(), "test.prompt.yaml"), text });
    const { tokenizer } = model;
    assert.ok(tokenizer);
    const encoder = { tokenizer, contextTokens: 100 };
    await assert.rejects(lintTokens(readPromptText(text), loaded, encoder, AbortSignal.abort()));
  });
});
