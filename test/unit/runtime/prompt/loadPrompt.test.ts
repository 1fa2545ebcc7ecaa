/** Prompt files with their data: what is refused, and where. */
import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readDataset } from "../../../../src/runtime/dataset/dataset";
import { RuntimeError, type RuntimeErrorInfo } from "../../../../src/runtime/errors";
import { PromptAssembler } from "../../../../src/runtime/prompt/assemble";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import { checkTemplate, PromptTemplate } from "../../../../src/runtime/prompt/template";
import type { PromptOverrides } from "../../../../src/runtime/promptProtocol";
import type { Tokenizer } from "../../../../src/runtime/tokenizer/tokenizer";

describe("loading prompt files", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "prompts-"));
  });
  after(() => rm(folder, { recursive: true }));

  const load = (text: string, overrides?: PromptOverrides) =>
    loadPrompt({ path: join(folder, "a.prompt.yaml"), text }, overrides);
  const fails = (code: RuntimeErrorInfo["code"], pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof RuntimeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  };
  const yaml = (template: string, input: string, rest = "") =>
    `task: completion\n${rest}input: ${input}\nvariants:\n  - name: a\n    template: ${template}\n`;

  it("names the place of an unknown variable inside a block scalar, whatever the line ends", async () => {
    const text = yaml("|\n      🙂 {{ text }}\n      Then: {{ txt }}\n      {{ answer }}", "[{ text: x }]");
    await assert.rejects(load(text), fails("invalidPrompt", /yaml:7:16: .*"txt"/));
    await assert.rejects(load(text.replaceAll("\n", "\r\n")), fails("invalidPrompt", /yaml:7:16: .*"txt"/));
  });

  it("refuses a query that gives its answer away", async () => {
    const text = yaml('"{{ text }} {{ label }} {{ answer }}"', "[{ text: x, label: a }]", "labels: { a: x, b: y }\n");
    await assert.rejects(load(text), fails("invalidPrompt", /yaml:6:\d+: .*"label" is the right answer/));
  });

  it("names bad rows by their lines, behind blank lines and quoted line breaks too, or leaves them out and says so", async () => {
    await writeFile(join(folder, "rows.csv"), '\uFEFFtext,answer\r\n\r\n"a\r\nb",1\r\n\r\nc\r\nd,2\r\ne,\r\n');
    const text = yaml('"{{ text }}: {{ answer }}"', "{ file: rows.csv }", "");
    await assert.rejects(load(text), fails("invalidDataset", /rows\.csv:6: .*line 6: The row has 1/));
    const { items, notes } = await load(text, { skipBadRows: true });
    assert.deepEqual(items[0], { text: "a\r\nb", answer: "1" });
    assert.match(notes.join(), /rows\.csv: \d+ rows? w/);
    const { lines } = await readDataset(join(folder, "rows.csv"), "rows.csv", { skipBadRows: true });
    assert.deepEqual(lines, [3, 7, 8]);
  });

  it("tells of a quote that is never closed, even where bad rows are skipped", async () => {
    await writeFile(join(folder, "quote.csv"), 'text\nx\n"y\nz\n');
    const reading = readDataset(join(folder, "quote.csv"), "quote.csv", { skipBadRows: true });
    await assert.rejects(reading, fails("invalidDataset", /[Qq]uote/));
  });

  it("follows no path out of the root, not even through a link", async () => {
    await symlink("/etc/hostname", join(folder, "link.csv"));
    for (const file of ["link.csv", "../../../etc/hostname"]) {
      const text = yaml('"{{ text }}{{ answer }}"', `{ file: ${file} }`);
      await assert.rejects(load(text), fails("invalidDataset", /outside/));
    }
  });

  it("reads a hundred thousand rows", async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => JSON.stringify({ text: `row ${i} 🙂`, answer: String(i) }));
    await writeFile(join(folder, "many.jsonl"), rows.join("\r\n"));
    const { items } = await load(yaml('"{{ text }}: {{ answer }}"', "{ file: many.jsonl }"));
    assert.deepEqual([items.length, items[99_999]], [100_000, { text: "row 99999 🙂", answer: "99999" }]);
  });

  it("takes a JSON list in a cell of CSV as a list, in the template too", async () => {
    await writeFile(join(folder, "choices.csv"), 'q,ends,label\nx,"[""one"",""two""]",1\n');
    const template = '"{{ q }}{% for c in ends %} {{ c }};{% endfor %} A:\\n{{ answer }}"';
    const loaded = await load(yaml(template, "{ file: choices.csv }", "choices: ends\n"));
    const tokenizer = { encode: (text: string) => Array.from(text, () => 0) } as unknown as Tokenizer;
    const embed = () => Promise.resolve([]);
    const prompt = await new PromptAssembler(loaded, 0, { tokenizer, contextTokens: 100, embed }).assemble(0);
    assert.deepEqual([prompt.text, prompt.gold, prompt.goldWords], ["x one; two; A:", "1", ["\ntwo"]]);
  });

  it("knows true, false and none in templates", () => {
    const { before } = new PromptTemplate(
      "{% if true and not false %}{{ text }}{% endif %} {{ answer }}",
      true,
    ).example({ text: "yes" }, {});
    assert.equal(before, "yes");
  });

  it("refuses white space that the parser would take forever over", () => {
    const [problem] = checkTemplate(`a${" ".repeat(150_000)}{{ answer }}`, null, true);
    assert.deepEqual([problem?.code, problem?.start], ["template.unsupported", 1]);
  });

  it("never throws for what a template contains, and gives its parts in order", () => {
    const piece = fc.constantFrom(
      "{{",
      "}}",
      "{%",
      "%}",
      " answer ",
      " text ",
      "for x in text",
      "if",
      "endif",
      "\r\n",
      "🙂",
      "|",
      "'",
      "-",
      "range(10**9)",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        checkTemplate(pieces.join(""), new Set(["text"]), true);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { before, space, after } = new PromptTemplate("Q: {{ text }}\n\n {{ answer }} end", true).example(
          { text },
          {},
        );
        assert.equal(before + space + after, `Q: ${text}\n\n  end`);
        assert.equal(before, before.trimEnd());
      }),
    );
  });
});
