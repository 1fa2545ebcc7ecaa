/** Reads the text of a comparison file: YAML to a checked file, or problems with their places. Pure: reads no file, knows no model. */
import { checkTemplate } from "../prompt/template";
import { placeInYaml } from "../prompt/templatePlaces";
import { readYaml, type YamlProblem, type YamlReading } from "../yamlText";
import { type ComparisonFile, comparisonFile } from "./comparisonFile";
import { lintComparison, shownTexts } from "./comparisonLint";
import type { Finding } from "./finding";

/** The text, read: `file` is null when there are errors. Warnings stand beside a file. */
export type ComparisonReading = YamlReading<ComparisonFile>;

/** Reads a comparison file. Never throws for what the text contains. */
export function readComparisonText(text: string): ComparisonReading {
  const reading = readYaml(text, comparisonFile);
  const { file } = reading;
  if (!file) return reading;
  const problems = [
    ...lintComparison(file).map((found) => problemOf(reading, found)),
    ...templateProblems(reading, file),
  ];
  const isBroken = problems.some(({ severity }) => severity === "error");
  return { ...reading, file: isBroken ? null : file, problems };
}

function problemOf(reading: ComparisonReading, { path, atKey, ...found }: Finding): YamlProblem {
  return reading.problemAt(path, found, atKey ? reading.keyRangeOf(path) : undefined);
}

/** Mistakes of templates and instructions, where they stand. */
function templateProblems(reading: ComparisonReading, file: ComparisonFile): YamlProblem[] {
  return shownTexts(file).flatMap(({ text, path, fields, withAnswer }) =>
    checkTemplate(text, fields, withAnswer).map(({ code, message, start, end }) =>
      reading.problemAt(
        path,
        { severity: "error", code, message },
        placeInYaml(reading, reading.text, path, text, { start, end }),
      ),
    ),
  );
}
