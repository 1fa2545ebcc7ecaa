/** Long work that a window leaves when it closes: remembered, and offered to the next window. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type { CommandId } from "./commands/commandIds";
import type { Memory } from "./inlineCompletions/statisticsStore";
import type { Messages } from "./messages";

/** A kind of long work. */
export interface LongWork {
  /** Where the folder of the run under way is remembered. */
  readonly key: string;
  /** The command that goes on with it. */
  readonly resume: CommandId;
  /** What is said of a run of this name. */
  readonly text: (name: string) => string;
}

/** What is needed to remember and to offer. */
export interface UnderWayParts {
  /** Of the workspace. */
  readonly memory: Memory;
  readonly messages: Pick<Messages, "info">;
}

/** Remembers the folder of the run under way; null when there is none. */
export function rememberUnderWay({ memory }: Pick<UnderWayParts, "memory">, { key }: LongWork, folder: string | null) {
  void memory.update(key, folder ?? undefined);
}

/** Offers to go on with a run that a window before this one left. Once: what is not gone on with now is in the history. */
export async function offerToResume({ memory, messages }: UnderWayParts, work: LongWork): Promise<void> {
  const folder = memory.get(work.key);
  if (typeof folder !== "string") return;
  await memory.update(work.key, undefined);
  const run = vscode.Uri.file(folder);
  const there = await vscode.workspace.fs.stat(vscode.Uri.joinPath(run, "run.json")).then(
    () => true,
    () => false,
  );
  if (!there) return;
  const command = (id: CommandId) => () => vscode.commands.executeCommand(id, run);
  messages.info(
    work.text(basename(folder)),
    { title: vscode.l10n.t("Resume"), run: command(work.resume) },
    { title: vscode.l10n.t("Show"), run: command("gptWorkbench.openRun") },
  );
}
