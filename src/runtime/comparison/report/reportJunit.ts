/** What a comparison's file asserts, as tests for CI systems. */
import type { ComparisonReport } from "../../comparisonReport";
import { assertionLabel } from "../assertionLabel";

/**
 * JUnit's XML: a suite of the comparison, a test for each assertion, in the file's order. The time is that of the whole comparison, seconds. As
 * `ant` writes it and GitLab, Jenkins and GitHub's actions read it (https://github.com/testmoapp/junitxml).
 */
export function reportJunit({ record, assertions, verdicts }: ComparisonReport): string {
  const counts = {
    tests: assertions.length,
    failures: assertions.filter(({ passed }) => !passed).length,
    errors: 0,
    skipped: 0,
    time: (record.actual.ms / 1000).toFixed(3),
  };
  const [first = "accuracy"] = record.metrics;
  const tests = assertions.flatMap(({ assertion, passed, words }) => {
    const start = { classname: record.name, name: assertionLabel(assertion, first), file: record.file };
    return passed
      ? [`    <testcase${attributes(start)}>`, `      <system-out>${xmlText(words)}</system-out>`, "    </testcase>"]
      : [
          `    <testcase${attributes(start)}>`,
          `      <failure${attributes({ message: words, type: "assertion" })}>${xmlText(words)}</failure>`,
          "    </testcase>",
        ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "gptw compare", ...counts })}>`,
    `  <testsuite${attributes({ name: record.name, timestamp: record.startedAt, ...counts })}>`,
    ...tests,
    `    <system-out>${xmlText(verdicts.join("\n"))}</system-out>`,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function attributes(of: Readonly<Record<string, string | number>>): string {
  return Object.entries(of)
    .map(
      ([name, value]) =>
        ` ${name}="${xmlText(String(value)).replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`)}"`,
    )
    .join("");
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\r": "&#13;",
};

/** The text as XML 1.0 has it. What it has no character for (control characters, single surrogates) becomes U+FFFD. */
function xmlText(text: string): string {
  return text
    .replace(/\p{Surrogate}|[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"'\r]/g, (character) => escapes[character] ?? "");
}
