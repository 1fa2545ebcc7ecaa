import * as vscode from "vscode";
import { toErrorInfo } from "../../runtime/errors";
import { comparisonHandlers } from "../comparison/comparisonCommands";
import { compareMethods } from "../comparisonFiles/compareMethods";
import { errorText } from "../errorText";
import { historyHandlers } from "../history/historyCommands";
import { trainingHandlers } from "../training/trainingCommands";
import type { Workbench } from "../workbench";
import { addModel } from "./addModel";
import { classifyLines, clearClassifications } from "./classifyLines";
import { type CommandId, commandIds } from "./commandIds";
import { compareWith } from "./compareWith";
import { completeSelection } from "./completeSelection";
import { deleteModel } from "./deleteModel";
import { downloadModel } from "./downloadModel";
import { clearHubToken, setHubToken } from "./hubToken";
import {
  acceptInlineCompletion,
  allowInUntrustedWorkspaces,
  resetStatistics,
  snoozeInlineCompletions,
  toggleForLanguage,
  toggleInlineCompletions,
} from "./inlineCompletions";
import { loadModel, unloadModel } from "./loadModel";
import { folderOf, onModel } from "./onModel";
import { openSample } from "./openSample";
import { interopHandlers } from "./prompts/interopHandlers";
import { newPromptFile } from "./prompts/newPromptFile";
import { promptHandlers } from "./prompts/promptCommands";
import { compareVariants, inspectVariant, measureVariant, runVariant } from "./prompts/promptVariants";
import { quantizeModel } from "./quantizeModel";
import { replaceToken } from "./replaceToken";
import { restartRuntime } from "./restartRuntime";
import { revealModel } from "./revealModel";
import { selectModelFolder } from "./selectModelFolder";
import { getCuda, showDevices } from "./showDevices";
import { showModelDetails } from "./showModelDetails";
import { showStatusMenu } from "./showStatusMenu";
import { showTokenProbabilities } from "./showTokenProbabilities";
import { toggleSurprisal } from "./toggleSurprisal";

/** `more`: what a lens adds; menus add things of their own. */
type Handler = (workbench: Workbench, argument?: unknown, more?: unknown) => unknown;

// Total by type: a command without a handler does not compile.
const handlers: { readonly [K in CommandId]: Handler } = {
  "gptWorkbench.completeSelection": completeSelection,
  "gptWorkbench.showTokenProbabilities": showTokenProbabilities,
  "gptWorkbench.compareTokenProbabilities": compareWith,
  "gptWorkbench.toggleSurprisal": toggleSurprisal,
  "gptWorkbench.replaceToken": replaceToken,
  "gptWorkbench.stopCompletion": ({ runs }) => runs.stop(),
  "gptWorkbench.selectModelFolder": selectModelFolder,
  "gptWorkbench.showDevices": showDevices,
  "gptWorkbench.getCuda": getCuda,
  "gptWorkbench.restartRuntime": restartRuntime,
  "gptWorkbench.showLog": ({ log }) => log.show(),
  "gptWorkbench.showStatusMenu": showStatusMenu,
  "gptWorkbench.openSample": openSample,
  "gptWorkbench.loadModel": onModel(loadModel),
  "gptWorkbench.unloadModel": unloadModel,
  "gptWorkbench.revealModel": onModel(revealModel),
  "gptWorkbench.deleteModel": onModel(deleteModel),
  "gptWorkbench.showModelDetails": onModel(showModelDetails),
  "gptWorkbench.addModel": (workbench, argument) => addModel(workbench, folderOf(argument)),
  "gptWorkbench.downloadModel": downloadModel,
  "gptWorkbench.quantizeModel": onModel(quantizeModel),
  "gptWorkbench.setHubToken": setHubToken,
  "gptWorkbench.clearHubToken": clearHubToken,
  "gptWorkbench.refreshModels": ({ modelStore }) => modelStore.refresh(),
  "gptWorkbench.toggleInlineCompletions": toggleInlineCompletions,
  "gptWorkbench.toggleInlineCompletionsForLanguage": toggleForLanguage,
  "gptWorkbench.allowInlineCompletionsInUntrustedWorkspaces": allowInUntrustedWorkspaces,
  "gptWorkbench.snoozeInlineCompletions": snoozeInlineCompletions,
  "gptWorkbench.resumeInlineCompletions": ({ inline }) => inline.snooze.resume(),
  "gptWorkbench.showInlineCompletionStatistics": ({ reliability }) => reliability.reveal(),
  "gptWorkbench.resetInlineCompletionStatistics": resetStatistics,
  "gptWorkbench.acceptInlineCompletion": acceptInlineCompletion,
  ...promptHandlers,
  ...interopHandlers,
  "gptWorkbench.classifyLines": classifyLines,
  "gptWorkbench.clearClassifications": clearClassifications,
  ...historyHandlers,
  ...trainingHandlers,
  ...comparisonHandlers,
  "gptWorkbench.newPromptFile": newPromptFile,
  "gptWorkbench.compareMethods": compareMethods,
  "gptWorkbench.changeLabel": ({ suspicions }, argument) => suspicions.change(argument),
  "gptWorkbench.keepLabel": ({ suspicions }, argument) => suspicions.keep(argument),
  "gptWorkbench.runVariant": runVariant,
  "gptWorkbench.inspectVariant": inspectVariant,
  "gptWorkbench.compareVariants": compareVariants,
  "gptWorkbench.measureSensitivity": measureVariant,
};

/** Registers every command. A failure none of them foresaw is shown, and its stack logged. */
export function registerCommands(workbench: Workbench): vscode.Disposable {
  return vscode.Disposable.from(
    ...commandIds.map((id) =>
      vscode.commands.registerCommand(id, (argument: unknown, more: unknown) => run(id, workbench, argument, more)),
    ),
  );
}

async function run(id: CommandId, workbench: Workbench, argument: unknown, more: unknown): Promise<void> {
  try {
    await handlers[id](workbench, argument, more);
  } catch (error) {
    workbench.log.error(`${id}: ${error instanceof Error ? error.stack : error}`);
    workbench.messages.error(errorText(toErrorInfo(error)));
  }
}
