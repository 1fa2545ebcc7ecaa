import { freemem, platform, totalmem } from "node:os";
import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import { errorText } from "../errorText";
import type { ModelClient } from "../modelClient";
import type { ListedModel, ModelStore } from "../modelStore";
import type { Settings } from "../settings";
import type { MachineMemory } from "./fit";
import { ModelNode, type Node } from "./modelNodes";
import { type DetailRow, detailRows, modelRow } from "./modelRow";
import { StoreWatcher } from "./storeWatcher";

/** What the view shows and follows. */
export interface ModelsViewSources {
  readonly settings: Settings;
  readonly models: ModelClient;
  readonly modelStore: ModelStore;
  readonly clock: Clock;
}

/** The Models view. Asks for the list only while it can be seen: until then no runtime is started for it. */
export class ModelsView implements vscode.TreeDataProvider<Node>, Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #watcher: StoreWatcher;
  readonly #view: vscode.TreeView<Node>;
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly sources: ModelsViewSources) {
    const { clock, settings, models, modelStore } = sources;
    this.#watcher = new StoreWatcher(clock, () => modelStore.refresh());
    const changed = () => this.#changed.fire();
    this.#view = vscode.window.createTreeView("gptWorkbench.models", { treeDataProvider: this, showCollapseAll: true });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      models.onDidChangeState(changed),
      modelStore.onDidChange(changed),
      settings.onDidChange(changed),
      // Free memory is another by now.
      this.#view.onDidChangeVisibility(({ visible }) => visible && changed()),
    );
  }

  /** The model of the selected row. */
  get selected(): ListedModel | undefined {
    const [node] = this.#view.selection;
    return node instanceof ModelNode ? node.model : undefined;
  }

  /** The rows, or the lines below one. */
  async getChildren(node?: Node): Promise<Node[]> {
    if (node instanceof ModelNode) return details(node.model);
    if (node) return [];
    const resolved = this.sources.settings.resolve();
    if (resolved.kind === "invalid") return resolved.problems.map((text) => ({ kind: "problem", text }));
    const { store, model } = resolved;
    const { models, error } = await this.sources.modelStore.list({ store, selected: model.folder });
    this.#watcher.follow(store);
    const empty = error === null && models.every(({ origin }) => origin.kind === "starter");
    void vscode.commands.executeCommand("setContext", "gptWorkbench.storeEmpty", empty);
    const nodes: Node[] = models.map((model) => new ModelNode(model));
    return error ? [...nodes, { kind: "problem", text: errorText(error) }] : nodes;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case "model":
        return this.#modelItem(node.model);
      case "detail":
        return detailItem(node.id, node.row);
      case "problem":
        return problemItem(node.text);
      default:
        return node satisfies never;
    }
  }

  dispose(): void {
    this.#watcher.dispose();
    this.#subscriptions.dispose();
  }

  #modelItem(model: ListedModel): vscode.TreeItem {
    const { models, settings } = this.sources;
    const resolved = settings.resolve();
    const selected = resolved.kind === "ok" ? resolved.model : null;
    const row = modelRow({ model, state: models.state, selected, memory: machineMemory() });
    const item = new vscode.TreeItem(row.label, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = model.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(
      row.icon.id,
      row.icon.color ? new vscode.ThemeColor(row.icon.color) : undefined,
    );
    item.contextValue = row.contextValue;
    item.accessibilityInformation = { label: row.spoken };
    item.tooltip = tooltip(row.label, row.tooltip);
    return item;
  }
}

/** The view with the ways to a model, shown below while the store is empty. It has no rows: its text stands in package.json. */
export function provideStoreWelcome(): vscode.Disposable {
  return vscode.window.registerTreeDataProvider<never>("gptWorkbench.getModels", {
    getChildren: () => [],
    getTreeItem: (none) => none,
  });
}

function details(model: ListedModel): Node[] {
  return detailRows(model).map((row) => ({ kind: "detail", id: `${model.id}\n${row.key}`, row }));
}

function detailItem(id: string, { label, value }: DetailRow): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.description = value;
  item.tooltip = `${label}: ${value}`;
  item.accessibilityInformation = { label: `${label}: ${value}` };
  return item;
}

function problemItem(text: string): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("The models cannot be listed"));
  item.description = text;
  item.tooltip = text;
  item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  item.contextValue = "problem";
  return item;
}

function tooltip(name: string, rows: readonly DetailRow[]): vscode.MarkdownString {
  // appendText: a name, a path or an error may hold anything.
  const markdown = new vscode.MarkdownString("**").appendText(name).appendMarkdown("**\n\n");
  for (const { label, value } of rows) markdown.appendText(`${label}: ${value}`).appendMarkdown("  \n");
  return markdown;
}

/** macOS counts its file cache as used: what it calls free says little there. */
function machineMemory(): MachineMemory {
  return { total: totalmem(), free: platform() === "darwin" ? null : freemem() };
}
