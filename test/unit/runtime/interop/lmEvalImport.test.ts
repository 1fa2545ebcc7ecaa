/** Tasks that others wrote: what is read, what is refused, and what is told. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { importedFiles } from "../../../../src/runtime/interop/importedPrompts";
import { readLmEval } from "../../../../src/runtime/interop/lmEvalImport";
import { writeWhole } from "../../../../src/runtime/interop/writeWhole";
import { type Asked, asks, inFolder } from "./support";

/** What `task.yaml` of these files asks once imported, with the prompt file's text and the notes. */
function imported(files: Readonly<Record<string, string>>) {
  return inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const made = await importedFiles(await readLmEval(join(folder, "task.yaml")), "made");
    const [path = ""] = await writeWhole(folder, made.files, false);
    const asked = await asks(path);
    const first: readonly Asked[] = Object.values(asked)[0] ?? [];
    return { asked, first, text: await readFile(path, "utf8"), notes: made.notes };
  });
}

async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
  const error = await imported(files).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RuntimeError, String(error));
  return error.message;
}

const head = "dataset_path: json\ndataset_kwargs: { data_files: { test: data.jsonl } }\ntest_split: test\n";
const chooses = `task: mine\n${head}output_type: multiple_choice\n`;

describe("tasks of lm-evaluation-harness", () => {
  it("are read with labels that stand in a list, and a template that is ours too", async () => {
    const { first, text, notes } = await imported({
      "task.yaml": `${chooses}description: "Judge.\\n\\n"
doc_to_text: "Review: {{text}}\\nGood?"
doc_to_choice: ["no", "yes"]
doc_to_target: label
metric_list: [{ metric: acc }, { metric: mcc }]
tag: [reviews]
`,
      "data.jsonl": '{"text":"Fine.","label":1}\n{"text":"Bad {x}.","label":0}\n',
    });
    assert.deepEqual(first, [
      { text: "Judge.\n\nReview: Fine.\nGood?", gold: "yes", words: [" no", " yes"] },
      { text: "Judge.\n\nReview: Bad {x}.\nGood?", gold: "no", words: [" no", " yes"] },
    ]);
    assert.match(text, /instruction: "Judge\."/);
    assert.match(text, /rule: "sum"/);
    assert.deepEqual(notes, ['The metric "mcc" is not carried over.', 'The key "tag" is not carried over.']);
  });

  it("are rendered row by row where the template is beyond ours: nested data, index, methods", async () => {
    const { first, text, notes } = await imported({
      "task.yaml": `${chooses}doc_to_text: "Question: {{question.strip()}}\\nAnswer:"
doc_to_choice: "{{choices.text}}"
doc_to_target: "{{choices.label.index(answerKey)}}"
`,
      "data.jsonl":
        '{"question":" What? ","choices":{"text":["it\'s a","\\"b\\""],"label":["A","B"]},"answerKey":"B"}\n' +
        '{"question":"Who?","choices":{"text":["c","d"],"label":["A","B"]},"answerKey":"A"}\n',
    });
    assert.deepEqual(first, [
      { text: "Question: What?\nAnswer:", gold: "1", words: [" it's a", ' "b"'] },
      { text: "Question: Who?\nAnswer:", gold: "0", words: [" c", " d"] },
    ]);
    assert.match(text, /choices: "choices"\n/);
    assert.match(notes.join(" "), /each row has its prompt in full/);
    assert.match(notes.join(" "), /cannot hold were left out: choices/);
  });

  it("have their demonstrations, their includes, and the white space at a context's end counts as the answer's", async () => {
    const { first } = await imported({
      "task.yaml": `include: base.yaml\n${head}doc_to_text: "Q: {{q}} A: "\ndoc_to_target: "{{a}}"\ntarget_delimiter: ""\n`,
      "base.yaml": `task: base
output_type: generate_until
doc_to_text: "unused"
num_fewshot: 2
fewshot_delimiter: " | "
generation_kwargs: { until: ["|"], max_gen_toks: 3 }
fewshot_config: { sampler: first_n, samples: [{ q: one, a: "1" }, { q: two, a: "2" }, { q: never, a: "3" }] }
`,
      "data.jsonl": '{"q":"three","a":"3"}\n',
    });
    assert.deepEqual(first, [{ text: "Q: one A: 1 | Q: two A: 2 | Q: three A:", gold: "3", words: null }]);
  });

  it("read CSV, whose whole numbers are numbers, and JSON lists", async () => {
    const rest = 'doc_to_text: "{{t}}"\ndoc_to_choice: [a, b]\ndoc_to_target: n\n';
    const csv = chooses.replaceAll("json", "csv").replace("data.csvl", "data.csv") + rest;
    const ofCsv = await imported({ "task.yaml": csv, "data.csv": "t,n\nx,0\ny,1\n" });
    const json = chooses.replace("data.jsonl", "data.json") + rest;
    const ofJson = await imported({ "task.yaml": json, "data.json": '[{"t":"x","n":0},\n{"t":"y","n":1}]' });
    for (const { first } of [ofCsv, ofJson])
      assert.deepEqual(
        first.map(({ gold }) => gold),
        ["a", "b"],
      );
  });

  it("make one prompt file of a group whose tasks are about the same data", async () => {
    const task = (name: string, text: string) =>
      `task: ${name}\n${head}output_type: multiple_choice\ndoc_to_text: "${text}"\ndoc_to_choice: [a, b]\ndoc_to_target: n\n`;
    const files = {
      "task.yaml": "group: both\ntask: [one, two]\n",
      "one.yaml": task("one", "1 {{t}}"),
      "two.yaml": task("two", "2 {{t}}"),
      "data.jsonl": '{"t":"x","n":0}\n',
    };
    assert.deepEqual(Object.keys((await imported(files)).asked), ["one", "two"]);
    const other = {
      ...files,
      "two.yaml": task("two", "2 x").replace("data.jsonl", "other.jsonl"),
      "other.jsonl": '{"n":1}\n',
    };
    assert.match(await refusal(other), /not about the same data/);
  });

  it("refuse code, naming key and line", async () => {
    const task = `${chooses}doc_to_text: x\nprocess_docs: !function utils.process\n`;
    assert.match(await refusal({ "task.yaml": task, "utils.py": "" }), /task\.yaml:7:\d+: .*"process_docs".*!function/);
    const loaded = `${chooses}doc_to_text: !!python/object/apply:os.system ["true"]\n`;
    assert.match(await refusal({ "task.yaml": loaded }), /task\.yaml:6:/);
  });

  it("refuse what is outside of their folder, on a hub, or could grow without bound", async () => {
    const rest = "doc_to_text: x\ndoc_to_choice: [a, b]\ndoc_to_target: 0\n";
    const named = (file: string) => ({ "task.yaml": chooses.replace("data.jsonl", file) + rest });
    for (const file of ["../../etc/passwd", "/etc/passwd.jsonl", "missing.jsonl"])
      assert.match(await refusal(named(file)), /outside|no such file/i);
    assert.match(await refusal({ "task.yaml": `include: ../x.yaml\n${chooses}${rest}` }), /outside|no such file/i);
    const hub = { "task.yaml": (chooses + rest).replace("dataset_path: json", "dataset_path: super_glue") };
    assert.match(await refusal(hub), /task\.yaml:2:1: .*"super_glue"/);
    const cycle = { "task.yaml": `include: a.yaml\n${chooses}${rest}`, "a.yaml": "include: a.yaml\n" };
    assert.match(await refusal(cycle), /include each other/);
    const bomb = { "task.yaml": `a: &a [x, x]\nb: [*a, *a]\n${chooses}${rest}` };
    assert.match(await refusal(bomb), /Anchors and aliases/);
    const data = { "data.jsonl": '{"t":"x"}\n' };
    for (const template of ["{% set x = t %}", "{{ range(9) }}", "{{ t.replace('', 'xxxx') }}", "{{ t.__class__() }}"])
      assert.match(
        await refusal({
          ...named("data.jsonl"),
          "task.yaml": `${chooses}doc_to_text: "${template}"\ndoc_to_choice: [a, b]\ndoc_to_target: 0\n`,
          ...data,
        }),
        /Templates have no/,
      );
  });

  it("say which row and which name is wrong", async () => {
    const task = `${chooses}doc_to_text: "{{t}} {{u}}"\ndoc_to_choice: [a, b]\ndoc_to_target: 0\n`;
    assert.match(await refusal({ "task.yaml": task, "data.jsonl": '{"t":"x","u":"y"}\n{"t":"x"}\n' }), /Row 2: .*"u"/);
    const range = `${chooses}doc_to_text: "{{t}}"\ndoc_to_choice: [a, b]\ndoc_to_target: n\n`;
    assert.match(
      await refusal({ "task.yaml": range, "data.jsonl": '{"t":"x","n":2}\n' }),
      /Row 1: .*none of the choices/,
    );
    assert.match(await refusal({ "task.yaml": chooses, "data.jsonl": "{}\n" }), /doc_to_text: it is missing/);
  });
});
