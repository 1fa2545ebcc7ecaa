import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bar,
  escapeMarkdown,
  type SensitivityReport,
  sensitivityDocument,
} from "../../../../src/extension/promptLab/sensitivityText";
import type { Sensitivity, SensitivityArm } from "../../../../src/runtime/promptProtocol";

function report(more: Partial<Sensitivity> = {}, about: Partial<SensitivityReport> = {}): SensitivityReport {
  const arm = (name: string, value: number, demonstrations: number[]): SensitivityArm => ({
    ...{ name, value, demonstrations },
  });
  const result: Sensitivity = {
    axis: "order",
    metric: "accuracy",
    items: 8,
    exhaustive: true,
    arms: [arm("1, 2", 0.25, [0, 1]), arm("2, 1", 0.75, [1, 0])],
    ...{ best: 0.75, worst: 0.25, mean: 0.5, sd: 0.353_55 },
    influence: [
      { demonstration: 0, text: "Dull.", effect: -0.5 },
      { demonstration: 1, text: "Fine.", effect: 0.5 },
    ],
    elapsedMs: 1234,
    ...more,
  };
  return { file: "sentiment.prompt.yaml", variant: "plain", model: "starter", result, ...about };
}

/** Cells of the tables' rows. The pipes of data are written as entities. */
function rowsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** What a reader shows of an escaped text. */
function shown(text: string): string {
  return text.replaceAll("&#124;", "|").replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

describe("sensitivityDocument", () => {
  it("says what was measured, the spread, and the arrangements from best to worst", () => {
    const text = sensitivityDocument(report());
    assert.match(text, /^# Sensitivity of sentiment\.prompt\.yaml\n/);
    assert.match(text, /^- \*\*Variant:\*\* plain$/m);
    assert.match(text, /^- \*\*What varies:\*\* Order of demonstrations\. /m);
    assert.match(text, /^- \*\*Model:\*\* starter$/m);
    assert.match(text, /^- \*\*Inputs:\*\* 8$/m);
    assert.match(text, /^- \*\*Arrangements tried:\*\* 2: all that there are$/m);
    const rows = rowsOf(text);
    assert.deepEqual(rows[2], ["75.0 %", "25.0 %", "50.0 %", "35.4 percentage points"]);
    assert.deepEqual(rows.slice(5, 7), [
      ["1", "2, 1", "75.0 %", "█".repeat(15)],
      ["2", "1, 2", "25.0 %", "█".repeat(5)],
    ]);
  });

  it("lists demonstrations by their influence, with its sign, counted as people count", () => {
    const text = sensitivityDocument(report());
    assert.match(text, /Influence is the mean of the orders in which a demonstration comes first less /);
    assert.deepEqual(rowsOf(text).slice(9), [
      ["2", "+50.0", "Fine."],
      ["1", "−50.0", "Dull."],
    ]);
    const zero = sensitivityDocument(report({ influence: [{ demonstration: 4, text: "x", effect: -0.0001 }] }));
    assert.deepEqual(rowsOf(zero).at(-1), ["5", "0.0", "x"]);
  });

  it("gives log-probabilities in nats, with bars of probabilities against the best", () => {
    const arms = [-2, -2 - Math.LN2, Number.NEGATIVE_INFINITY].map((value, i) => ({
      ...{ name: `${i}`, value, demonstrations: [] },
    }));
    const text = sensitivityDocument(
      report({ metric: "logprob", axis: "demonstrations", arms, exhaustive: false, best: -2, worst: -3, sd: 0.5 }),
    );
    assert.match(text, /\*\*Arrangements tried:\*\* 3 of more$/m);
    const rows = rowsOf(text);
    assert.deepEqual(rows[2]?.slice(0, 2), ["−2.000", "−3.000"]);
    assert.deepEqual(
      rows.slice(5, 8).map((row) => row[3]?.length),
      [20, 10, 0],
    );
    assert.deepEqual(rows.at(-1)?.slice(0, 2), ["1", "−0.500"]);
  });

  it("tells why there is no influence", () => {
    const words = sensitivityDocument(report({ axis: "labelWords", influence: [] }));
    assert.match(words, /Only the label words vary here/);
    const whole = sensitivityDocument(report({ axis: "template", influence: [] }, { variant: null }));
    assert.match(whole, /Whole variants are compared here/);
    assert.ok(!whole.includes("**Variant:**"));
    const few = sensitivityDocument(report({ axis: "demonstrations", influence: [] }));
    assert.match(few, /Too few arrangements were tried/);
  });

  it("shows the ends of a long table, and how much is between them", () => {
    const arms = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, value: i / 1000, demonstrations: [] }));
    const text = sensitivityDocument(report({ axis: "template", arms, influence: [] }));
    const names = rowsOf(text).slice(5);
    assert.equal(names.length, 201);
    assert.deepEqual([names[0]?.[1], names[100]?.[1], names.at(-1)?.[1]], ["999", "…", "0"]);
    assert.match(text, /Rows in the middle that are not shown: 800\./);
  });

  it("keeps texts of files from being anything but text", () => {
    const hostile = [
      "a | b\n| c |\n\n# heading\n- item",
      "<img src=x onerror=alert(1)><script>alert(1)</script>",
      "[click](command:workbench.action.quit) ![x](https://evil.example/x.png) <https://evil.example>",
      "`code` ``` **bold** __x__ ~~gone~~ $x^2$ &lt; &#124; www.evil.example a@evil.example https://evil.example",
      "\\| \\",
      "\u202Eevil\u0000\u2028x\uD800",
    ];
    const plain = sensitivityDocument(report());
    for (const text of hostile) {
      const arms = [{ name: text, value: 1, demonstrations: [] }];
      const influence = [{ demonstration: 0, text, effect: 1 }];
      const made = sensitivityDocument(report({ arms, influence }, { file: text, variant: text, model: text }));
      // As many lines as with plain texts, but for the one row less in both tables.
      assert.equal(made.split("\n").length, plain.split("\n").length - 2, text);
      for (const row of rowsOf(made)) assert.ok(row.length === 4 || row.length === 3, row.join());
      assert.ok(!/(?<!\\)[<>`[\]]/.test(made), made);
      assert.ok(!/https?:\/\/|\w@\w|www\.e|[\p{Cf}\p{Zl}\p{Cs}]/u.test(made), made);
      assert.ok(!made.includes("\0"), made);
    }
  });
});

describe("escapeMarkdown", () => {
  it("changes nothing of what a reader shows, in one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), (text) => {
        const escaped = escapeMarkdown(text);
        assert.equal(shown(escaped), text);
        assert.ok(!/(?<!\\)(\\\\)*[`*_[\]<>#|~!:@$]/.test(escaped.replaceAll("&#124;", "")));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}|]/u.test(escapeMarkdown(text)));
      }),
    );
  });

  it("shows line breaks, and cuts what is long", () => {
    assert.equal(escapeMarkdown("a\r\nb\nc"), "a↵b↵c");
    assert.equal(escapeMarkdown("x".repeat(1000)).length, 200);
  });
});

describe("bar", () => {
  it("is as long as the share, to an eighth of a character", () => {
    assert.deepEqual([0, 1, 2, -1, Number.NaN].map(bar), ["", "█".repeat(20), "█".repeat(20), "", ""]);
    assert.equal(bar(1 / 160), "▏");
    assert.equal(bar(15 / 160), "█▉");
  });
});
