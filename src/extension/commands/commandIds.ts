/** Every command of the extension, as named in package.json. */
export const commandIds = [
  "gptWorkbench.completeSelection",
  "gptWorkbench.showTokenProbabilities",
  "gptWorkbench.stopCompletion",
  "gptWorkbench.selectModelFolder",
  "gptWorkbench.showDevices",
  "gptWorkbench.restartRuntime",
  "gptWorkbench.showLog",
  "gptWorkbench.showStatusMenu",
  "gptWorkbench.openSample",
  "gptWorkbench.loadModel",
  "gptWorkbench.unloadModel",
  "gptWorkbench.revealModel",
  "gptWorkbench.deleteModel",
  "gptWorkbench.showModelDetails",
  "gptWorkbench.addModel",
  "gptWorkbench.downloadModel",
  "gptWorkbench.quantizeModel",
  "gptWorkbench.setHubToken",
  "gptWorkbench.clearHubToken",
  "gptWorkbench.refreshModels",
  "gptWorkbench.toggleInlineCompletions",
  "gptWorkbench.toggleInlineCompletionsForLanguage",
  "gptWorkbench.allowInlineCompletionsInUntrustedWorkspaces",
  "gptWorkbench.snoozeInlineCompletions",
  "gptWorkbench.resumeInlineCompletions",
  "gptWorkbench.showInlineCompletionStatistics",
  "gptWorkbench.resetInlineCompletionStatistics",
  "gptWorkbench.acceptInlineCompletion",
] as const;

/** A command of the extension. */
export type CommandId = (typeof commandIds)[number];
