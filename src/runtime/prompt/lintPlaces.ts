/** What linters of prompt files look at, and where the file says it. Pure. */
import type { Item, PromptFile, PromptVariant, ResolvedVariant } from "./promptFile";
import type { PromptReading, YamlPath } from "./promptText";

/** What is looked at. */
export interface Linted {
  readonly file: PromptFile;
  readonly variants: readonly ResolvedVariant[];
  readonly reading: PromptReading;
}

/** Inline items, and where they stand. */
export interface InlineItems {
  readonly items: readonly Item[];
  readonly path: YamlPath;
}

/** Where the value that holds for a variant stands: at the variant or, when it leaves it to the file, there. Null when nowhere. */
export function saidAt(
  file: PromptFile,
  variant: number,
  key: keyof PromptVariant & keyof PromptFile,
): YamlPath | null {
  if (file.variants[variant]?.[key] !== undefined) return ["variants", variant, key];
  return file[key] === undefined ? null : [key];
}

/** The demonstrations of a variant that are written in the file; null when there are none, or a data file has them. */
export function inlineDemonstrations(file: PromptFile, variant: number): InlineItems | null {
  const own = file.variants[variant]?.demonstrations?.from;
  const from = own ?? file.demonstrations?.from;
  if (!Array.isArray(from)) return null;
  return { items: from, path: [...(own ? ["variants", variant] : []), "demonstrations", "from"] };
}

/** The inputs that are written in the file; null when there are none, or a data file has them. */
export function inlineInputs({ input }: PromptFile): InlineItems | null {
  return Array.isArray(input) ? { items: input, path: ["input"] } : null;
}

/** Places of a global pattern's matches in the text of a value, as it is written there, quotes and escapes and all. */
export function matchesIn(reading: PromptReading, path: YamlPath, pattern: RegExp): readonly RegExpExecArray[] {
  const { start, end } = reading.rangeOf(path);
  return [...reading.text.slice(start, end).matchAll(pattern)].map((match) => {
    match.index += start;
    return match;
  });
}
