/** Reads the text of a comparison file: YAML to a checked file, or problems with their places. Pure. */
import type { PromptReading } from "../prompt/promptText";
import type { ComparisonFile } from "./comparisonFile";

/** The text, read: `file` is null when there are errors. */
export type ComparisonReading = Omit<PromptReading, "file"> & { readonly file: ComparisonFile | null };

/** Reads a comparison file. Never throws for what the text contains. */
export function readComparisonText(_text: string): ComparisonReading {
  throw new Error("follows");
}
