import assert from "node:assert/strict";
import { parseConfig, settingKeys } from "../../../src/extension/config";

const good: Readonly<Record<string, unknown>> = {
  model: "",
  device: "auto",
  modelDevices: {},
  contextLength: 0,
  "generation.maxNewTokens": 64,
  "generation.temperature": 0.8,
  "generation.topK": 40,
  "generation.topP": 1,
  "generation.minP": 0.05,
  "generation.repetitionPenalty": 1.1,
  "generation.frequencyPenalty": -1,
  "generation.presencePenalty": 2,
  "generation.seed": 0,
  "generation.stop": ["\n\n"],
  "inspector.topAlternatives": 10,
  "hub.endpoint": "https://huggingface.co",
  "models.folder": "",
  "inlineCompletions.enabled": true,
  "inlineCompletions.languages": { "*": true, markdown: false },
  "inlineCompletions.minConfidence": 0.4,
  "inlineCompletions.debounceMs": 75,
  "inlineCompletions.maxNewTokens": 48,
  "inlineCompletions.candidates": 3,
  "inlineCompletions.notebooks": false,
  "inlineCompletions.inUntrustedWorkspaces": false,
  "surprisal.scale": "continuous",
  "surprisal.overviewRuler": true,
};

function parse(changes: Readonly<Record<string, unknown>> = {}) {
  const values: Readonly<Record<string, unknown>> = { ...good, ...changes };
  return parseConfig((key) => values[key]);
}

function problemsOf(changes: Readonly<Record<string, unknown>>) {
  const result = parse(changes);
  assert.equal(result.kind, "invalid");
  return result.kind === "invalid" ? result.problems : [];
}

describe("config", () => {
  it("groups the settings", () => {
    assert.deepEqual(parse(), {
      kind: "ok",
      config: {
        model: "",
        device: "auto",
        modelDevices: {},
        contextLength: 0,
        generation: {
          maxNewTokens: 64,
          temperature: 0.8,
          topK: 40,
          topP: 1,
          minP: 0.05,
          repetitionPenalty: 1.1,
          frequencyPenalty: -1,
          presencePenalty: 2,
          seed: 0,
          stop: ["\n\n"],
        },
        topAlternatives: 10,
        hubEndpoint: "https://huggingface.co",
        modelsFolder: "",
        inlineCompletions: {
          enabled: true,
          languages: { "*": true, markdown: false },
          minConfidence: 0.4,
          debounceMs: 75,
          maxNewTokens: 48,
          candidates: 3,
          notebooks: false,
          inUntrustedWorkspaces: false,
        },
        surprisal: { scale: "continuous", overviewRuler: true },
      },
    });
  });

  it("asks for every key once, and only for those it lists", () => {
    const asked: string[] = [];
    parseConfig((key) => {
      asked.push(key);
      return good[key];
    });
    assert.deepEqual(asked, [...settingKeys]);
    assert.deepEqual(asked, Object.keys(good));
  });

  const bad: readonly (readonly [key: string, value: unknown])[] = [
    ["model", 3],
    ["model", null],
    ["device", "gpu"],
    ["modelDevices", { gpt2: "gpu" }],
    ["modelDevices", ["cpu"]],
    ["contextLength", 1],
    ["contextLength", 64.5],
    ["generation.maxNewTokens", 0],
    ["generation.maxNewTokens", 1.5],
    ["generation.maxNewTokens", "64"],
    ["generation.temperature", -0.1],
    ["generation.temperature", Number.NaN],
    ["generation.topK", -1],
    ["generation.topP", 0],
    ["generation.topP", 1.01],
    ["generation.minP", 1.5],
    ["generation.repetitionPenalty", 0],
    ["generation.frequencyPenalty", 101],
    ["generation.presencePenalty", "1"],
    ["generation.seed", 2 ** 32],
    ["generation.stop", ["a", ""]],
    ["generation.stop", "a"],
    ["generation.stop", Array.from({ length: 17 }, () => "a")],
    ["inspector.topAlternatives", 101],
    ["inspector.topAlternatives", undefined],
    ["hub.endpoint", ""],
    ["hub.endpoint", "huggingface.co"],
    ["hub.endpoint", "http://huggingface.co"],
    ["hub.endpoint", "http://127.0.0.1.example.org"],
    ["hub.endpoint", "file:///etc"],
    ["hub.endpoint", "https://user:secret@hub.example"],
    ["hub.endpoint", "https://hub.example?x=1"],
    ["models.folder", 3],
    ["inlineCompletions.enabled", "on"],
    ["inlineCompletions.languages", { markdown: "off" }],
    ["inlineCompletions.languages", []],
    ["inlineCompletions.minConfidence", 1.5],
    ["inlineCompletions.debounceMs", -1],
    ["inlineCompletions.maxNewTokens", 0],
    ["inlineCompletions.candidates", 11],
    ["inlineCompletions.notebooks", null],
    ["inlineCompletions.inUntrustedWorkspaces", 1],
    ["surprisal.scale", "rainbow"],
    ["surprisal.overviewRuler", "yes"],
  ];
  for (const [key, value] of bad) {
    it(`refuses ${key} = ${JSON.stringify(value)}, naming the setting and the value`, () => {
      const problems = problemsOf({ [key]: value });
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.key, `gptWorkbench.${key}`);
      const found = value === undefined ? "missing" : JSON.stringify(value);
      assert.ok(problems[0]?.message.includes(`"gptWorkbench.${key}" must be `), problems[0]?.message);
      assert.ok(problems[0]?.message.endsWith(`it is ${found}.`), problems[0]?.message);
    });
  }

  it("takes a hub by https, or by http on this machine, with or without a slash at the end", () => {
    const endpoints = [
      "https://hub.example/",
      "https://hub.example/base//",
      "http://127.0.0.1:8080",
      "http://localhost",
      "http://[::1]:9/",
    ];
    const taken = endpoints.map((endpoint) => {
      const result = parse({ "hub.endpoint": endpoint });
      return result.kind === "ok" && result.config.hubEndpoint;
    });
    assert.deepEqual(
      taken,
      endpoints.map((endpoint) => endpoint.replace(/\/+$/, "")),
    );
  });

  it("names every wrong setting, each once", () => {
    const problems = problemsOf({ device: "gpu", "generation.stop": ["", ""], "generation.seed": -1 });
    assert.deepEqual(
      problems.map(({ key }) => key),
      ["gptWorkbench.device", "gptWorkbench.generation.seed", "gptWorkbench.generation.stop"],
    );
  });
});
