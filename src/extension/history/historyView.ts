/** The History view: stored runs by day or by prompt file. */
import { dirname, join, relative } from "node:path";
import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { ComparisonLab } from "../comparison/comparisonLab";
import type { Disposable } from "../emitter";
import type { Memory } from "../inlineCompletions/statisticsStore";
import { runFiles } from "../promptLab/labHost";
import type { PromptLab } from "../promptLab/promptLab";
import type { TrainingLab } from "../training/trainingLab";
import { type Grouping, groupRuns, type HistoryGroup, historyRow } from "./historyRows";
import { type FoundFolder, type HistoryEntry, RunHistory, sameEntries } from "./runHistory";
import { isUnfinished } from "./trainingRows";

/** A run's row. A class, so that a command can tell it from whatever else it may be called with. */
export class RunNode {
  readonly kind = "run";
  constructor(readonly entry: HistoryEntry) {}
}

type Node = RunNode | { readonly kind: "group"; readonly group: HistoryGroup };

/** What the view shows and follows. */
export interface HistorySources {
  readonly promptLab: Pick<PromptLab, "onDidStoreRun">;
  readonly training: Pick<TrainingLab, "onDidStoreRun">;
  readonly comparisons: Pick<ComparisonLab, "onDidStoreRun">;
  readonly clock: Clock;
  /** The extension's global folder: runs of files in no workspace lie in it. */
  readonly storage: vscode.Uri;
  readonly memory: Memory;
}

/** Changes come in bursts: the view is renewed once they have paused this long, milliseconds. */
const quietMs = 400;
const groupingKey = "gptWorkbench.historyGrouping";

/** The view, its selection, and the run that was selected for compare. */
export class HistoryView implements vscode.TreeDataProvider<Node>, Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #view: vscode.TreeView<Node>;
  readonly #history: RunHistory;
  readonly #subscriptions: vscode.Disposable;
  #watchers: vscode.Disposable = new vscode.Disposable(() => undefined);
  #timer: Disposable | undefined;
  #selected: HistoryEntry | undefined;
  /** What was given to VS Code last, and on which day. */
  #given: { readonly entries: readonly HistoryEntry[]; readonly day: string } | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly sources: HistorySources) {
    this.#history = new RunHistory({ ...runFiles, find: () => findRuns(this.#places()) });
    this.#view = vscode.window.createTreeView("gptWorkbench.history", {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      sources.promptLab.onDidStoreRun(() => this.#later()),
      sources.training.onDidStoreRun(() => this.#later()),
      sources.comparisons.onDidStoreRun(() => this.#later()),
      // Watchers of the system may miss what comes in folders that were just made.
      this.#view.onDidChangeVisibility(({ visible }) => visible && this.#later()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#follow()),
    );
    this.#follow();
    this.#tellContext();
  }

  /** Runs of the selected rows. */
  get selection(): readonly HistoryEntry[] {
    return this.#view.selection.flatMap((node) => (node instanceof RunNode ? [node.entry] : []));
  }

  /** The run in a folder. */
  async find(folder: string): Promise<HistoryEntry | undefined> {
    const entries = await this.#history.list();
    return entries.find((entry) => relative(entry.folder, folder) === "");
  }

  /** Trainings that can be gone on with, newest first. */
  async unfinishedTrainings(): Promise<readonly Extract<HistoryEntry, { kind: "training" }>[]> {
    return (await this.#trainings()).filter(({ record }) => isUnfinished(record));
  }

  /** Comparisons, newest first. */
  async comparisons(): Promise<readonly Extract<HistoryEntry, { kind: "comparison" }>[]> {
    return (await this.#history.list()).filter((entry) => entry.kind === "comparison");
  }

  /** LoRA adapters that were trained, newest first. */
  async adapters(): Promise<readonly { readonly name: string; readonly folder: string }[]> {
    return (await this.#trainings()).flatMap(({ folder, record: { name, model, finetune } }) =>
      model !== null && finetune?.settings.method.kind === "lora" ? [{ name, folder: join(folder, model) }] : [],
    );
  }

  /** The run that is to be compared with another. */
  get selectedForCompare(): HistoryEntry | undefined {
    return this.#selected;
  }

  /** Keeps a run, to be compared with another. */
  selectForCompare(entry: HistoryEntry): void {
    this.#selected = entry;
    this.#tellContext();
    this.refresh();
  }

  /** Groups the runs otherwise; remembered in this workspace. */
  async groupBy(grouping: Grouping): Promise<void> {
    await this.sources.memory.update(groupingKey, grouping);
    this.#tellContext();
    this.refresh();
  }

  /** Reads the folders again. */
  refresh(): void {
    this.#changed.fire();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node instanceof RunNode) return [];
    if (node) return node.group.entries.map((entry) => new RunNode(entry));
    const context = { now: Date.now(), locale: vscode.env.language };
    const entries = await this.#history.list();
    this.#given = { entries, day: today() };
    return groupRuns(entries, this.#grouping, context).map((group) => ({ kind: "group", group }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node instanceof RunNode ? this.#runItem(node.entry) : groupItem(node.group);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#watchers.dispose();
    this.#subscriptions.dispose();
  }

  async #trainings(): Promise<Extract<HistoryEntry, { kind: "training" }>[]> {
    return (await this.#history.list()).filter((entry) => entry.kind === "training");
  }

  get #grouping(): Grouping {
    return this.sources.memory.get(groupingKey) === "file" ? "file" : "day";
  }

  #runItem(entry: HistoryEntry): vscode.TreeItem {
    const selected = entry.folder === this.#selected?.folder;
    const row = historyRow(entry, this.#grouping, { locale: vscode.env.language, selected });
    const item = new vscode.TreeItem(row.label);
    item.id = entry.folder;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(
      row.icon.id,
      row.icon.color ? new vscode.ThemeColor(row.icon.color) : undefined,
    );
    item.contextValue = row.contextValue;
    item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
    item.tooltip = tooltip(row.label, row.tooltip);
    if (entry.kind !== "damaged") {
      item.command = { command: "gptWorkbench.openRun", title: "", arguments: [new RunNode(entry)] };
    }
    return item;
  }

  /** Folders whose folders are runs. */
  #places(): vscode.Uri[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const onDisk = folders.filter(({ uri }) => uri.scheme === "file");
    return [
      ...onDisk.map(({ uri }) => vscode.Uri.joinPath(uri, ".gpt-workbench", "runs")),
      vscode.Uri.joinPath(this.sources.storage, "runs"),
    ];
  }

  #follow(): void {
    this.#watchers.dispose();
    this.#watchers = vscode.Disposable.from(
      ...this.#places().flatMap((place) => {
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(place, "{*,*/run.json}"));
        const later = () => this.#later();
        return [watcher, watcher.onDidCreate(later), watcher.onDidChange(later), watcher.onDidDelete(later)];
      }),
    );
    this.#later();
  }

  #later(): void {
    this.#timer?.dispose();
    this.#timer = this.sources.clock.after(quietMs, () => void this.#renew());
  }

  /** Only when something changed: where VS Code asks for a group's rows while the whole tree is renewed, it may be left with none. */
  async #renew(): Promise<void> {
    const given = this.#given;
    const entries = await this.#history.list();
    if (given?.day !== today() || !sameEntries(given.entries, entries)) this.refresh();
  }

  #tellContext(): void {
    const tell = (name: string, value: boolean) => void vscode.commands.executeCommand("setContext", name, value);
    tell("gptWorkbench.runSelectedForCompare", this.#selected !== undefined);
    tell("gptWorkbench.runsByFile", this.#grouping === "file");
  }
}

/** Groups are named by it. */
function today(): string {
  return new Date().toDateString();
}

function groupItem({ key, label, entries }: HistoryGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = key;
  item.description = String(entries.length);
  item.contextValue = "runs";
  return item;
}

function tooltip(name: string, lines: readonly { label: string; value: string }[]): vscode.MarkdownString {
  // appendText: a name, a path or an error may hold anything.
  const markdown = new vscode.MarkdownString("**").appendText(name).appendMarkdown("**\n\n");
  for (const { label, value } of lines) markdown.appendText(`${label}: ${value}`).appendMarkdown("  \n");
  return markdown;
}

async function findRuns(places: readonly vscode.Uri[]): Promise<FoundFolder[]> {
  const found = await Promise.all(
    places.map(async (place) => {
      const entries = await vscode.workspace.fs.readDirectory(place).then(
        (all) => all,
        () => [], // not there: nothing was run yet
      );
      const folders = entries.filter(([, type]) => type === vscode.FileType.Directory);
      return Promise.all(folders.map(([name]) => foundFolder(vscode.Uri.joinPath(place, name))));
    }),
  );
  return found.flat();
}

async function foundFolder(uri: vscode.Uri): Promise<FoundFolder> {
  const stat = (of: vscode.Uri) =>
    vscode.workspace.fs.stat(of).then(
      (found) => found,
      () => null,
    );
  const [folder, record] = await Promise.all([stat(uri), stat(vscode.Uri.joinPath(uri, "run.json"))]);
  // A link could lead anywhere.
  const stamp = record?.type === vscode.FileType.File ? `${record.mtime} ${record.size}` : null;
  return { folder: uri.fsPath, stamp, changedAt: record?.mtime ?? folder?.mtime ?? 0 };
}

/** What the actions on runs need of the disk and the window. `view` is told of what is deleted. */
export const historyFiles = {
  read: runFiles.read,
  remove: async (folder: string, useTrash: boolean): Promise<void> => {
    if (!/[\\/]runs$/.test(dirname(folder))) throw new Error(vscode.l10n.t("{0} is no run's folder.", folder));
    await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash });
  },
  rootOf: (path: string): string | undefined => vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path))?.uri.fsPath,
  openText: async (folder: string, name: string): Promise<void> => {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(vscode.Uri.file(folder), name), { preview: true });
  },
};
