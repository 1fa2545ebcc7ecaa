/** Hazards that the starter's tokenizer shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RuntimeService } from "../../../../src/runtime/service";
import { root } from "../checkpoint/support";
import { starterFolder } from "../engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const { signal } = new AbortController();
const good = `task: classification
labels: { positive: good, negative: bad }
input:
  - { text: The soup was hot., label: positive }
variants:
  - name: plain
    template: "Review: {{ text }}\\nSentiment: {{ answer }}"
`;

describe("the token lint of prompts", function () {
  this.timeout(60_000);
  const service = new RuntimeService();
  after(() => service.dispose());

  async function lint(text: string): Promise<(readonly [string, string])[]> {
    const source = { path: join(root, "samples", "test.prompt.yaml"), text };
    const problems = await service.prompts.lint({ model, source }, { signal });
    return problems.map(({ code, start, end }) => [code, text.slice(start, end)] as const);
  }

  it("finds nothing where there is nothing", async () => {
    assert.deepEqual(await lint(good), []);
  });

  it("finds label words that share a first token, at the later one", async () => {
    const text = good.replace("positive: good, negative: bad", "positive: not bad, negative: not good");
    assert.deepEqual(await lint(text), [["lint.firstToken", "not good"]]);
  });

  it("finds label words of several lengths where their sum decides", async () => {
    const text = good.replace("positive: good", "positive: extraordinarily wonderful");
    assert.deepEqual(await lint(text), []);
    assert.deepEqual(await lint(`${text}scoring: { rule: sum }\n`), [["lint.tokenCount", "labels"]]);
  });

  it("finds prompts whose last token the answer changes", async () => {
    const text = good
      .replace("Sentiment: {{ answer }}", "Sentiment: go{{ answer }}")
      .replace("positive: good", "positive: od");
    const [[code, place] = []] = await lint(text);
    assert.equal(code, "lint.tokenBoundary");
    assert.match(place ?? "", /^"Review/);
  });

  it("finds demonstrations that do not fit, and inputs that do not", async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      text: `Number ${i} ${"was fine and ".repeat(6)}`,
      label: "positive",
    }));
    const shots = `${good}demonstrations: { k: 40, from: ${JSON.stringify(many)} }\n`;
    assert.deepEqual(await lint(shots), [["lint.dropped", "demonstrations"]]);
    const long = good.replace("The soup was hot.", "The soup was hot and ".repeat(200));
    assert.equal((await lint(long))[0]?.[0], "lint.overContext");
  });
});
