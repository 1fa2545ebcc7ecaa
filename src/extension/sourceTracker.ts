import * as vscode from "vscode";
import { DocumentEdits, type Gravity } from "./documentEdits";
import type { Disposable } from "./emitter";

/** Follows the one document that the inspector's text came from. */
export class SourceTracker implements Disposable {
  #uri: string | undefined;
  #edits = new DocumentEdits();
  #continuous = false;
  readonly #subscription: Disposable;

  constructor() {
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (this.#follows(document)) this.#edits.record(contentChanges);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (this.#follows(document)) this.#continuous = false;
      }),
    );
  }

  /** URI of the document, if one is followed. */
  get uri(): string | undefined {
    return this.#uri;
  }

  /** False when edits may have gone unseen: the document was closed, or was followed only after a reload. */
  get continuous(): boolean {
    return this.#continuous;
  }

  /** Follows the document of `uri` from now on; `seen` when its text was read just now. */
  follow(uri: string, seen: boolean): void {
    this.#uri = uri;
    this.#edits = new DocumentEdits();
    this.#continuous = seen;
  }

  /** Where the place at `offset` is now. */
  map(offset: number, gravity: Gravity): number {
    return this.#edits.map(offset, gravity);
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #follows(document: vscode.TextDocument): boolean {
    return document.uri.toString() === this.#uri;
  }
}
