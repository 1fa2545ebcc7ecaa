/** All that a prompt file's text says of itself. Pure. */
import { type PromptProblem, type PromptReading, readPromptText } from "../../runtime/prompt/promptText";
import { staticLint } from "../../runtime/prompt/staticLint";

/** A prompt file, read and looked at. */
export interface PromptAnalysis {
  readonly reading: PromptReading;
  readonly problems: readonly PromptProblem[];
}

/** Reads a prompt file and looks for problems; `columns` are those of data files, by their path in it. Never throws for what the text contains. */
export function analyzePrompt(text: string, columns?: ReadonlyMap<string, readonly string[]>): PromptAnalysis {
  const reading = readPromptText(text);
  const { file, problems } = reading;
  return { reading, problems: file ? [...problems, ...staticLint(file, reading, columns)] : problems };
}
