/** What the commands for other programs' files work with. Knows nothing of VS Code. */
import type { PromptSource } from "../../runtime/promptProtocol";
import type { ModelReference } from "../../runtime/protocol";
import type { Dialogs } from "../dialogs";
import type { Messages } from "../messages";
import type { InteropClient } from "./interopClient";

/** Files, as the window has them. */
export interface InteropFiles {
  /** Asks for a task or a configuration; the absolute path. */
  askTask(title: string): Promise<string | undefined>;
  /** Asks where to save a prompt file; the absolute path. Has asked whether to replace one that is there. */
  askPromptFile(title: string, beside: string, name: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
  /** Opens a file in an editor. */
  open(path: string): Promise<void>;
}

/** What the commands work with. */
export interface InteropParts {
  readonly messages: Pick<Messages, "info" | "error">;
  readonly dialogs: Pick<Dialogs, "choose" | "confirm" | "askFolder" | "withProgress">;
  readonly client: Pick<InteropClient, "export" | "import">;
  readonly files: InteropFiles;
  /** The model that a prompt file names, or the settings'. Throws what is wrong with either. */
  readonly model: (source: PromptSource) => Promise<ModelReference>;
}
