/** Reads the text of a prompt file: YAML to a checked file, or problems with their places. Pure. */
import { maxYamlLength, readYaml, type YamlProblem, type YamlReading } from "../yamlText";
import { type PromptFile, promptFile } from "./promptFile";

export type { TextRange, YamlPath } from "../yamlText";

/** What is wrong with a prompt file, and where. */
export type PromptProblem = YamlProblem;

/** The text, read. */
export type PromptReading = YamlReading<PromptFile>;

/** Longest text that is read, UTF-16 code units. */
export const maxPromptFileLength = maxYamlLength;

/** Reads a prompt file. Never throws for what the text contains. */
export function readPromptText(text: string): PromptReading {
  return readYaml(text, promptFile);
}
