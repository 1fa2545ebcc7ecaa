import * as vscode from "vscode";
import { configSection } from "../config";
import { isOnFor } from "../inlineCompletions/availability";
import { longestSnooze, parseMinutes } from "../inlineCompletions/snooze";
import type { Workbench } from "../workbench";
import type { CommandId } from "./commandIds";

const enabledKey = "inlineCompletions.enabled";
const languagesKey = "inlineCompletions.languages";
const untrustedKey = "inlineCompletions.inUntrustedWorkspaces";

/** Turns inline completions on or off; where the workspace is not trusted, says what that takes. */
export async function toggleInlineCompletions({ messages, settings }: Workbench): Promise<void> {
  const resource = vscode.window.activeTextEditor?.document.uri;
  const resolved = settings.resolve(resource);
  if (resolved.kind === "invalid") {
    messages.problems(resolved.problems);
    return;
  }
  const { enabled, inUntrustedWorkspaces } = resolved.config.inlineCompletions;
  await write(enabledKey, !enabled, resource);
  if (enabled || vscode.workspace.isTrusted || inUntrustedWorkspaces) return;
  const allow: CommandId = "gptWorkbench.allowInlineCompletionsInUntrustedWorkspaces";
  messages.info(vscode.l10n.t("Inline completions stay off here: this workspace is not trusted."), {
    title: vscode.l10n.t("Allow in Untrusted Workspaces"),
    run: () => vscode.commands.executeCommand(allow),
  });
}

/** Turns inline completions on or off for the language of the active editor. */
export async function toggleForLanguage({ messages, settings }: Workbench): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const resolved = settings.resolve(document?.uri);
  if (resolved.kind === "invalid") {
    messages.problems(resolved.problems);
    return;
  }
  if (!document) {
    messages.info(vscode.l10n.t("Open a text file first: there is no active text editor."));
    return;
  }
  const { languages } = resolved.config.inlineCompletions;
  await write(
    languagesKey,
    { ...languages, [document.languageId]: !isOnFor(languages, document.languageId) },
    document.uri,
  );
}

/** Lets inline completions work in workspaces that are not trusted: the user's choice, which no workspace can make. */
export async function allowInUntrustedWorkspaces(): Promise<void> {
  const section = vscode.workspace.getConfiguration(configSection);
  await section.update(untrustedKey, true, vscode.ConfigurationTarget.Global);
}

/** Asks for how long, and pauses inline completions. An argument, in minutes, answers. */
export async function snoozeInlineCompletions({ dialogs, inline }: Workbench, argument?: unknown): Promise<void> {
  const text = typeof argument === "number" ? String(argument) : await askMinutes(dialogs);
  const minutes = text === undefined ? undefined : parseMinutes(text);
  if (minutes !== undefined) inline.snooze.start(minutes);
}

/** Forgets all counts, once the user says so. */
export async function resetStatistics({ dialogs, inline }: Workbench): Promise<void> {
  const sure = await dialogs.confirm({
    message: vscode.l10n.t("Reset the inline completion statistics?"),
    detail: vscode.l10n.t("All counts are forgotten."),
    action: vscode.l10n.t("Reset"),
  });
  if (sure) await inline.statistics.reset();
}

/** Called by the editor when a suggestion was accepted. */
export async function acceptInlineCompletion({ inline }: Workbench, argument: unknown): Promise<void> {
  if (typeof argument === "number") await inline.statistics.accepted(argument);
}

function askMinutes(dialogs: Workbench["dialogs"]): Promise<string | undefined> {
  return dialogs.input({
    title: vscode.l10n.t("Snooze Inline Completions"),
    prompt: vscode.l10n.t("For how many minutes?"),
    value: "15",
    problem: (text) =>
      parseMinutes(text) === undefined ? vscode.l10n.t("A whole number from {0} to {1}.", 1, longestSnooze) : undefined,
  });
}

/** Writes a setting where its present value stands: in the workspace if it counts there, else for the user. */
async function write(key: string, value: unknown, resource: vscode.Uri | undefined): Promise<void> {
  const section = vscode.workspace.getConfiguration(configSection, resource ?? null);
  const { workspaceFolderValue, workspaceValue } = section.inspect(key) ?? {};
  const target =
    workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await section.update(key, value, vscode.workspace.isTrusted ? target : vscode.ConfigurationTarget.Global);
}
