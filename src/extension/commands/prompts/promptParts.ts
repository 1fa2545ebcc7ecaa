/** What the commands that run prompt files on a selection work with. Knows nothing of VS Code. */
import type { PromptFile } from "../../../runtime/prompt/promptFile";
import type { TextRange } from "../../../runtime/prompt/promptText";
import type { PromptOverrides, PromptSource } from "../../../runtime/promptProtocol";
import type { Dialogs } from "../../dialogs";
import type { Memory } from "../../inlineCompletions/statisticsStore";
import type { Messages } from "../../messages";
import type { PromptClient } from "../../promptLab/promptClient";
import type { LabHost, PromptLab } from "../../promptLab/promptLab";

/** A prompt file that can be chosen. */
export interface PromptEntry {
  /** Absolute path. */
  readonly path: string;
  readonly name: string;
  /** The folder that it lies in, as the workspace names it; empty at the top. */
  readonly folder: string;
}

/** Prompt files, as the window has them. */
export interface PromptFiles {
  /** Those of the workspace, by path. */
  list(): Promise<readonly PromptEntry[]>;
  /** A file with the text that its editor has; null when it is gone. */
  read(path: string): Promise<PromptSource | null>;
  /** Opens a file, with a range of its text selected. */
  show(path: string, range?: TextRange): Promise<void>;
  /** Lets the user make one. */
  create(): Promise<void>;
}

/** What these commands work with. */
export interface PromptParts {
  readonly messages: Pick<Messages, "info" | "error">;
  readonly dialogs: Pick<Dialogs, "input" | "choose" | "confirm" | "withProgress">;
  readonly files: PromptFiles;
  readonly prompts: Pick<PromptClient, "preview" | "run">;
  readonly promptLab: Pick<PromptLab, "run" | "stop">;
  readonly host: Pick<LabHost, "model" | "folders">;
  /** Of the workspace. */
  readonly memory: Memory;
}

/** A prompt file that was chosen, without errors. */
export interface ChosenPrompt {
  readonly source: PromptSource;
  readonly file: PromptFile;
  readonly name: string;
}

/** A prompt file that is to be run on a selection. */
export interface SelectionRun extends ChosenPrompt {
  readonly overrides: PromptOverrides;
}
