/** What a panel gives away, read as untrusted input. Knows nothing of VS Code. */
import * as z from "zod";
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";

/** Most bytes of an exported file: far more than the longest text's numbers. */
export const exportLimit = 64 << 20;

const exported = z.object({
  name: z.string().max(1000),
  format: z.enum(["png", "svg", "json", "csv", "html", "md"]),
  content: z.union([z.string(), z.instanceof(Uint8Array)]),
}) satisfies z.ZodType<ExportedFile>;

/** An export that can be written, or one that is too large. */
export type ParsedExport =
  | {
      readonly kind: "file";
      readonly fileName: string;
      readonly format: ExportedFile["format"];
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "tooLarge"; readonly bytes: number };

/** Reads a panel's message. Throws when it is none of ours. */
export function parseExport(message: unknown): ParsedExport {
  const { name, format, content } = exported.parse(message);
  // A character has at most three bytes per UTF-16 code unit: what is certainly too large is not encoded first.
  if (content.length > exportLimit) return { kind: "tooLarge", bytes: content.length };
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (bytes.length > exportLimit) return { kind: "tooLarge", bytes: bytes.length };
  return { kind: "file", fileName: `${safeName(name)}.${format}`, format, bytes };
}

/** Reads a text to copy; null when it is too large. Throws when it is no text. */
export function parseCopy(message: unknown): string | null {
  const text = z.string().parse(message);
  return text.length > exportLimit ? null : text;
}

/** What every file system takes as a name, no path, and nothing hidden. */
export function safeName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[. -]+/, "");
  return Array.from(safe).slice(0, 100).join("").trimEnd() || "export";
}
