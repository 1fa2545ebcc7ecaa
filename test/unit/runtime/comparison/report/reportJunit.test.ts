import assert from "node:assert/strict";
import fc from "fast-check";
import { buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import { reportJunit } from "../../../../../src/runtime/comparison/report/reportJunit";
import type { ComparisonReport } from "../../../../../src/runtime/comparisonReport";
import { simulated } from "./simulatedComparison";
import { parseXml, type XmlElement } from "./strictXml";

const hostile = `]]><a b='"&amp;'>\n\t\u0000\ud800 😀`;
let report: ComparisonReport;

before(async () => {
  const input = simulated({
    items: 60,
    arms: [
      { name: hostile, kind: "prompt", accuracy: 0.6 },
      { name: "LoRA", kind: "lora", accuracy: 0.9, seeds: [0, 1, 2] },
    ],
    file: {
      assertions: [
        { arm: "LoRA", atLeast: 0.5 },
        { arm: hostile, atLeast: 0.99 },
      ],
    },
  });
  ({ report } = await buildReport(input));
});

const children = (element: XmlElement | undefined, name: string) =>
  element?.children.filter((child): child is XmlElement => typeof child !== "string" && child.name === name) ?? [];

describe("a comparison as JUnit's XML", () => {
  it("has a test for each assertion, and failures in words", () => {
    const root = parseXml(reportJunit(report));
    assert.equal(root.name, "testsuites");
    const [suite] = children(root, "testsuite");
    const { tests, failures, errors, time } = suite?.attributes ?? {};
    assert.deepEqual([tests, failures, errors, time], ["2", "1", "0", "1.100"]);
    const [held, missed] = children(suite, "testcase");
    assert.equal(held?.attributes.name, "LoRA: accuracy ≥ 0.5");
    assert.deepEqual(children(held, "failure"), []);
    const [failure] = children(missed, "failure");
    assert.equal(failure?.attributes.message, report.assertions[1]?.words.replace(/[\0\ud800](?!\ude00)/g, "\ufffd"));
    assert.equal(missed?.attributes.name, `${hostile.replace(/[\0\ud800](?!\ude00)/g, "\ufffd")}: accuracy ≥ 0.99`);
  });

  it("is XML whatever names and sentences are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), fc.string({ unit: "grapheme" }), (name, words) => {
        const record = { ...report.record, name, file: words };
        const assertions = report.assertions.map((of) => ({ ...of, words }));
        parseXml(reportJunit({ ...report, record, assertions, verdicts: [name, words] }));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the check of XML", () => {
  it("refuses what is none", () => {
    const wrong = [
      "<a>",
      "<a></b>",
      "<a b=c/>",
      '<a b="<"/>',
      "<a>&x;</a>",
      "<a>&</a>",
      '<a b="1" b="2"/>',
      "<a/><b/>",
    ];
    for (const text of [...wrong, "<a>\u0000</a>", "<a>]]></a>", "x"]) assert.throws(() => parseXml(text), text);
    assert.deepEqual(parseXml('<?xml version="1.0"?>\n<a b="&#10;&lt;">x<c/></a>\n'), {
      name: "a",
      attributes: { b: "\n<" },
      children: ["x", { name: "c", attributes: {}, children: [] }],
    });
  });
});
