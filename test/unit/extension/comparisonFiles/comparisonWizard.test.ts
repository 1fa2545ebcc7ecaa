import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askComparison, type WizardParts } from "../../../../src/extension/comparisonFiles/comparisonWizard";
import { type ArmKind, usualArms } from "../../../../src/extension/comparisonFiles/newComparisonFile";
import type { Answer } from "../../../../src/extension/comparisonFiles/steps";
import { writeNewFile } from "../../../../src/extension/comparisonFiles/writeNewFile";
import { invalidDataset } from "../../../../src/runtime/errors";
import type { TrainingDataGuess, TrainingDataPreview } from "../../../../src/runtime/trainingDataProtocol";

const path = "/projects/space/reviews.jsonl";
const guess: TrainingDataGuess = {
  columns: ["review", "stars"],
  data: { path, task: "classification", columns: { text: "review", label: "stars" }, labels: {} },
  missing: [],
  labelValues: ["1", "0"],
};
const preview: TrainingDataPreview = {
  columns: guess.columns,
  items: [{ line: 1, split: "train", fields: { text: "A warm coat.", label: "1" } }],
  labels: ["0", "1"],
  splits: [
    { name: "train", items: 200, byLabel: [100, 100] },
    { name: "dev", items: 50, byLabel: [25, 25] },
    { name: "test", items: 50, byLabel: [25, 25] },
  ],
  ...{ duplicates: { count: 0, examples: [] }, leaked: { count: 0, examples: [] } },
  ...{ contradictions: { count: 0, examples: [] }, tokens: null, warnings: [], sha256: {} },
};

/** What the user does with a question: Enter, a choice by its label, a text, Back, Escape. */
type Act = "enter" | "back" | "escape" | { readonly choose: string | readonly string[] } | { readonly type: string };

/** Parts whose user acts as told, and what was asked. */
function userWho(acts: readonly Act[], own: Partial<WizardParts> = {}) {
  const asked: {
    readonly hint: string;
    readonly step: number;
    readonly labels: readonly string[];
    readonly details: string;
  }[] = [];
  const left = [...acts];
  const act = (hint: string, step: number, labels: readonly string[] = [], details = ""): Act => {
    asked.push({ hint, step, labels, details });
    return left.shift() ?? assert.fail(`asked too much: ${hint} ${labels.join(", ")}`);
  };
  const turned = (done: Act): Answer<never> | null =>
    done === "back" ? { kind: "back" } : done === "escape" ? { kind: "stop" } : null;
  const parts: WizardParts = {
    ask: {
      pick: async ({ hint, step }, choices, active = 0) => {
        const done = act(
          hint,
          step,
          choices.map(({ label }) => label),
          choices.map(({ detail }) => detail ?? "").join("|"),
        );
        const chosen =
          typeof done === "object" && "choose" in done
            ? choices.find(({ label }) => label === done.choose)
            : choices[active];
        return turned(done) ?? { kind: "answer", value: (chosen ?? assert.fail(`no ${JSON.stringify(done)}`)).value };
      },
      pickMany: async ({ hint, step }, choices) => {
        const done = act(
          hint,
          step,
          choices.map(({ label }) => label),
        );
        const labels = typeof done === "object" && "choose" in done ? done.choose : null;
        const chosen = choices.filter(({ label, picked }) => (labels === null ? picked : labels.includes(label)));
        return turned(done) ?? { kind: "answer", value: chosen.map(({ value }) => value) };
      },
      input: async ({ hint, step }, value, problem) => {
        const done = act(hint, step);
        const typed = typeof done === "object" && "type" in done ? done.type : value;
        const wrong = problem(typed);
        if (wrong !== undefined) asked.push({ hint: wrong, step, labels: [], details: "" });
        return turned(done) ?? { kind: "answer", value: typed };
      },
    },
    guess: async () => guess,
    preview: async () => preview,
    files: async () => [{ label: "reviews.jsonl", value: path }],
    otherFile: async () => undefined,
    models: async () => ["gpt2"],
    usualModel: "starter",
    ...own,
  };
  return { parts, asked, left };
}

describe("asking what to compare", () => {
  it("takes Enter for an answer every time", async () => {
    const names: Act[] = ["enter", { type: "negative" }, { type: "positive" }];
    const { parts, asked, left } = userWho(["enter", "enter", ...names, "enter", "enter", "enter"]);
    const said = await askComparison(parts, undefined);
    assert.deepEqual(left, []);
    assert.equal(said?.path, path);
    assert.equal(said?.task, "classification");
    assert.deepEqual(said?.columns, { text: "review", label: "stars" });
    assert.deepEqual(said?.labels, { "0": "negative", "1": "positive" });
    assert.equal(said?.model, undefined);
    assert.deepEqual(said?.arms, usualArms("classification"));
    assert.equal(said?.budget, 128);
    // The preview is seen before anything is decided.
    assert.match(asked[1]?.details ?? "", /300 items · 0, 1 · “A warm coat\. \| 1”/);
  });

  it("keeps names that speak, and asks for nothing that was said", async () => {
    const speaking = { ...preview, labels: ["bad", "good"] };
    const acts: Act[] = ["enter", "enter", { choose: "gpt2" }, { choose: ["zero-shot"] }];
    const { parts, left } = userWho(acts, { preview: async () => speaking });
    const said = await askComparison(parts, path);
    assert.deepEqual([said?.labels, said?.model], [{ bad: "bad", good: "good" }, "gpt2"]);
    // Zero-shot needs no labels: nobody asks how many.
    assert.deepEqual(left, []);
    assert.equal(said?.budget, null);
  });

  it("goes back, question by question, and forgets what was said there", async () => {
    const acts: Act[] = [
      ...(["enter", { choose: "Keep the labels' names" }, { choose: "gpt2" }, "back", "back"] as const),
      ...([{ choose: "Keep the labels' names" }, "enter", "enter", { choose: "All labels" }] as const),
    ];
    const { parts, asked, left } = userWho(acts);
    const said = await askComparison(parts, path);
    assert.deepEqual(left, []);
    assert.equal(said?.model, undefined);
    assert.equal(said?.budget, null);
    assert.deepEqual(
      asked.map(({ step }) => step),
      [1, 2, 3, 4, 3, 2, 3, 4, 5],
    );
  });

  it("stops at Escape, wherever that is", async () => {
    for (let at = 0; at < 6; at++) {
      const acts: Act[] = ["enter", "enter", { choose: "Keep the labels' names" }, "enter", "enter", "enter"];
      const { parts } = userWho([...acts.slice(0, at), "escape"]);
      assert.equal(await askComparison(parts, undefined), undefined);
    }
  });

  it("asks for columns of another task, with those that are guessed first, and again where they do not read", async () => {
    let tries = 0;
    const acts: Act[] = [
      ...([{ choose: "Similarity…" }, "enter", "back", "enter", { choose: "stars" }, { choose: "other" }] as const),
      ...(["enter", "enter", "enter", { choose: "other" }] as const),
      ...([{ choose: "Keep the labels' names" }, "enter", "enter", "enter"] as const),
    ];
    const { parts, asked, left } = userWho(acts, {
      guess: async () => ({ ...guess, columns: ["review", "stars", "other"] }),
      preview: async ({ task }) => {
        if (task === "similarity" && ++tries === 1) throw invalidDataset("reviews.jsonl", 3, "The row has no label.");
        return preview;
      },
    });
    const said = await askComparison(parts, path);
    assert.deepEqual(left, []);
    assert.equal(said?.task, "similarity");
    assert.deepEqual(said?.columns, { text_a: "review", text_b: "stars", label: "other" });
    assert.ok(asked.some(({ hint }) => hint.includes("The row has no label.")));
  });

  it("says why data cannot be read as guessed, and goes on with texts that are written", async () => {
    const acts: Act[] = [{ choose: "Texts that are written…" }, { choose: "stars" }, "enter", "enter", "enter"];
    const { parts, asked, left } = userWho(acts, {
      preview: async () => {
        throw invalidDataset("reviews.jsonl", 3, "The row has no label.");
      },
    });
    const said = await askComparison(parts, path);
    assert.deepEqual(left, []);
    assert.match(asked[0]?.hint ?? "", /The row has no label/);
    assert.deepEqual([said?.task, said?.columns, said?.preview], ["generation", { answer: "stars" }, null]);
    assert.deepEqual(said?.arms, ["zeroShot", "fewShot"] satisfies ArmKind[]);
  });

  it("refuses one name for two labels", async () => {
    const acts: Act[] = ["enter", "enter", { type: "same" }, { type: "same" }, "escape"];
    const { parts, asked } = userWho(acts);
    await askComparison(parts, path);
    assert.ok(asked.some(({ hint }) => hint.startsWith("Another label has this name")));
  });
});

describe("a file that is new", () => {
  it("is written whole, and never over another", async () => {
    const folder = mkdtempSync(join(tmpdir(), "new-"));
    try {
      writeFileSync(join(folder, "a.compare.yaml"), "mine");
      const stem = join(folder, "a");
      assert.equal(await writeNewFile(stem, ".compare.yaml", "one"), join(folder, "a-2.compare.yaml"));
      assert.equal(await writeNewFile(stem, ".compare.yaml", "two"), join(folder, "a-3.compare.yaml"));
      const texts = readdirSync(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name), "utf8"));
      assert.deepEqual(texts, ["one", "two", "mine"]);
      await assert.rejects(writeNewFile(join(folder, "none", "a"), ".compare.yaml", ""), /ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
