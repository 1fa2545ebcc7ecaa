/** The models in VS Code's own chat, and the tools, as other extensions meet them: in the extension host of a real VS Code. */
import assert from "node:assert/strict";
import * as vscode from "vscode";

const settings = () => vscode.workspace.getConfiguration("gptWorkbench");
const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);

/** All text of an answer. */
async function read(response: vscode.LanguageModelChatResponse): Promise<string> {
  let text = "";
  for await (const part of response.text) text += part;
  return text;
}

async function firstModel(): Promise<vscode.LanguageModelChat> {
  const models = await vscode.lm.selectChatModels({ vendor: "gpt-workbench" });
  return models[0] ?? assert.fail("no model is offered");
}

describe("the chat side in the extension host", () => {
  const messages = [vscode.LanguageModelChatMessage.User("export function distance(a, b) {")];
  const greedy = { modelOptions: { temperature: 0, max_tokens: 12 } };

  before(async () => {
    await vscode.extensions.getExtension("gpt-workbench.gpt-workbench")?.activate();
    await set("device", "cpu");
  });
  after(async () => set("device", undefined));

  it("offers the model of the settings, with its limits", async () => {
    const model = await firstModel();
    assert.equal(model.vendor, "gpt-workbench");
    assert.equal(model.family, "gpt2");
    assert.equal(model.maxInputTokens, 512 - 64);
  });

  it("answers a chat with streamed text, the same for the same request", async () => {
    const model = await firstModel();
    const first = await read(await model.sendRequest(messages, greedy));
    assert.ok(first.trim().length > 0);
    assert.equal(first, first.trim());
    assert.doesNotMatch(first, /\n(User|Assistant|System):/);
    assert.equal(await read(await model.sendRequest(messages, greedy)), first);
  });

  it("counts tokens with the model's own tokenizer", async () => {
    const model = await firstModel();
    assert.equal(await model.countTokens(""), 0);
    const [one, two] = [await model.countTokens("distance"), await model.countTokens("distance distance")];
    assert.ok(one >= 1 && two > one);
    assert.ok(
      (await model.countTokens(messages[0] ?? "")) > (await model.countTokens("export function distance(a, b) {")),
    );
  });

  it("stops when the request is cancelled", async () => {
    const model = await firstModel();
    const cancelling = new vscode.CancellationTokenSource();
    await set("generation.maxNewTokens", 250);
    try {
      const long = { modelOptions: { temperature: 1, seed: 1, max_tokens: 250 } };
      const response = await model.sendRequest(messages, long, cancelling.token);
      const reading = (async () => {
        for await (const _ of response.text) cancelling.cancel();
      })();
      await Promise.race([reading.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 30_000))]);
      assert.ok(cancelling.token.isCancellationRequested, "something came before it was stopped");
      await firstModel(); // and the runtime answers
      assert.ok((await model.countTokens("still there")) > 0);
    } finally {
      await set("generation.maxNewTokens", undefined);
    }
  });

  it("lets other extensions score a text as a tool", async () => {
    const name = "gptWorkbench_tokenProbabilities";
    const tool = vscode.lm.tools.find((one) => one.name === name);
    assert.ok(tool?.inputSchema);
    const input = { text: "export function distance(a, b) {\n  return zebra;\n}", mostSurprising: 3 };
    const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    assert.match(part.value, /^Model: starter/);
    assert.match(part.value, /Total: \d+\.\d\d bits; perplexity \d/);
    assert.equal(part.value.match(/^- line \d+, column \d+: /gm)?.length, 3);
  });

  it("tells a caller what is wrong with a call", async () => {
    const input = { promptFile: "none.prompt.yaml", text: "x" };
    const call = vscode.lm.invokeTool("gptWorkbench_runPrompt", { input, toolInvocationToken: undefined });
    await assert.rejects(Promise.resolve(call), /no prompt file none\.prompt\.yaml/);
  });
});
