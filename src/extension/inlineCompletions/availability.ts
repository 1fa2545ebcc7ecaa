/** Whether suggestions are made for a document, and why not. Knows nothing of VS Code. */

/** What decides. */
export interface Circumstances {
  readonly enabled: boolean;
  /** By language; `*` stands for all others. */
  readonly languages: Readonly<Record<string, boolean>>;
  readonly language: string;
  /** Scheme of the document's address. */
  readonly scheme: string;
  readonly notebooks: boolean;
  readonly trusted: boolean;
  /** Whether the user allowed suggestions where the workspace is not trusted. */
  readonly allowedUntrusted: boolean;
  readonly snoozed: boolean;
}

/** Why nothing is suggested. */
export type Quiet = "off" | "untrusted" | "snoozed" | "language" | "document";

/** The first reason to be quiet; undefined when there is none. */
export function whyQuiet(circumstances: Circumstances): Quiet | undefined {
  const { enabled, trusted, allowedUntrusted, snoozed, languages, language } = circumstances;
  if (!enabled) return "off";
  if (!trusted && !allowedUntrusted) return "untrusted";
  if (snoozed) return "snoozed";
  if (!isOnFor(languages, language)) return "language";
  return hasDocuments(circumstances) ? undefined : "document";
}

/** Whether suggestions are on for a language. */
export function isOnFor(languages: Readonly<Record<string, boolean>>, language: string): boolean {
  const own = Object.hasOwn(languages, language) ? languages[language] : undefined;
  const others = Object.hasOwn(languages, "*") ? languages["*"] : undefined;
  return own ?? others ?? true;
}

/** Source control's input, output channels, settings and all else that is no file stay quiet. */
function hasDocuments({ scheme, notebooks }: Circumstances): boolean {
  return scheme === "file" || scheme === "untitled" || (scheme === "vscode-notebook-cell" && notebooks);
}
