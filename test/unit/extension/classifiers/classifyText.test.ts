import assert from "node:assert/strict";
import { allText } from "../../../../src/extension/classifiers/classificationText";
import type { ClassifierParts, ListedClassifier } from "../../../../src/extension/classifiers/classifierParts";
import { classifyText } from "../../../../src/extension/classifiers/classifyText";
import { invalidRequest } from "../../../../src/runtime/errors";
import type { Classification, ClassifyParams } from "../../../../src/runtime/trainingProtocol";
import { fakeWorkbench, type UserAnswers } from "../models";

const sentiment: ListedClassifier = {
  name: "films",
  folder: "/films",
  task: "classification",
  labels: ["bad", "good"],
};
const pairs: ListedClassifier = { name: "pairs", folder: "/pairs", task: "entailment", labels: ["no", "yes"] };
const stories: ListedClassifier = { name: "stories", folder: "/stories", task: "multipleChoice", labels: [] };

const found: Classification = {
  labels: [
    { label: "good", probability: 0.97 },
    { label: "bad", probability: 0.03 },
  ],
  tokens: 7,
  truncated: false,
};

function setUp(user: UserAnswers, list: readonly ListedClassifier[] = [sentiment, pairs, stories], fail?: Error) {
  const { workbench, seen } = fakeWorkbench({}, user);
  const asked: { folder: string; items: ClassifyParams["items"] }[] = [];
  const memory = new Map<string, unknown>();
  let byPrompt = 0;
  const parts: ClassifierParts = {
    messages: workbench.messages,
    dialogs: workbench.dialogs,
    memory: { get: (key) => memory.get(key), update: async (key, value) => void memory.set(key, value) },
    list: async () => list,
    classify: async ({ folder }, items) => {
      asked.push({ folder, items });
      if (fail) throw fail;
      return [found];
    },
  };
  const run = () =>
    classifyText(parts, "A film.\n", async () => {
      byPrompt++;
    });
  return { run, seen, asked, memory, byPrompt: () => byPrompt };
}

describe("classifyText", () => {
  it("shows the probabilities of all labels", async () => {
    const { run, seen, asked, memory } = setUp({ choices: ["$(tag) films", undefined] });
    await run();
    assert.deepEqual(asked, [{ folder: "/films", items: [{ text: "A film." }] }]);
    assert.deepEqual(seen.choices[0]?.labels, [
      "$(tag) films",
      "$(tag) pairs",
      "$(tag) stories",
      "$(list-selection) By a Prompt File…",
    ]);
    assert.deepEqual(seen.choices[1]?.labels, ["$(check) good 97.0 %", "bad 3.0 %"]);
    assert.deepEqual([...memory.values()], ["/films"]);
  });

  it("goes by label words where there is no classifier, or that is chosen", async () => {
    const none = setUp({}, []);
    await none.run();
    assert.deepEqual([none.byPrompt(), none.seen.choices.length], [1, 0]);
    const chosen = setUp({ choices: ["$(list-selection) By a Prompt File…"] });
    await chosen.run();
    assert.deepEqual([chosen.byPrompt(), chosen.asked.length], [1, 0]);
    const dismissed = setUp({ choices: [undefined] });
    await dismissed.run();
    assert.deepEqual([dismissed.byPrompt(), dismissed.asked.length], [0, 0]);
  });

  it("asks for the other fields of its task", async () => {
    const pair = setUp({ choices: ["$(tag) pairs", undefined], inputs: ["It is good."] });
    await pair.run();
    assert.deepEqual(pair.asked[0]?.items, [{ premise: "A film.", hypothesis: "It is good." }]);
    const story = setUp({ choices: ["$(tag) stories", undefined], inputs: ["it ended | it began"] });
    await story.run();
    assert.deepEqual(story.asked[0]?.items, [{ context: "A film.", choices: ["it ended", "it began"] }]);
  });

  it("tells why it failed", async () => {
    const { run, seen } = setUp({ choices: ["$(tag) films"] }, [sentiment], invalidRequest("no room"));
    await run();
    assert.match(seen.told[0]?.text ?? "", /no room/);
  });
});

describe("allText", () => {
  it("says the best label first, then the others, and whether the text was cut", () => {
    assert.equal(allText(found), "good 97.0 % (bad 3.0 %)");
    assert.equal(allText({ ...found, truncated: true }), "good 97.0 % (bad 3.0 %; the text was too long and was cut)");
    const many = Array.from({ length: 12 }, (_, i) => ({ label: `l${i}`, probability: i === 0 ? 1 : 0.0001 }));
    assert.match(allText({ ...found, labels: many }), /^l0 100\.0 % \(l1 < 0\.1 %, .*l9 < 0\.1 %, …\)$/);
  });
});
