import assert from "node:assert/strict";
import fc from "fast-check";
import { analyzeComparison } from "../../../../src/extension/comparisonFiles/analysis";
import { completionsAt, type Offered } from "../../../../src/extension/comparisonFiles/completions";
import { fixesFor } from "../../../../src/extension/comparisonFiles/fixes";
import { comparisonHoverAt } from "../../../../src/extension/comparisonFiles/hovers";
import { assertionsOf, outlineOf } from "../../../../src/extension/comparisonFiles/outline";
import type { OutlineNode } from "../../../../src/extension/yamlFiles/outline";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";
import { atCursor } from "../promptFiles/support";

const file = `data:
  file: reviews.jsonl
  task: classification
  columns: { text: review }
  labels: { "1": positive, "0": negative }
metrics: [accuracy, macroF1]
arms:
  - name: few-shot
    prompt:
      template: "Review: {{ text }}\\nOpinion: {{ answer }}"
      k: [2, 4]
      sampler: balanced
  - name: LoRA
    finetune: { method: lora, r: 8 }
assertions:
  - { arm: LoRA, atLeast: 0.7 }
  - { arm: LoRA, betterThan: few-shot }
`;

const offered: Offered = {
  dataFiles: ["reviews.jsonl", "data/more.csv"],
  promptFiles: ["few.prompt.yaml"],
  columns: ["review", "label", "stars"],
  variants: new Map([["few.prompt.yaml", ["plain", "terse"]]]),
  models: ["gpt2", "tiny"],
};

function completions(marked: string) {
  const { text, offset } = atCursor(marked);
  return { text, offset, found: completionsAt(readComparisonText(text), offset, offered) };
}

/** Labels of what is offered at `¦`. */
function labels(marked: string): string[] {
  return completions(marked).found.map(({ label }) => label);
}

/** The text with what is offered under this label put in. */
function accepted(marked: string, label: string): string {
  const { text, offset, found } = completions(marked);
  const one = found.find((completion) => completion.label === label);
  assert.ok(one, label);
  return text.slice(0, one.start) + one.insert + text.slice(offset);
}

/** The text after the first fix of the first problem with this code. */
function fixed(text: string, code: string, around?: Parameters<typeof analyzeComparison>[1]): string | undefined {
  const { reading, problems } = analyzeComparison(text, around);
  const problem = problems.find((one) => one.code === code);
  assert.ok(problem, `${code} is not among ${problems.map((one) => `${one.code} ${one.message}`).join("; ")}`);
  const [fix] = fixesFor(reading, problem, offered);
  return fix?.changes.reduceRight((now, { start, end, text: by }) => now.slice(0, start) + by + now.slice(end), text);
}

describe("completion in comparison files", () => {
  it("offers the keys of every level, without those that are there", () => {
    const top = labels(`${file}¦`);
    assert.ok(top.includes("seeds") && top.includes("curve"));
    assert.ok(!top.includes("data") && !top.includes("arms"));
    assert.ok(labels(file.replace("sampler: balanced", "¦")).includes("calibration"));
    assert.ok(labels("arms:\n  - name: a\n    finetune:\n      method: lora\n      ¦").includes("loraAlpha"));
    assert.deepEqual(labels("seeds: { ¦ }"), ["first", "demonstrations", "training"]);
    assert.ok(labels("assertions:\n  - ¦").includes("noWorseThan"));
  });

  it("offers values with what they mean, alone and in lists", () => {
    assert.deepEqual(labels(file.replace("classification", "¦")), [
      ...["classification", "entailment", "similarity", "multipleChoice", "generation"],
    ]);
    for (const marked of ["sampler: ¦", "sampler: [random, ¦"]) {
      const { found } = completions(file.replace("sampler: balanced", marked));
      assert.deepEqual(
        found.map(({ label }) => label),
        ["random", "balanced", "nearest", "fixed"],
      );
      for (const { documentation } of found) assert.ok(documentation);
    }
    assert.ok(labels("metrics: [accuracy, ¦").includes("logLoss"));
    assert.ok(labels("metrics:\n  - accuracy\n  - ¦").includes("logLoss"));
  });

  it("offers names: columns, arms, files, models, variants, metrics", () => {
    assert.deepEqual(labels(file.replace("text: review", "text: ¦")), offered.columns);
    assert.deepEqual(labels(file.replace("columns: { text: review }", "columns: { ¦ }")), ["text", "label"]);
    assert.deepEqual(labels(file.replace("arm: LoRA", "arm: ¦")), ["few-shot", "LoRA"]);
    assert.deepEqual(labels(file.replace("betterThan: few-shot", "betterThan: ¦")), ["few-shot"]);
    assert.deepEqual(labels(file.replace("file: reviews.jsonl", "file: ¦")), offered.dataFiles);
    assert.deepEqual(labels("arms:\n  - name: a\n    prompt: { file: ¦"), offered.promptFiles);
    assert.deepEqual(labels("arms:\n  - name: a\n    prompt: { file: few.prompt.yaml, variant: ¦"), ["plain", "terse"]);
    assert.deepEqual(labels("model: ¦"), offered.models);
    assert.deepEqual(labels("arms:\n  - name: a\n    model: ¦"), offered.models);
    assert.deepEqual(labels(file.replace("atLeast: 0.7", "metric: ¦")), ["accuracy", "macroF1"]);
    assert.deepEqual(labels(file.replace("k: [2, 4]", "labels: { ¦ }")), ["positive", "negative"]);
  });

  it("writes keys with what follows them, and fields of templates between braces", () => {
    assert.equal(accepted("ar¦", "arms"), "arms:\n  - name: $1\n    prompt:\n      template: |-\n        $0");
    assert.equal(accepted("model¦: x", "model"), "model: x");
    assert.equal(
      accepted("arms:\n  - name: a\n    prompt:\n      k¦", "k"),
      "arms:\n  - name: a\n    prompt:\n      k: $0",
    );
    assert.deepEqual(labels(file.replace("{{ text }}", "{{ te¦ }}")), ["answer", "text"]);
    assert.deepEqual(labels(file.replace('template: "Review: {{ text }}', 'template: ["Review: {{ te¦ }}')), [
      "answer",
      "text",
    ]);
  });

  it("never throws, wherever the cursor is, and replaces no more than what was written", () => {
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(file.length), (end, offset) => {
        const { reading } = analyzeComparison(file.slice(0, Math.max(end, offset)));
        for (const { start } of completionsAt(reading, offset, offered)) assert.ok(start >= 0 && start <= offset);
        comparisonHoverAt(reading, offset);
        outlineOf(reading);
      }),
    );
  });
});

describe("hovers in comparison files", () => {
  const hover = (marked: string) => {
    const { text, offset } = atCursor(marked);
    return comparisonHoverAt(readComparisonText(text), offset)?.text;
  };

  it("explain keys, values and variables", () => {
    assert.match(hover(file.replace("sampler:", "sam¦pler:")) ?? "", /^\*\*sampler\*\*\n\nHow .*\n\n- `random`: /s);
    assert.match(hover(file.replace("balanced", "bal¦anced")) ?? "", /^\*\*balanced\*\*\n\nAs many/);
    assert.match(hover(file.replace("betterThan", "better¦Than")) ?? "", /decisive/);
    assert.match(hover(file.replace("{{ answer }}", "{{ an¦swer }}")) ?? "", /answer stands/);
    assert.match(hover(file.replace("[accuracy", "[acc¦uracy")) ?? "", /Share of right answers/);
    assert.equal(hover(file.replace("few-shot", "few¦-shot")), undefined);
  });
});

describe("the outline of a comparison file", () => {
  const flat = (nodes: readonly OutlineNode[], depth = 0): string[] =>
    nodes.flatMap(({ kind, name, detail, children }) => [
      `${"  ".repeat(depth)}${kind} ${name}${depth === 1 && detail ? ` (${detail})` : ""}`,
      ...(depth < 1 ? flat(children, depth + 1) : []),
    ]);

  it("has data, arms and assertions", () => {
    assert.deepEqual(flat(outlineOf(readComparisonText(file))), [
      ...["section data", "  property file (reviews.jsonl)", "  property task (classification)", "  section columns"],
      ...["  section labels", "section metrics"],
      ...["section arms", "  variant few-shot", "  variant LoRA (lora)"],
      ...["section assertions", "  item LoRA atLeast 0.7", "  item LoRA betterThan few-shot"],
    ]);
  });

  it("keeps selections inside of ranges, and counts assertions", () => {
    const check = ({ range, selection, children }: OutlineNode): void => {
      assert.ok(selection.start >= range.start && selection.end <= range.end);
      for (const child of children) check(child);
    };
    for (const node of outlineOf(readComparisonText(file))) check(node);
    const found = assertionsOf(readComparisonText(file));
    assert.equal(found?.count, 2);
    assert.equal(file.slice(found?.range.start, found?.range.end), "assertions");
    assert.equal(assertionsOf(readComparisonText("arms: []")), null);
  });
});

describe("quick fixes in comparison files", () => {
  it("write the key, value, field, arm or column that was probably meant", () => {
    assert.equal(fixed(file.replace("sampler:", "smapler:"), "unrecognized_keys"), file);
    assert.equal(fixed(file.replace("balanced", "balancd"), "invalid_value"), file);
    assert.equal(fixed(file.replace("text: review", "txet: review"), "data.field"), file);
    assert.equal(fixed(file.replace("{{ text }}", "{{ txet }}"), "template.unknownVariable"), file);
    assert.equal(fixed(file.replace("betterThan: few-shot", "betterThan: few-shto"), "assertion.arm"), file);
    assert.equal(
      fixed(file.replace("name: LoRA", "name: few-shot"), "arm.name"),
      file.replace("name: LoRA", "name: few-shot 2"),
    );
    const asks = (metrics: string) => file.replace("macroF1]", metrics).replace("atLeast", "metric: brier, atMost");
    assert.equal(fixed(asks("macroF1]"), "metric"), asks("macroF1, brier]"));
    const bare = file.replace(/template: .*/, "template: {{ text }} {{ answer }}");
    assert.match(
      fixed(bare, analyzeComparison(bare).problems[0]?.code ?? "") ?? "",
      /template: '\{\{ text \}\} \{\{ answer \}\}'\n/,
    );
  });

  it("say nothing where nothing is near", () => {
    assert.equal(fixed(file.replace("sampler:", "zzzzzzzz:"), "unrecognized_keys"), undefined);
  });
});
