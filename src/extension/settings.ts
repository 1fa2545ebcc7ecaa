import { homedir } from "node:os";
import * as vscode from "vscode";
import { toErrorInfo } from "../runtime/errors";
import type { ModelReference } from "../runtime/protocol";
import { type Config, configSection, parseConfig } from "./config";
import type { Disposable } from "./emitter";
import { errorText } from "./errorText";
import { modelReference, resolveModelFolder, resolveStoreFolder } from "./modelFolder";

/** The settings as they hold for one document: usable, or what is wrong with them. */
export type Resolved =
  | {
      readonly kind: "ok";
      readonly config: Config;
      readonly model: ModelReference;
      /** Absolute folder of the model store; made when it is first written to. */
      readonly store: string;
    }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** Settings that commands and panels write. */
export type WrittenSetting =
  | "model"
  | "device"
  | "modelDevices"
  | "inlineCompletions.enabled"
  | "inlineCompletions.minConfidence";

/** The settings, read when they are needed: a change takes effect with the next command. */
export class Settings {
  /** `starter` is the folder of the model that ships with the extension, `storage` that of the store unless another is set. */
  constructor(
    private readonly starter: string,
    private readonly storage: string,
  ) {}

  /** What holds for `resource`, or for the window when there is none. */
  resolve(resource?: vscode.Uri): Resolved {
    const section = vscode.workspace.getConfiguration(configSection, resource ?? null);
    const parsed = parseConfig((key) => section.get(key));
    if (parsed.kind === "invalid") return { kind: "invalid", problems: parsed.problems.map(({ message }) => message) };
    try {
      const store = resolveStoreFolder(parsed.config.modelsFolder, homedir(), this.storage);
      return { kind: "ok", config: parsed.config, model: this.#model(parsed.config, resource), store };
    } catch (error) {
      return { kind: "invalid", problems: [errorText(toErrorInfo(error))] };
    }
  }

  /** Calls `listener` when a setting of ours changed, or counts anew because the workspace is now trusted. */
  onDidChange(listener: () => void): Disposable {
    return vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(configSection)) listener();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(listener),
      vscode.workspace.onDidChangeWorkspaceFolders(listener),
    );
  }

  /** Writes a setting where its present value stands: in the workspace if it counts there, else for the user. */
  async update(key: WrittenSetting, value: unknown): Promise<void> {
    const section = vscode.workspace.getConfiguration(configSection);
    // What a workspace that is not trusted sets does not count.
    const inWorkspace = vscode.workspace.isTrusted && section.inspect(key)?.workspaceValue !== undefined;
    const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await section.update(key, value, target);
  }

  #model(config: Config, resource: vscode.Uri | undefined): ModelReference {
    const context = { home: homedir(), workspaceFolder: workspaceFolder(resource), starter: this.starter };
    const folder = resolveModelFolder(config.model, context);
    return modelReference(folder, config, homedir());
  }
}

/** Path of the folder that `resource` is in, else of the first one; only a folder on disk counts. */
function workspaceFolder(resource: vscode.Uri | undefined): string | undefined {
  const own = resource && vscode.workspace.getWorkspaceFolder(resource);
  const uri = (own ?? vscode.workspace.workspaceFolders?.[0])?.uri;
  return uri?.scheme === "file" ? uri.fsPath : undefined;
}
