import assert from "node:assert/strict";
import { measureSensitivity, sensitivityAxes } from "../../../../../src/extension/commands/prompts/measureSensitivity";
import type { PlainOptions } from "../../../../../src/extension/promptLab/promptClient";
import { CancelledError, invalidRequest, runtimeExited } from "../../../../../src/runtime/errors";
import { readPromptText } from "../../../../../src/runtime/prompt/promptText";
import type { Sensitivity, SensitivityParams } from "../../../../../src/runtime/promptProtocol";
import { fakeWorkbench, type UserAnswers } from "../../models";
import { answering, sentiment } from "./support";

const result: Sensitivity = {
  ...{ axis: "order", metric: "accuracy", items: 1, exhaustive: true, arms: [], influence: [] },
  ...{ best: 1, worst: 0, mean: 0.5, sd: 0.7, elapsedMs: 10 },
};

function promptOf(text: string) {
  const file = readPromptText(text).file ?? assert.fail();
  return { source: { path: "/a.prompt.yaml", text }, file, name: "a.prompt.yaml" };
}

/** Runs the command for a user who answers as told. */
async function measured(
  user: UserAnswers,
  { text = sentiment, variant = "plain", failure }: { text?: string; variant?: string; failure?: Error } = {},
) {
  const { workbench, seen } = fakeWorkbench({}, user);
  const asked: SensitivityParams[] = [];
  const shown: { name: string; text: string }[] = [];
  const parts = {
    messages: workbench.messages,
    dialogs: workbench.dialogs,
    prompts: {
      sensitivity: async (params: SensitivityParams, { signal, onProgress }: PlainOptions = {}) => {
        asked.push(params);
        if (signal?.aborted) throw new CancelledError();
        if (failure) throw failure;
        onProgress?.({ stage: "answering", done: 1, total: 2 });
        return { ...result, axis: params.axis };
      },
    },
    host: { model: async () => ({ folder: "/models/gpt2", device: "cpu" as const }) },
    show: async (name: string, content: string) => void shown.push({ name, text: content }),
  };
  await measureSensitivity(parts, promptOf(text), variant);
  return { seen, asked, shown };
}

describe("measureSensitivity", () => {
  it("asks for the axis and the number of arrangements, and shows the result", async () => {
    const { seen, asked, shown } = await measured({ choices: ["Order of demonstrations"], inputs: [" 6 "] });
    assert.deepEqual(seen.choices[0]?.labels, ["Order of demonstrations", "Label words", "Template"]);
    assert.equal(seen.inputs[0]?.value, "24");
    const { model, axis, samples, seed, variant } = asked[0] ?? assert.fail();
    assert.deepEqual(
      { model, axis, samples, seed, variant },
      { model: { folder: "/models/gpt2", device: "cpu" }, axis: "order", samples: 6, seed: 0, variant: "plain" },
    );
    assert.deepEqual(seen.progress[0]?.reports, [{ stage: "answering", done: 1, total: 2 }]);
    assert.equal(shown[0]?.name, "a.prompt.yaml · plain · Order of demonstrations");
    assert.match(shown[0]?.text ?? "", /\*\*Model:\*\* gpt2$/m);
    assert.deepEqual(seen.told, []);
  });

  it("compares all variants without asking how many", async () => {
    const { asked, shown } = await measured({ choices: ["Template"] });
    assert.deepEqual([asked[0]?.axis, asked[0]?.samples, asked[0] && "variant" in asked[0]], ["template", 2, false]);
    assert.equal(shown[0]?.name, "a.prompt.yaml · Template");
  });

  it("takes whole numbers from 2 to 1000", async () => {
    const { seen, asked } = await measured({ choices: ["Label words"], inputs: [undefined] });
    const problem = seen.inputs[0]?.problem ?? assert.fail();
    for (const wrong of ["", "1", "1001", "-5", "2.5", "1e2", "many", "99999"]) assert.ok(problem(wrong), wrong);
    for (const right of ["2", " 24 ", "1000"]) assert.equal(problem(right), undefined, right);
    assert.deepEqual(asked, [], "nothing is measured when the question is dismissed");
    assert.deepEqual((await measured({ choices: [undefined] })).asked, []);
  });

  it("says what a variant lacks that has nothing to vary", async () => {
    const { seen, asked } = await measured({}, { text: answering, variant: "only" });
    assert.match(seen.told[0]?.text ?? "", /"only" has nothing to vary/);
    assert.deepEqual(asked, []);
  });

  it("tells a failure, and nothing when it was cancelled or the crash has its own message", async () => {
    const user = { choices: ["Template"] };
    const wrong = await measured(user, { failure: invalidRequest("there is no answer to measure", "Add some.") });
    assert.match(wrong.seen.told[0]?.text ?? "", /there is no answer to measure.* Add some\./);
    const cancelled = await measured({ ...user, cancels: 0 });
    const crashed = await measured(user, { failure: runtimeExited("signal SIGKILL") });
    for (const { seen, shown } of [cancelled, crashed]) assert.deepEqual([seen.told, shown], [[], []]);
    assert.deepEqual(wrong.shown, []);
  });
});

describe("sensitivityAxes", () => {
  const axes = (text: string, variant: string) => sensitivityAxes(promptOf(text).file, variant);
  const file = (demonstrations: string) =>
    `task: completion\ndemonstrations: ${demonstrations}\nvariants: [{ name: a, template: "{{ text }} {{ answer }}" }]\n`;
  const three = "[{ text: a, answer: b }, { text: c, answer: d }, { text: e, answer: f }]";

  it("are those with more than one arrangement", () => {
    assert.deepEqual(axes(file(`{ k: 2, from: ${three} }`), "a"), ["order", "demonstrations"]);
    assert.deepEqual(axes(file(`{ k: 1, from: ${three} }`), "a"), ["demonstrations"]);
    assert.deepEqual(axes(file(`{ k: 9, from: ${three} }`), "a"), ["order"]);
    assert.deepEqual(axes(file(`{ k: 0, from: ${three} }`), "a"), []);
    assert.deepEqual(axes(file("{ k: 2, from: { file: d.jsonl } }"), "a"), ["order", "demonstrations"]);
    assert.deepEqual(axes(sentiment, "short"), ["order", "labelWords", "template"]);
    assert.deepEqual(axes(sentiment, "gone"), []);
  });
});
