/** The assertions of a comparison file as tests: which there are, what they are called, where they stand, what they need. Pure. */
import * as l10n from "@vscode/l10n";
import { assertionLabel } from "../../runtime/comparison/assertionLabel";
import type { ComparisonAssertion, ComparisonFile } from "../../runtime/comparison/comparisonFile";
import { metricsOf } from "../../runtime/comparison/comparisonMetrics";
import { type ComparisonReading, readComparisonText } from "../../runtime/comparison/comparisonText";
import type { TextRange } from "../../runtime/yamlText";

/** An assertion as a test. */
export interface AssertionTest {
  /** Tells it from the others of its file. It stays when the file changes elsewhere, and when assertions change places. */
  readonly id: string;
  /** *few-shot: accuracy ≥ 0.8* */
  readonly label: string;
  /** Number among the file's assertions, which is that of its outcome. */
  readonly index: number;
  /** Where it stands in the text. */
  readonly range: TextRange;
  readonly assertion: ComparisonAssertion;
}

/** What a comparison file holds of tests. */
export interface ComparisonTests {
  /** In the file's order; empty where it does not read. */
  readonly tests: readonly AssertionTest[];
  /** Why it does not read: a sentence with the line; null where it does. */
  readonly error: string | null;
  /** Where that stands. */
  readonly errorRange: TextRange | null;
  /** The file; null where it does not read. */
  readonly file: ComparisonFile | null;
}

/** The tests of a text; null for one that asserts nothing. Never throws for what the text contains. */
export function comparisonTests(text: string): ComparisonTests | null {
  const reading = readComparisonText(text);
  if (!reading.file) return unreadable(reading);
  const tests = testsOf(reading, reading.file);
  return tests.length === 0 ? null : { tests, error: null, errorRange: null, file: reading.file };
}

function unreadable({ text, problems }: ComparisonReading): ComparisonTests | null {
  // What does not read has no keys to ask for.
  if (!/^\s*["']?assertions["']?\s*:/m.test(text)) return null;
  const problem = problems.find(({ severity }) => severity === "error");
  const error = problem
    ? l10n.t("line {0}: {1}", problem.line, problem.message)
    : l10n.t("This is no comparison file.");
  return { tests: [], error, errorRange: problem ?? null, file: null };
}

function testsOf(reading: ComparisonReading, file: ComparisonFile): readonly AssertionTest[] {
  const { assertions = [] } = file;
  const [first = "accuracy"] = metricsOf(file);
  const known = new Map<string, number>();
  return assertions.map((assertion, index) => {
    const key = JSON.stringify(Object.entries(assertion).sort(([a], [b]) => (a < b ? -1 : 1)));
    const before = known.get(key) ?? 0;
    known.set(key, before + 1);
    return {
      id: before === 0 ? key : `${key} ${before + 1}`,
      label: assertionLabel(assertion, first),
      index,
      range: trimmed(reading, reading.rangeOf(["assertions", index])),
      assertion,
    };
  });
}

/** A block's range may go on into the blank lines behind it. */
function trimmed({ text }: ComparisonReading, { start, end }: TextRange): TextRange {
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

/**
 * Names of the arms that some assertions need; null for all of them. All are needed where one asks for `betterThan`, whose p-value is adjusted
 * over all pairs, and where one names a baseline: baselines get as many labels as the arm that gets most. Bounds and `noWorseThan` between arms
 * look at these arms alone.
 */
export function neededArms(
  { arms }: Pick<ComparisonFile, "arms">,
  picked: readonly ComparisonAssertion[],
): readonly string[] | null {
  const names = new Set(arms.map(({ name }) => name));
  const needed = new Set<string>();
  for (const assertion of picked) {
    if ("betterThan" in assertion) return null;
    const named = [assertion.arm, ...("noWorseThan" in assertion ? [assertion.noWorseThan] : [])];
    if (named.some((name) => !names.has(name))) return null;
    for (const name of named) needed.add(name);
  }
  return needed.size === names.size ? null : arms.map(({ name }) => name).filter((name) => needed.has(name));
}
