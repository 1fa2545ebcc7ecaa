/** Offers the models to VS Code's own chat, and to other extensions. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import { errorText } from "../errorText";
import type { Workbench } from "../workbench";
import { type ChatModel, ChatModels } from "./chatModels";

/** The vendor, as package.json names it. */
const vendor = "gpt-workbench";

/** Registers the provider where this VS Code has one. */
export function registerChatProvider(workbench: Workbench, memory: vscode.Memento): vscode.Disposable {
  // Older ones, and builds without AI, do not have it whatever the types say.
  const lm: Partial<typeof vscode.lm> | undefined = vscode.lm;
  if (typeof lm?.registerLanguageModelChatProvider !== "function") {
    workbench.log.debug("This VS Code has no language model chat providers.");
    return new vscode.Disposable(() => undefined);
  }
  const { models, modelStore, settings, runtime } = workbench;
  const running = () => runtime.state.kind === "ready";
  const chat = new ChatModels({ models, modelStore, settings, running, memory, home: homedir() });
  const changed = new vscode.EventEmitter<void>();
  return vscode.Disposable.from(
    changed,
    vscode.Disposable.from(modelStore.onDidChange(() => changed.fire())),
    vscode.Disposable.from(settings.onDidChange(() => changed.fire())),
    lm.registerLanguageModelChatProvider(vendor, provider(chat, changed.event)),
  );
}

function provider(
  chat: ChatModels,
  onDidChangeLanguageModelChatInformation: vscode.Event<void>,
): vscode.LanguageModelChatProvider<ChatModel> {
  return {
    onDidChangeLanguageModelChatInformation,
    provideLanguageModelChatInformation: async ({ silent }) => [...(await telling(chat.list(silent)))],
    provideLanguageModelChatResponse: (model, messages, { modelOptions }, progress, token) => {
      const onText = (text: string) => progress.report(new vscode.LanguageModelTextPart(text));
      return telling(chat.answer(model, messages, { options: modelOptions, signal: signalOf(token), onText }));
    },
    provideTokenCount: (model, text, token) => telling(chat.count(model, text, signalOf(token))),
  };
}

/** Aborts with the token. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** Failures as VS Code wants them: stopped is its own error, others say their remedy. */
export async function telling<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CancelledError) throw new vscode.CancellationError();
    throw new Error(errorText(toErrorInfo(error)), { cause: error });
  }
}
