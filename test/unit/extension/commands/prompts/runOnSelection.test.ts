import assert from "node:assert/strict";
import { distinctVariants, runOnSelection } from "../../../../../src/extension/commands/prompts/runOnSelection";
import { CancelledError, invalidPrompt, runtimeExited } from "../../../../../src/runtime/errors";
import { readPromptText } from "../../../../../src/runtime/prompt/promptText";
import { press } from "../../models";
import { answering, fakeParts, overridesOf, preview, sentiment } from "./support";

const files = { "/a.prompt.yaml": sentiment, "/b/c.prompt.yaml": answering };
const choice = "$(file) a.prompt.yaml";

describe("runOnSelection", () => {
  it("runs every variant on the selection without, and with one demonstration", async () => {
    for (const [shots, k] of [
      ["zero", 0],
      ["one", 1],
    ] as const) {
      const { parts, done, seen } = fakeParts(files, { choices: [choice] });
      await runOnSelection(parts, shots, "\nA great film.\n");
      assert.deepEqual(overridesOf(done), [{ items: [{ text: "A great film." }], k, variants: ["plain", "short"] }]);
      assert.deepEqual([done.runs[0]?.title, done.runs[0]?.source.text], ["a.prompt.yaml", sentiment]);
      assert.deepEqual(seen.told, []);
    }
  });

  it("asks for K, takes the file's own as what is meant, and remembers what was said", async () => {
    const memory = new Map<string, unknown>();
    const first = fakeParts(files, { choices: [choice], inputs: ["8"] }, { memory });
    await runOnSelection(first.parts, "few", "text");
    assert.equal(first.seen.inputs[0]?.value, "2");
    assert.equal(overridesOf(first.done)[0]?.k, 8);
    const second = fakeParts(files, { choices: ["$(history) a.prompt.yaml"], inputs: [""] }, { memory });
    await runOnSelection(second.parts, "few", "text");
    assert.equal(second.seen.inputs[0]?.value, "8");
    assert.equal(overridesOf(second.done)[0]?.k, undefined);
    const problem = second.seen.inputs[0]?.problem ?? assert.fail();
    for (const wrong of ["-1", "1001", "two", "1.5"]) assert.ok(problem(wrong), wrong);
    for (const right of ["", "0", " 16 "]) assert.equal(problem(right), undefined, right);
  });

  it("lists the last file first, for each command its own", async () => {
    const memory = new Map<string, unknown>();
    const take = (label: string) => fakeParts(files, { choices: [label], inputs: ["Who?"] }, { memory });
    await runOnSelection(take(choice).parts, "one", "text");
    const zero = fakeParts(files, { choices: ["$(file) c.prompt.yaml", "passage"], inputs: ["Who?"] }, { memory });
    await runOnSelection(zero.parts, "zero", "text");
    const labels = async (shots: "zero" | "one") => {
      const { parts, seen } = fakeParts(files, { choices: [undefined] }, { memory });
      await runOnSelection(parts, shots, "text");
      return seen.choices[0]?.labels;
    };
    const make = "$(new-file) New Prompt File…";
    assert.deepEqual(await labels("zero"), ["$(history) c.prompt.yaml", "$(file) a.prompt.yaml", make]);
    assert.deepEqual(await labels("one"), ["$(history) a.prompt.yaml", "$(file) c.prompt.yaml", make]);
  });

  it("asks which field the selection is and for the others, and remembers both", async () => {
    const memory = new Map<string, unknown>();
    const user = { choices: ["$(file) c.prompt.yaml", "passage"], inputs: ["Who?"] };
    const first = fakeParts(files, user, { memory });
    await runOnSelection(first.parts, "zero", "It was Ada.");
    const items = [{ passage: "It was Ada.", question: "Who?" }];
    assert.deepEqual(overridesOf(first.done), [{ items, variants: ["only"] }]);
    const again = fakeParts(files, { choices: ["$(history) c.prompt.yaml", "passage"], inputs: ["Why?"] }, { memory });
    await runOnSelection(again.parts, "zero", "x");
    assert.equal(again.seen.inputs[0]?.value, "Who?");
  });

  it("refuses demonstrations of a file that has none, and leads to it", async () => {
    const { parts, done, seen } = fakeParts(files, { choices: ["$(file) c.prompt.yaml"] });
    await runOnSelection(parts, "one", "text");
    assert.match(seen.told[0]?.text ?? "", /c\.prompt\.yaml has no demonstrations/);
    await press(seen, "Open File");
    assert.deepEqual([done.shown, done.runs], [[{ path: "/b/c.prompt.yaml" }], []]);
  });

  it("opens a file with errors at the first one, and does not run it", async () => {
    const broken = { "/a.prompt.yaml": "task: classification\nvariants:\n  - { name: x, tmplate: y }\n" };
    const { parts, done, seen } = fakeParts(broken, { choices: [choice] });
    await runOnSelection(parts, "zero", "text");
    assert.equal(done.runs.length, 0);
    assert.equal(done.shown[0]?.path, "/a.prompt.yaml");
    assert.ok((done.shown[0]?.range?.start ?? 0) > 20);
    assert.match(seen.told[0]?.text ?? "", /a\.prompt\.yaml:3:\d+: /);
  });

  it("leads to a new file where there is none, and where one is wished", async () => {
    const none = fakeParts({}, {});
    await runOnSelection(none.parts, "zero", "text");
    await press(none.seen, "New Prompt File…");
    assert.equal(none.done.created, 1);
    const wished = fakeParts(files, { choices: ["$(new-file) New Prompt File…"] });
    await runOnSelection(wished.parts, "zero", "text");
    assert.deepEqual([wished.done.created, wished.done.runs.length], [1, 0]);
  });

  it("shows the budget while it runs: instruction, each demonstration, query", async () => {
    const { parts, done, seen } = fakeParts(
      files,
      { choices: [choice] },
      {
        preview: ({ variant }) => preview({ variant: variant === 0 ? "plain" : "short", promptTokens: 30 + variant }),
      },
    );
    await runOnSelection(parts, "zero", "text");
    assert.deepEqual(
      done.previews.map(({ variant, item, overrides }) => [variant, item, overrides?.k]),
      [
        [0, 0, 0],
        [1, 0, 0],
      ],
    );
    assert.equal(seen.progress[1]?.title, "a.prompt.yaml · 2 variants: 30 to 31 of 512 tokens");
    const one = fakeParts(
      { "/a.prompt.yaml": sentiment.replace(/ {2}- \{ name: short.*\n/, "") },
      { choices: [choice] },
    );
    await runOnSelection(one.parts, "zero", "text");
    const line = "plain: 30 of 512 tokens (instruction 4, 2 demonstrations 10 + 9, query 7, answer 2)";
    assert.equal(one.seen.progress[1]?.title, `a.prompt.yaml · ${line}`);
  });

  it("asks first when something does not fit, and says what is left out", async () => {
    for (const yes of [true, false]) {
      const shortened = () => preview({ dropped: 3, demonstrations: [4] });
      const { parts, done, seen } = fakeParts(files, { choices: [choice], confirms: [yes] }, { preview: shortened });
      await runOnSelection(parts, "one", "text");
      assert.equal(done.runs.length, yes ? 1 : 0);
      assert.match(
        seen.confirmations[0]?.detail ?? "",
        /3 of 4 demonstrations are left out, the farthest from the query/,
      );
    }
    const cut = fakeParts(
      files,
      { choices: [choice], confirms: [false] },
      { preview: () => preview({ truncated: 9 }) },
    );
    await runOnSelection(cut.parts, "zero", "text");
    assert.match(cut.seen.confirmations[0]?.detail ?? "", /9 tokens are cut off its beginning/);
  });

  it("tells a failure once, with the way to the file; none when it was cancelled or the crash has its own message", async () => {
    const failing = (error: Error) =>
      fakeParts(
        files,
        { choices: [choice] },
        {
          preview: () => {
            throw error;
          },
        },
      );
    const wrong = failing(invalidPrompt("a.prompt.yaml", 5, 3, "There is no field x."));
    await runOnSelection(wrong.parts, "zero", "text");
    assert.match(wrong.seen.told[0]?.text ?? "", /a\.prompt\.yaml:5:3: There is no field x\./);
    assert.deepEqual(
      wrong.seen.told[0]?.actions.map(({ title }) => title),
      ["Open File"],
    );
    for (const error of [new CancelledError(), runtimeExited("signal SIGKILL")]) {
      const { parts, seen, done } = failing(error);
      await runOnSelection(parts, "zero", "text");
      assert.deepEqual([seen.told, done.runs], [[], []]);
    }
  });
});

describe("distinctVariants", () => {
  const text = `task: classification
labels: { a: x, b: y }
demonstrations: { from: [{ text: p, label: a }, { text: q, label: b }] }
variants:
  - { name: zero, template: "{{ text }} {{ answer }}", demonstrations: { k: 0 } }
  - { name: one, template: "{{ text }} {{ answer }}", demonstrations: { k: 1 } }
  - { name: balanced, template: "{{ text }} {{ answer }}", demonstrations: { k: 2, sampler: balanced } }
  - { name: calibrated, template: "{{ text }} {{ answer }}", scoring: { calibration: contextual } }
  - { name: other, template: "{{ text }}: {{ answer }}" }
`;
  const { file } = readPromptText(text);
  const distinct = (k: number) =>
    file ? distinctVariants(file, ["zero", "one", "balanced", "calibrated", "other"], k) : [];

  it("leaves out those that are the same prompt with this K, and keeps the one that has it by itself", () => {
    assert.deepEqual(distinct(0), ["zero", "calibrated", "other"]);
    assert.deepEqual(distinct(1), ["one", "balanced", "calibrated", "other"]);
    assert.deepEqual(distinct(8), ["zero", "balanced", "calibrated", "other"]);
  });
});
