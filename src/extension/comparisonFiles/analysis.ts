/** All that a comparison file's text says of itself, and what does not fit what lies around it. Pure. */
import { type ComparisonReading, readComparisonText } from "../../runtime/comparison/comparisonText";
import type { YamlProblem } from "../../runtime/yamlText";
import { nothingAround, type Surroundings } from "./surroundings";
import { lintSurroundings } from "./surroundingsLint";

/** A comparison file, read and looked at. */
export interface ComparisonAnalysis {
  readonly reading: ComparisonReading;
  /** In the order of the text. */
  readonly problems: readonly YamlProblem[];
}

/** Reads a comparison file and looks for problems. Never throws for what the text contains. */
export function analyzeComparison(text: string, around: Surroundings = nothingAround): ComparisonAnalysis {
  const reading = readComparisonText(text);
  // Without a structure nothing can be said of what it names.
  if (reading.problems.some(({ code }) => code === "size" || code === "alias" || code.startsWith("yaml.")))
    return { reading, problems: reading.problems };
  const problems = [...reading.problems, ...lintSurroundings(reading, around)];
  return { reading, problems: problems.sort((a, b) => a.start - b.start) };
}
