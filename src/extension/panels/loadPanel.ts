/** What all panels need of VS Code: a page, and a messenger whose warnings end up in the log. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { Messenger } from "vscode-messenger";
import type { CancellationToken } from "vscode-messenger-common";
import type { Logger } from "../logger";
import { panelHtml } from "./html";

/** A panel, by its bundle. */
export type PanelName = "inspector" | "reliability" | "compare" | "training" | "comparison";

/** Fills a webview with the panel's page. `name` is that of its bundle and, after `gptw-`, of its element. */
export function loadPanel(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  { name, title }: { readonly name: PanelName; readonly title: string },
): void {
  const folder = vscode.Uri.joinPath(extensionUri, "out", "webview");
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  webview.html = panelHtml({
    element: `gptw-${name}`,
    nonce: randomBytes(18).toString("base64url"),
    cspSource: webview.cspSource,
    scriptUri: uri(`${name}.js`),
    styleUri: uri(`${name}.css`),
    l10nJson: JSON.stringify(vscode.l10n.bundle ?? {}),
    lang: vscode.env.language,
    title,
  });
}

/** Its warnings belong in our log, not on the console. */
export class LoggingMessenger extends Messenger {
  constructor(private readonly logger: Logger) {
    super();
  }

  protected override log(text: string, level: "debug" | "warn" | "error" = "debug"): void {
    // A hidden view is normal: it asks for the state when it is shown.
    this.logger[level === "debug" ? "trace" : "debug"](`Panel: ${text}`);
  }
}

/** Aborts when the page takes its question back. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
