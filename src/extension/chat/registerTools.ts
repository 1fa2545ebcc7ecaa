/** Lets language models of any extension call ours as tools. */
import * as vscode from "vscode";
import type { Workbench } from "../workbench";
import { signalOf, telling } from "./chatProvider";
import { runPromptFile, type ToolParts, tokenProbabilities } from "./tools";

type Work = (parts: ToolParts, input: unknown, signal: AbortSignal) => Promise<string>;

/** Registers the tools where this VS Code has them. */
export function registerTools(workbench: Workbench): vscode.Disposable {
  const lm: Partial<typeof vscode.lm> | undefined = vscode.lm;
  if (typeof lm?.registerTool !== "function") {
    workbench.log.debug("This VS Code has no language model tools.");
    return new vscode.Disposable(() => undefined);
  }
  const { models, settings, promptParts } = workbench;
  const { host, prompts } = promptParts;
  const parts: ToolParts = { models, settings, host, prompts, readPromptFile };
  return vscode.Disposable.from(
    lm.registerTool("gptWorkbench_tokenProbabilities", tool(parts, tokenProbabilities, scoreQuestion)),
    lm.registerTool("gptWorkbench_runPrompt", tool(parts, runPromptFile, promptQuestion)),
  );
}

function tool(
  parts: ToolParts,
  work: Work,
  question: (input: unknown) => vscode.PreparedToolInvocation,
): vscode.LanguageModelTool<object> {
  return {
    prepareInvocation: ({ input }) => question(input),
    invoke: async ({ input }, token) => {
      const text = await telling(work(parts, input, signalOf(token)));
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    },
  };
}

function scoreQuestion(input: unknown): vscode.PreparedToolInvocation {
  return {
    invocationMessage: vscode.l10n.t("Scoring the tokens…"),
    confirmationMessages: {
      title: vscode.l10n.t("Show token probabilities"),
      message: vscode.l10n.t(
        "Run the local model over {0} characters? Nothing leaves this machine but the answer to who asked.",
        textOf(input, "text").length,
      ),
    },
  };
}

function promptQuestion(input: unknown): vscode.PreparedToolInvocation {
  const file = textOf(input, "promptFile");
  return {
    invocationMessage: vscode.l10n.t("Running {0}", file),
    confirmationMessages: {
      title: vscode.l10n.t("Run a prompt file"),
      message: vscode.l10n.t(
        "Run {0} on {1} characters with the local model? Nothing leaves this machine but the answer to who asked.",
        file,
        textOf(input, "text").length,
      ),
    },
  };
}

/** A model wrote the input. */
function textOf(input: unknown, key: string): string {
  const value: unknown = typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined;
  return typeof value === "string" ? value : "";
}

/** Looks among the workspace's prompt files: a path can lead nowhere else. */
async function readPromptFile(path: string) {
  const name = path.replaceAll("\\", "/").replace(/^\.?\//, "");
  const found = await vscode.workspace.findFiles("**/*.prompt.yaml", "**/node_modules/**");
  const isIt = (uri: vscode.Uri) =>
    uri.scheme === "file" &&
    [vscode.workspace.asRelativePath(uri, false), vscode.workspace.asRelativePath(uri, true)].includes(name);
  const uri = found.find(isIt);
  if (!uri) return null;
  const text = (await vscode.workspace.openTextDocument(uri)).getText();
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  return { path: uri.fsPath, text, ...(root === undefined ? {} : { root }) };
}
