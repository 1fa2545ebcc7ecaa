import * as vscode from "vscode";
import type { TextSource } from "../runtime/panelProtocol";
import { DocumentEdits, type Gravity } from "./documentEdits";
import type { Disposable } from "./emitter";

interface Tracked {
  readonly source: TextSource;
  readonly edits: DocumentEdits;
  /** False when edits may have gone unseen. */
  continuous: boolean;
}

/**
 * Follows the documents that the inspector's text came from: that of the newest run, and that of the one before, to
 * which the inspector goes back when the newest is stopped early. A source is known by its identity.
 */
export class SourceTracker implements Disposable {
  #tracked: readonly Tracked[] = [];
  readonly #subscription: Disposable;

  constructor() {
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        for (const { edits } of this.#of(document)) edits.record(contentChanges);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        for (const tracked of this.#of(document)) tracked.continuous = false;
      }),
    );
  }

  /** The newest source. */
  get source(): TextSource | undefined {
    return this.#tracked.at(-1)?.source;
  }

  /** Follows the document of `source` from now on; `seen` when its text was read just now. */
  follow(source: TextSource, seen: boolean): void {
    const tracked = { source, edits: new DocumentEdits(), continuous: seen };
    this.#tracked = [...this.#tracked.slice(-1), tracked];
  }

  /** Where the place at `offset` of the document of `source` is now. */
  map(source: TextSource, offset: number, gravity: Gravity): number {
    return this.#find(source)?.edits.map(offset, gravity) ?? offset;
  }

  /** False when edits may have gone unseen: the document was closed, or was followed only after a reload. */
  isContinuous(source: TextSource): boolean {
    return this.#find(source)?.continuous ?? false;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #find(source: TextSource): Tracked | undefined {
    return this.#tracked.find((tracked) => tracked.source === source);
  }

  #of(document: vscode.TextDocument): readonly Tracked[] {
    const uri = document.uri.toString();
    return this.#tracked.filter(({ source }) => source.uri === uri);
  }
}
