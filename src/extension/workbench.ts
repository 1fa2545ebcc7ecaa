import type * as vscode from "vscode";
import type { Messages } from "./messages";
import type { ModelClient } from "./modelClient";
import type { InspectorPanel } from "./panels/inspectorPanel";
import type { InspectorStore } from "./panels/inspectorStore";
import type { Runs } from "./runs";
import type { RuntimeClient } from "./runtimeClient";
import type { Settings } from "./settings";
import type { SourceTracker } from "./sourceTracker";

/** What every command works with. Made once, at activation. */
export interface Workbench {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly messages: Messages;
  readonly settings: Settings;
  readonly runtime: RuntimeClient;
  readonly models: ModelClient;
  readonly store: InspectorStore;
  readonly runs: Runs;
  readonly panel: InspectorPanel;
  readonly tracker: SourceTracker;
}
