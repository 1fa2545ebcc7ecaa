/** The Datasets view: labelled data files of the workspace. */
import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import {
  countedBytes,
  countRows,
  type DataSummary,
  dataDescription,
  dataFileLimit,
  dataGlob,
  summaryOf,
} from "./dataFiles";
import type { TrainingClient } from "./trainingClient";

/** A file's row. A class, so that a command can tell it from whatever else it may be called with. */
export class DataNode {
  readonly kind = "data";
  constructor(
    readonly uri: vscode.Uri,
    readonly summary: DataSummary | null,
  ) {}

  get description(): string {
    return dataDescription(this.summary);
  }
}

/** What the view works with. */
export interface DatasetsSources {
  readonly client: Pick<TrainingClient, "guess">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes come in bursts: the view is renewed once they have paused this long, milliseconds. */
const quietMs = 600;

/** The view. Files are looked into when it is shown, or when a command asks. */
export class DatasetsView implements vscode.TreeDataProvider<DataNode>, Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #view: vscode.TreeView<DataNode>;
  readonly #subscriptions: vscode.Disposable;
  /** What is known of a file, by its address; of another time or size it is forgotten. */
  readonly #known = new Map<string, { readonly version: string; readonly summary: DataSummary | null }>();
  #timer: Disposable | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly sources: DatasetsSources) {
    this.#view = vscode.window.createTreeView("gptWorkbench.datasets", { treeDataProvider: this });
    const watcher = vscode.workspace.createFileSystemWatcher(dataGlob);
    const later = () => this.#later();
    this.#subscriptions = vscode.Disposable.from(
      ...[this.#view, this.#changed, watcher, watcher.onDidCreate(later), watcher.onDidChange(later)],
      ...[watcher.onDidDelete(later), vscode.workspace.onDidChangeWorkspaceFolders(later)],
    );
  }

  /** Looks for files again. */
  refresh(): void {
    this.#changed.fire();
  }

  /** Labelled data files, by path; what does not seem to be any is left out. */
  async list(): Promise<readonly DataNode[]> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    if (folders.length === 0) return [];
    const exclude = "**/{node_modules,.git,.gpt-workbench,out,dist}/**";
    const found = await vscode.workspace.findFiles(dataGlob, exclude, dataFileLimit);
    const nodes: DataNode[] = [];
    for (const uri of found.sort((a, b) => a.path.localeCompare(b.path))) {
      const summary = await this.#look(uri);
      if (summary) nodes.push(new DataNode(uri, summary));
    }
    return nodes;
  }

  async getChildren(node?: DataNode): Promise<DataNode[]> {
    return node ? [] : [...(await this.list())];
  }

  getTreeItem(node: DataNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.uri);
    item.id = node.uri.toString();
    item.description = node.description;
    item.iconPath = vscode.ThemeIcon.File;
    item.contextValue = "data";
    item.tooltip = `${vscode.workspace.asRelativePath(node.uri)}\n${node.description}`;
    item.command = { command: "gptWorkbench.fineTune", title: "", arguments: [node] };
    return item;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#subscriptions.dispose();
  }

  #later(): void {
    this.#timer?.dispose();
    this.#timer = this.sources.clock.after(quietMs, () => this.refresh());
  }

  async #look(uri: vscode.Uri): Promise<DataSummary | null> {
    try {
      const { mtime, size } = await vscode.workspace.fs.stat(uri);
      const version = `${mtime} ${size}`;
      const known = this.#known.get(uri.toString());
      if (known?.version === version) return known.summary;
      const guess = await this.sources.client.guess({ path: uri.fsPath });
      const jsonLines = /\.(jsonl|ndjson)$/i.test(uri.path);
      const rows = size > countedBytes ? null : countRows(await vscode.workspace.fs.readFile(uri), jsonLines);
      const summary = summaryOf(guess, rows);
      this.#known.set(uri.toString(), { version, summary });
      return summary;
    } catch (error) {
      this.sources.log.debug(`${uri.fsPath}: ${error instanceof Error ? error.message : error}`);
      return null;
    }
  }
}
