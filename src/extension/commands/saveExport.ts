import * as vscode from "vscode";
import * as z from "zod";
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";
import type { Workbench } from "../workbench";

const exported = z.object({
  name: z.string().max(200),
  format: z.enum(["png", "svg", "json", "csv", "html", "md"]),
  content: z.union([z.string(), z.instanceof(Uint8Array)]),
}) satisfies z.ZodType<ExportedFile>;

/** Asks where to save what a view gives away, writes it, and offers to open it. A panel's message is untrusted: parsed. */
export async function saveExport(workbench: Workbench, file: unknown): Promise<void> {
  const { name, format, content } = exported.parse(file);
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder(workbench), `${safeName(name)}.${format}`),
    filters: { [format.toUpperCase()]: [format] },
    title: vscode.l10n.t("Export"),
  });
  if (!target) return;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await vscode.workspace.fs.writeFile(target, bytes);
  workbench.messages.info(vscode.l10n.t("Exported {0}.", vscode.workspace.asRelativePath(target)), {
    title: vscode.l10n.t("Open"),
    run: () => vscode.commands.executeCommand("vscode.open", target),
  });
}

/** Beside the text, where that is a file. */
function folder({ tracker }: Workbench): vscode.Uri {
  const source = tracker.source && vscode.Uri.parse(tracker.source.uri);
  if (source?.scheme === "file") return vscode.Uri.joinPath(source, "..");
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(".");
}

/** What every file system takes as a name. */
function safeName(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]+/gu, "-").slice(0, 100) || "export";
}
