import * as vscode from "vscode";
import type { Clock } from "../clock";
import type { SurprisalConfig } from "../config";
import { createDecorationTypes } from "./decorationTypes";
import { stepOf } from "./levels";
import { changedKinds } from "./movedRanges";
import type { SurprisalRange } from "./ranges";
import type { RangesChange } from "./surprisalStore";

/** How long the host may be held at a time, milliseconds: a fraction of what is felt. */
const sliceMs = 8;
/** An edit may be on its way while decorations are set: so long after, they may stand where they should not, milliseconds. */
const uncertainMs = 1000;

/** What is known of one visible editor. */
interface Target {
  /** Kinds that must be set again. */
  dirty: Set<number>;
  busy: boolean;
  setAt: number;
  /** Whether the document was edited when decorations had just been set. */
  uncertain: boolean;
}

/** Shows ranges in every visible editor of their document, a slice at a time. What is there stays until the new is set. */
export class Decorations implements vscode.Disposable {
  readonly #targets = new Map<vscode.TextEditor, Target>();
  #types: readonly vscode.TextEditorDecorationType[];

  /** `ranges` gives those of a document as it is when asked. */
  constructor(
    private readonly ranges: (uri: string) => readonly SurprisalRange[],
    private readonly clock: Clock,
    private look: SurprisalConfig,
  ) {
    this.#types = createDecorationTypes(look);
  }

  /** A document has other ranges than before. */
  changed({ uri, before, after }: RangesChange): void {
    for (const editor of editorsOf(uri)) {
      const target = this.#target(editor);
      const kinds = target.uncertain ? this.#all() : changedKinds(before, after, (range) => this.#kind(range));
      target.uncertain = false;
      this.#refresh(editor, target, kinds);
    }
  }

  /** A document was edited. VS Code has moved the decorations of its editors. */
  edited(uri: string): void {
    for (const [editor, target] of this.#targets) {
      const recent = this.clock.now() - target.setAt < uncertainMs;
      if (recent && editor.document.uri.toString() === uri) target.uncertain = true;
    }
  }

  /** Other editors are visible than before: new ones start without decorations. */
  editorsChanged(editors: readonly vscode.TextEditor[]): void {
    const fresh = editors.filter((editor) => !this.#targets.has(editor));
    for (const editor of this.#targets.keys()) if (!editors.includes(editor)) this.#targets.delete(editor);
    for (const editor of fresh) {
      if (this.ranges(editor.document.uri.toString()).length > 0) {
        this.#refresh(editor, this.#target(editor), this.#all());
      }
    }
  }

  /** Draws everything in another way. */
  setLook(look: SurprisalConfig): void {
    if (look.scale === this.look.scale && look.overviewRuler === this.look.overviewRuler) return;
    for (const type of this.#types) type.dispose();
    this.look = look;
    this.#types = createDecorationTypes(look);
    for (const [editor, target] of this.#targets) this.#refresh(editor, target, this.#all());
  }

  dispose(): void {
    this.#targets.clear();
    for (const type of this.#types) type.dispose();
  }

  #all(): ReadonlySet<number> {
    return new Set(this.#types.keys());
  }

  /** The first token has no surprisal, and no decoration. */
  #kind({ bits }: SurprisalRange): number | undefined {
    return bits === null ? undefined : stepOf(this.look.scale, bits);
  }

  #target(editor: vscode.TextEditor): Target {
    const target = this.#targets.get(editor) ?? { dirty: new Set(), busy: false, setAt: 0, uncertain: false };
    this.#targets.set(editor, target);
    return target;
  }

  #refresh(editor: vscode.TextEditor, target: Target, kinds: ReadonlySet<number>): void {
    for (const kind of kinds) target.dirty.add(kind);
    if (!target.busy) void this.#work(editor, target);
  }

  async #work(editor: vscode.TextEditor, target: Target): Promise<void> {
    target.busy = true;
    try {
      while (target.dirty.size > 0 && this.#targets.get(editor) === target) {
        const kinds = target.dirty;
        target.dirty = new Set();
        // Edited or drawn in another way in between: what is not set yet begins anew, from where the ranges are by then.
        if (!(await this.#set(editor, kinds))) for (const kind of kinds) target.dirty.add(kind);
        target.setAt = this.clock.now();
      }
    } finally {
      target.busy = false;
    }
  }

  /** Sets decorations of these kinds, taking each from `kinds` once it is set; false when it was interrupted. */
  async #set(editor: vscode.TextEditor, kinds: Set<number>): Promise<boolean> {
    const { document } = editor;
    const { version } = document;
    const types = this.#types;
    const pause = pauser(this.clock);
    const interrupted = async () => (await pause()) && (document.version !== version || types !== this.#types);
    const found = new Map<number, vscode.Range[]>([...kinds].map((kind) => [kind, []]));
    for (const range of this.ranges(document.uri.toString())) {
      const kind = this.#kind(range);
      if (kind === undefined) continue;
      found.get(kind)?.push(new vscode.Range(document.positionAt(range.start), document.positionAt(range.end)));
      if (await interrupted()) return false;
    }
    for (const [kind, places] of found) {
      const type = types[kind];
      if (type) editor.setDecorations(type, places);
      kinds.delete(kind);
      if (await interrupted()) return false;
    }
    return true;
  }
}

/** A function that lets the host do other things when it has worked for a slice's time; true when it did. */
function pauser(clock: Clock): () => Promise<boolean> | false {
  let started = clock.now();
  return () => {
    if (clock.now() - started < sliceMs) return false;
    return new Promise((resolve) => {
      setImmediate(() => {
        started = clock.now();
        resolve(true);
      });
    });
  };
}

function editorsOf(uri: string): readonly vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri);
}
