import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { SurprisalConfig } from "../config";
import type { Event } from "../emitter";
import type { Logger } from "../logger";
import type { ModelClient } from "../modelClient";
import type { Settings } from "../settings";
import { Decorations } from "./decorations";
import { registerHover } from "./hover";
import { LensBriefs } from "./lensBriefs";
import { lastTabClosed, textsOf } from "./openDocuments";
import { type ShowOutcome, SurprisalStore } from "./surprisalStore";
import { chooseParts } from "./texts";

/** What surprisal in editors is made of. */
export interface EditorSurprisalOptions {
  readonly models: ModelClient;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Scoring anew failed. Called once, until something succeeds. */
  readonly failed: (error: unknown) => void;
}

/** The surprisal of tokens in the editors of this window: colours, hovers, and everything that keeps them right. */
export class EditorSurprisal implements vscode.Disposable {
  readonly #store: SurprisalStore;
  readonly #briefs: LensBriefs;
  readonly #decorations: Decorations;
  readonly #settings: Settings;
  readonly #registered: vscode.Disposable;
  readonly #lineEnds = new Map<string, vscode.EndOfLine>();
  /** Registered only while there is something to hover over. */
  #hover: vscode.Disposable | undefined;

  constructor({ models, settings, clock, log, failed }: EditorSurprisalOptions) {
    this.#settings = settings;
    this.#store = new SurprisalStore({ models, clock, failed, reference: (uri) => this.#reference(uri) });
    this.#briefs = new LensBriefs(models, clock, log);
    this.#decorations = new Decorations((uri) => this.#store.ranges(uri), clock, this.#look());
    this.#registered = vscode.Disposable.from(
      this.#store,
      this.#briefs,
      this.#decorations,
      this.#store.onDidChangeRanges((change) => this.#decorations.changed(change)),
      this.#store.onDidChangeShown((uris) => this.#shownChanged(uris)),
      settings.onDidChange(() => {
        this.#decorations.setLook(this.#look());
        this.#store.refresh();
      }),
      ...this.#followDocuments(),
    );
  }

  /** Fires with the addresses of all documents whose surprisal is shown, when they change. */
  get onDidChangeShown(): Event<readonly string[]> {
    return this.#store.onDidChangeShown;
  }

  /** Whether a document's surprisal is shown. */
  shows({ uri }: vscode.TextDocument): boolean {
    return this.#store.has(uri.toString());
  }

  /** Shows the surprisal of what is selected, each selection a text of its own, or of the whole file. Never throws. */
  show({ document, selections }: vscode.TextEditor): Promise<ShowOutcome> {
    const stretches = selections.map(({ start, end }) => ({
      start: document.offsetAt(start),
      end: document.offsetAt(end),
    }));
    const uri = document.uri.toString();
    this.#lineEnds.set(uri, document.eol);
    return this.#store.show(uri, chooseParts(stretches), textsOf(uri));
  }

  /** Shows it no more. */
  hide({ uri }: vscode.TextDocument): void {
    this.#store.hide(uri.toString());
  }

  dispose(): void {
    this.#hover?.dispose();
    this.#registered.dispose();
  }

  #followDocuments(): vscode.Disposable[] {
    return [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) =>
        this.#edited(document, contentChanges),
      ),
      vscode.window.onDidChangeVisibleTextEditors((editors) => this.#decorations.editorsChanged(editors)),
      lastTabClosed((uri) => this.#store.hide(uri)),
    ];
  }

  #edited(document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): void {
    const uri = document.uri.toString();
    if (!this.#store.has(uri)) return;
    this.#briefs.cancel();
    if (this.#lineEnds.get(uri) === document.eol) {
      this.#store.edited(uri, changes);
    } else {
      this.#lineEnds.set(uri, document.eol);
      this.#store.lineEndsChanged(uri, document.eol === vscode.EndOfLine.CRLF ? "crlf" : "lf");
    }
    if (changes.length > 0) this.#decorations.edited(uri);
  }

  #shownChanged(uris: readonly string[]): void {
    void vscode.commands.executeCommand("setContext", "gptWorkbench.surprisalShown", uris.flatMap(pathsOf));
    for (const uri of this.#lineEnds.keys()) if (!uris.includes(uri)) this.#lineEnds.delete(uri);
    if (uris.length > 0) {
      this.#hover ??= registerHover(this.#store, this.#briefs);
    } else {
      this.#hover?.dispose();
      this.#hover = undefined;
    }
  }

  #look(): SurprisalConfig {
    const resolved = this.#settings.resolve();
    return resolved.kind === "ok" ? resolved.config.surprisal : { scale: "buckets", overviewRuler: false };
  }

  #reference(uri: string) {
    const resolved = this.#settings.resolve(vscode.Uri.parse(uri));
    if (resolved.kind === "ok") return resolved.model;
    throw new Error(resolved.problems.join(" "));
  }
}

/** As `resourcePath` may call it: not by address, which is another one in a remote window, and with the separators of either side. */
function pathsOf(uri: string): readonly string[] {
  const { fsPath } = vscode.Uri.parse(uri);
  return [fsPath, fsPath.replaceAll("/", "\\")];
}
