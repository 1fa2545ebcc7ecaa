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
] as const;

/** A command of the extension. */
export type CommandId = (typeof commandIds)[number];
