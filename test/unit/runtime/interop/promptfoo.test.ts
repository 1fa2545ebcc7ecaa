/** promptfoo's configurations: those that others wrote, and the provider that ours bring along. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { RuntimeError } from "../../../../src/runtime/errors";
import { importedFiles } from "../../../../src/runtime/interop/importedPrompts";
import { readPromptfoo } from "../../../../src/runtime/interop/promptfooImport";
import { nunjucksLiteral, renderPromptfoo, variableLiteral } from "../../../../src/runtime/interop/promptfooText";
import { writeWhole } from "../../../../src/runtime/interop/writeWhole";
import { gptw } from "../cli/fakeTerminal";
import { asks, inFolder } from "./support";

const root = join(__dirname, "../../../..");
const model = join(root, "media/models/starter");

function imported(files: Readonly<Record<string, string>>) {
  return inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const made = await importedFiles(await readPromptfoo(join(folder, "promptfooconfig.yaml")), "made");
    const [path = "", data = ""] = await writeWhole(folder, made.files, false);
    const rows = (await readFile(data, "utf8")).trimEnd().split("\n");
    return { asked: await asks(path), rows: rows.map((row) => JSON.parse(row)), notes: made.notes };
  });
}

describe("promptfoo's texts", () => {
  it("mean themselves when written as literals", () => {
    const odd = ["{{ x }}", "{% if %}", "{# #}", "{", "{{{%", "file://a", "package:a", "a\n", "}} %} #}", "{{x}} {{ y"];
    for (const text of odd) {
      assert.equal(renderPromptfoo("{{ v }}", { v: variableLiteral(text), x: "wrong", y: "wrong" }), text);
      assert.equal(renderPromptfoo(`${nunjucksLiteral(text)}{{ x }}`, { x: "!" }), `${text}!`);
    }
  });
});

describe("configurations of promptfoo", () => {
  it("are read with prompts of texts and files, default tests, lists of values, and assertions", async () => {
    const { asked, rows, notes } = await imported({
      "promptfooconfig.yaml": `prompts:
  - "Say {{word}} in {{ language }}:"
  - file://prompts/two.txt
  - exec:made.py
providers: [openai:gpt-4]
defaultTest: { vars: { language: French }, assert: [{ type: llm-rubric, value: polite }] }
tests:
  - vars: { word: [cat, dog] }
    assert: [{ type: contains, value: ch }]
  - vars: { word: "{{language}} bread" }
    assert: [{ type: equals, value: pain }]
sharing: true
`,
      "prompts/two.txt": "First {{word}}\n---\nSecond\n{{word}}\n",
    });
    const texts = Object.values(asked).map((own) => own.map(({ text }) => text));
    assert.deepEqual(texts, [
      ["Say cat in French:", "Say dog in French:", "Say French bread in French:"],
      ["First cat", "First dog", "First French bread"],
      ["Second\ncat", "Second\ndog", "Second\nFrench bread"],
    ]);
    assert.deepEqual(
      Object.values(asked)[0]?.map(({ gold }) => gold),
      [null, null, "pain"],
    );
    assert.deepEqual(
      rows.map((row) => row.expect_contains_1),
      ["ch", "ch", undefined],
    );
    assert.deepEqual(notes, [
      'The prompt "exec:made.py" is no plain text: it is left out.',
      'The assertion "llm-rubric" is not carried over. (3 times)',
      'The assertion "contains" is kept as a field, but not checked. (2 times)',
      'The key "sharing" is not carried over.',
      "Its providers are not carried over: the model is chosen when the prompts are run.",
    ]);
  });

  it("read tests of a CSV file, and their expected answers", async () => {
    const { asked } = await imported({
      "promptfooconfig.yaml": "prompts: ['{{a}}+{{b}}=']\nproviders: [x]\ntests: file://tests.csv\n",
      "tests.csv": "a,b,__expected\n1,2,3\n2,2,equals: 4\n",
    });
    assert.deepEqual(Object.values(asked), [
      [
        { text: "1+2=", gold: "3", words: null },
        { text: "2+2=", gold: "4", words: null },
      ],
    ]);
  });

  it("refuse files outside of their folder, and code", async () => {
    const refused = async (config: string) => {
      const error = await imported({ "promptfooconfig.yaml": config }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof RuntimeError, String(error));
      return error.message;
    };
    const tests = "tests: [{ vars: { a: 1 } }]\n";
    assert.match(await refused(`prompts: [file://../x.txt]\n${tests}`), /outside|no such file/i);
    assert.match(
      await refused(`prompts: [file://made.js]\n${tests}`),
      /promptfooconfig\.yaml:1:1: No prompt is a plain text/,
    );
    assert.match(
      await refused("prompts: ['{{a}}']\ntests: [{ vars: { a: file://../a.txt } }]\n"),
      /outside|no such file/i,
    );
    assert.match(await refused("prompts: ['{{a}}']\ntests: [{ vars: { a: file://a.js } }]\n"), /not run here/);
    assert.match(
      await refused("prompts: ['{{a}}']\ntests: python://x\n"),
      /promptfooconfig\.yaml:2:1: Tests are not read/,
    );
    assert.match(
      await refused("prompts: ['{{ a.b.c() }}']\ntests: [{ vars: { a: 1 } }]\n"),
      /test 1: Templates have no/,
    );
  });
});

describe("the provider that a configuration brings along", function () {
  this.timeout(240_000);
  for (const [name, variant] of [
    ["classification", "zero-shot"],
    ["multipleChoice", "against nothing"],
    ["questionAnswering", "zero-shot"],
  ] as const)
    it(`answers as gptw run does: ${name}`, () =>
      inFolder(async (folder) => {
        const { expected, prompt, words } = await runHere(folder, name, variant);
        const { default: Provider } = await import(pathToFileURL(join(folder, "gptw-provider.mjs")).href);
        const [given] = parse(await readFile(join(folder, "promptfooconfig.yaml"), "utf8")).providers;
        const command = [process.execPath, "--import", "tsx", join(root, "src/runtime/cli.ts")];
        const provider = new Provider({ ...given, config: { ...given.config, command, model } });
        const answer = await provider.callApi(prompt, { prompt: { label: variant }, vars: { options: words } });
        assert.deepEqual(answer, { output: expected });
        const unknown = await provider.callApi(prompt, { prompt: { label: "none" } });
        assert.match(unknown.error, /no variant "none"/);
      }));
});

/** Exports a sample's first input, and asks `gptw run` the same. */
async function runHere(folder: string, name: string, variant: string) {
  const source = join(root, "samples/prompts", `${name}.prompt.yaml`);
  const options = ["--limit", "1", "--root", join(root, "samples"), "--variants", variant, source];
  const exported = await gptw(["export", "--to", "promptfoo", "--out", folder, ...options]);
  assert.equal(exported.code, 0, exported.err);
  const out = join(folder, "ran.json");
  const ran = await gptw(["run", "--model", model, "--device", "cpu", "--out", out, ...options]);
  assert.equal(ran.code, 0, ran.err);
  const again = await importedFiles(await readPromptfoo(join(folder, "promptfooconfig.yaml")), "again");
  const [path = ""] = await writeWhole(folder, again.files, false);
  const [asked] = (await asks(path))[variant] ?? [];
  const words = asked?.words?.map((word) => String(word).trim());
  const [{ output }] = JSON.parse(await readFile(out, "utf8")).cells;
  return { prompt: asked?.text, words, expected: name === "multipleChoice" ? words?.[Number(output)] : output };
}
