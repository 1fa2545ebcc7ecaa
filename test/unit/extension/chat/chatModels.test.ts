import assert from "node:assert/strict";
import { type ChatModel, ChatModels, parseOptions } from "../../../../src/extension/chat/chatModels";
import type { Resolved } from "../../../../src/extension/settings";
import { CancelledError } from "../../../../src/runtime/errors";
import type { GenerateEvent, GenerateParams, GenerateResult } from "../../../../src/runtime/protocol";
import { description, downloaded, fakeWorkbench, gpt2, resolved } from "../models";
import { generatedToken, modelInfo } from "../support";

const { signal } = new AbortController();
const config = { ...resolved.config, generation: { ...resolved.config.generation, maxNewTokens: 100, stop: ["END"] } };
const settings: Resolved = { ...resolved, config, model: { folder: "/store/b2", device: "auto" } };
const user = (value: string) => ({ role: 1, content: [{ value }] });

function fakeChat(
  {
    words = [],
    finishReason = "stop",
    running = true,
    set = settings,
  }: {
    words?: readonly string[];
    finishReason?: GenerateResult["finishReason"];
    running?: boolean;
    set?: Resolved;
  } = {},
  memory = new Map<string, unknown>(),
) {
  const generated: GenerateParams[] = [];
  const bare = {
    ...gpt2,
    id: "c3",
    name: "bare",
    state: { kind: "ready", description: { ...description, hasTokenizer: false } },
  };
  const broken = {
    ...gpt2,
    id: "d4",
    state: { kind: "broken", error: { code: "invalidConfig", message: "x", hint: "" } },
  };
  const answers = {
    "model/details": { description, tensors: [], folder: "/ext/starter" },
    "models/list": [gpt2, downloaded, bare, broken],
    "engine/tokenCount": ({ text }: Record<string, unknown>) => ({ model: modelInfo, tokens: String(text).length }),
    "engine/generate": (params: Record<string, unknown>, { onEvent }: { onEvent?: (event: GenerateEvent) => void }) => {
      generated.push(params as unknown as GenerateParams);
      for (const [i, textDelta] of words.entries()) onEvent?.({ kind: "token", token: generatedToken(i), textDelta });
      return { text: words.join(""), tokens: words.length, finishReason, dropped: 0, elapsedMs: 1, tokensPerSecond: 1 };
    },
  };
  const { workbench, seen } = fakeWorkbench(answers, {}, set);
  const { models, modelStore } = workbench;
  const chat = new ChatModels({
    ...{ models, modelStore, settings: workbench.settings, running: () => running, home: "/home/me" },
    memory: { get: (key) => memory.get(key), update: async (key, value) => void memory.set(key, value) },
  });
  return { chat, seen, generated, memory };
}

async function firstModel(chat: ChatModels): Promise<ChatModel> {
  return (await chat.list(false))[0] ?? assert.fail("no model");
}

describe("ChatModels", () => {
  it("lists models with a tokenizer, that of the settings first; input and output share the context", async () => {
    const { chat } = fakeChat();
    const listed = await chat.list(false);
    assert.deepEqual(
      listed.map(({ folder }) => folder),
      ["/store/b2", "/ext/starter", "/models/gpt2"],
    );
    const [{ maxInputTokens, maxOutputTokens, name, family, capabilities } = assert.fail()] = listed;
    assert.deepEqual([maxInputTokens, maxOutputTokens], [1024 - 100, 100]);
    assert.deepEqual([name, family], ["openai-community/gpt2", "gpt2"]);
    assert.deepEqual(capabilities, { imageInput: false, toolCalling: false });
  });

  it("starts no runtime only because VS Code asks, once the models are known", async () => {
    const { chat, memory } = fakeChat();
    const listed = await chat.list(false);
    const later = fakeChat({ running: false }, memory);
    assert.deepEqual(await later.chat.list(true), listed);
    assert.deepEqual(later.seen.asked, []);
    const unknown = fakeChat({ running: false });
    assert.deepEqual(await unknown.chat.list(true), listed);
    const others: Resolved = { ...settings, model: { folder: "/models/gpt2", device: "auto" } };
    const moved = fakeChat({ running: false, set: others }, memory);
    assert.equal((await moved.chat.list(true))[0]?.folder, "/models/gpt2");
    const damaged = fakeChat({ running: false }, new Map([["gptWorkbench.chatModels", [{ id: 3 }]]]));
    assert.deepEqual(await damaged.chat.list(true), listed);
  });

  it("is silent about wrong settings when it should be, and says them otherwise", async () => {
    const { chat } = fakeChat({ set: { kind: "invalid", problems: ["One is wrong."] } });
    assert.deepEqual(await chat.list(true), []);
    await assert.rejects(chat.list(false), /One is wrong\./);
  });

  it("answers with the text as it comes, trimmed, on the model's folder", async () => {
    const { chat, generated } = fakeChat({ words: [" It", " is", "\n", "so.", "\n"] });
    const texts: string[] = [];
    await chat.answer(await firstModel(chat), [user("Why?")], {
      options: undefined,
      signal,
      onText: (text) => texts.push(text),
    });
    assert.deepEqual(texts, ["It", " is", "\nso."]);
    const [asked] = generated;
    assert.deepEqual(asked?.model, { folder: "/store/b2", device: "auto" });
    assert.equal(asked?.prompt, "User: Why?\n\nAssistant:");
    assert.deepEqual(asked?.config.stop, ["\nSystem:", "\nUser:", "\nAssistant:", "END"]);
    assert.deepEqual([asked?.config.maxNewTokens, asked?.config.contextFull], [100, "stop"]);
  });

  it("takes the caller's options, within the model's limits", async () => {
    const { chat, generated } = fakeChat();
    const options = { temperature: 0.5, max_tokens: 5000, seed: 3, stop: "." };
    await chat.answer(await firstModel(chat), [user("x")], { options, signal, onText: () => undefined });
    const { temperature, maxNewTokens, seed, stop } = generated[0]?.config ?? assert.fail();
    assert.deepEqual([temperature, maxNewTokens, seed, stop.at(-1)], [0.5, 100, 3, "."]);
  });

  it("tells a stopped answer as cancelled", async () => {
    const { chat } = fakeChat({ words: ["a"], finishReason: "cancelled" });
    const model = await firstModel(chat);
    await assert.rejects(
      chat.answer(model, [user("x")], { options: {}, signal, onText: () => undefined }),
      CancelledError,
    );
  });

  it("counts texts as they are, and messages as they stand in a prompt", async () => {
    const { chat, seen } = fakeChat();
    const model = await firstModel(chat);
    assert.equal(await chat.count(model, "four", signal), 4);
    assert.equal(await chat.count(model, user("four"), signal), "User: four".length);
    const asked = seen.asked.length;
    assert.equal(await chat.count(model, "", signal), 0);
    assert.equal(seen.asked.length, asked);
  });
});

describe("parseOptions", () => {
  it("knows OpenAI's names and ours, and leaves out what is neither or out of range", () => {
    assert.deepEqual(parseOptions({ top_p: 0.5, maxTokens: 3, stop: ["a", "b"], other: 1 }), {
      ...{ topP: 0.5, maxNewTokens: 3, stop: ["a", "b"] },
    });
    assert.deepEqual(parseOptions({ temperature: -1, top_p: 2, seed: 1.5, stop: [""], max_tokens: "x" }), {});
    for (const nothing of [undefined, null, 3, "x"]) assert.deepEqual(parseOptions(nothing), {});
  });
});
