/** What commands ask of the user and show while they work. An interface, so that tests can answer. */
import type { WorkProgress } from "../runtime/protocol";

/** One line of text. */
export interface InputOptions {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** Shows dots in place of what is typed. */
  readonly secret?: boolean;
  /** What is wrong with a text, in one sentence; undefined when nothing is. */
  readonly problem: (text: string) => string | undefined;
}

/** One choice of several. */
export interface Choice<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

/** A question that nothing else may be done before. */
export interface Confirmation {
  readonly message: string;
  /** May have several lines. */
  readonly detail: string;
  /** The button that means yes. */
  readonly action: string;
}

/** A text that is at hand. */
export interface OpenText {
  /** Name of the file. */
  readonly label: string;
  /** What is selected; empty when nothing is. */
  readonly selection: string;
  readonly file: () => string;
}

/** A folder's address: the parts of a `vscode.Uri` that matter. */
export interface FolderUri {
  /** `file` when it lies on disk. */
  readonly scheme: string;
  readonly fsPath: string;
}

/** Reports how far the work is. */
export type Report = (progress: WorkProgress) => void;

/** The user's end of a command. Everything that can be dismissed then gives undefined, or false. */
export interface Dialogs {
  /** Asks for a line of text. */
  input(options: InputOptions): Promise<string | undefined>;
  /** Asks for one of several. */
  choose<T>(title: string, choices: readonly Choice<T>[]): Promise<T | undefined>;
  /** Asks whether to do it. */
  confirm(confirmation: Confirmation): Promise<boolean>;
  /** Asks for a folder. */
  askFolder(title: string, action: string): Promise<FolderUri | undefined>;
  /** Shows `title` while `work` runs. Cancelling aborts its signal. */
  withProgress<T>(title: string, work: (report: Report, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The text of the active editor, or of one that is visible. */
  openText(): OpenText | undefined;
  /** Shows a folder in the system's file manager. False when that is on another machine: then its path was copied. */
  revealFolder(folder: string): Promise<boolean>;
}
