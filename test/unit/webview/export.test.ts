import assert from "node:assert/strict";
import fc from "fast-check";
import { comparisonTable } from "../../../src/webview/inspector/comparison/comparisonExport";
import { unitsOf } from "../../../src/webview/inspector/comparison/units";
import { type ExportJob, exportedFile } from "../../../src/webview/inspector/export/exportFiles";
import { flowDrawing } from "../../../src/webview/inspector/export/flowDrawing";
import { markdownRows, viewMarkdown } from "../../../src/webview/inspector/export/markdown";
import { base64, reportHtml } from "../../../src/webview/inspector/export/report";
import { tokensExport, tokensTable } from "../../../src/webview/inspector/export/tokensExport";
import { tableCsv } from "../../../src/webview/shared/csv";
import { drawingSvg, escapeMarkup, fitMono } from "../../../src/webview/shared/drawing";
import { numberFormats } from "../../../src/webview/shared/format";
import { comparison } from "../../webview/analysisAnswers";
import { scoredTokens, scores } from "../../webview/states";

/** What RFC 4180 says of reading CSV. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[at++];
      else quoted = false;
    } else if (character === '"' && field === "") quoted = true;
    else if (character === ",") {
      row.push(field);
      field = "";
    } else if (character === "\r" && text[at + 1] === "\n") {
      rows.push([...row, field]);
      row = [];
      field = "";
      at++;
    } else field += character;
  }
  assert.equal(field, "");
  return rows;
}

/** The names of all attributes, and the text without tags and the style sheet. Reads only tags whose attributes are quoted. */
function markup(text: string) {
  const names: string[] = [];
  const plain = text.replace(/<style>[^<]*<\/style>|<!DOCTYPE html>/g, "");
  const rest = plain.replace(/<\/?[a-z][a-z0-9]*((?:\s+[a-z0-9:-]+="[^"<>]*")*)\s*\/?>/gi, (_, attributes: string) => {
    for (const [, name] of attributes.matchAll(/([a-z0-9:-]+)="[^"]*"/gi)) names.push(name ?? "");
    return "";
  });
  return { names, rest };
}

/** https://www.w3.org/TR/xml/#charsets */
function isXml(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || code > 0xffff;
}

const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>|\`[a](javascript:alert(3))\u0000\u202e`;

function hostileScores() {
  const tokens = scoredTokens("a b c d", false).map((token) => {
    const top = token.prediction?.top.map((alternative) => ({ ...alternative, text: hostile })) ?? [];
    return { ...token, text: hostile, prediction: token.prediction && { ...token.prediction, top } };
  });
  return { ...scores(), title: hostile, tokens, model: { ...scores().model, name: hostile } };
}

function job(change: Partial<ExportJob> = {}): ExportJob {
  const state = scores();
  return {
    ...{ state, view: tokensExport(state), pictured: false, formats: numberFormats("en"), paint: () => "#123456" },
    ...{ language: "en", now: new Date(0), ...change },
  };
}

describe("CSV", () => {
  it("is read back as it was, but for the apostrophe before formulas", () => {
    const cell = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom('"', ",", "\r\n", "\n", "=1+1", "+x", "-x", "@x", " a ", ""),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    );
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const read = parseCsv(tableCsv({ columns: ["one", "two, three", "four"], rows }));
        const expected = rows.map((cells) =>
          cells.map((value) => {
            if (value === null) return "";
            if (typeof value === "number") return String(value);
            return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
          }),
        );
        assert.deepEqual(read, [["one", "two, three", "four"], ...expected]);
      }),
    );
  });

  it("leaves negative numbers numbers, and what is not a number empty", () => {
    const csv = tableCsv({ columns: ["a", "b", "c"], rows: [[-1.5, Number.NaN, "-1.5"]] });
    assert.equal(csv, "a,b,c\r\n-1.5,,'-1.5\r\n");
  });

  it("has every number of the tokens", () => {
    const state = scores();
    const read = parseCsv(tableCsv(tokensTable(state)));
    assert.equal(read.length, state.tokens.length + 1);
    const column = read[0]?.indexOf("logprob") ?? -1;
    for (const [index, { prediction }] of state.tokens.entries()) {
      assert.equal(read[index + 1]?.[column], prediction ? String(prediction.logprob) : "");
    }
  });
});

describe("the HTML report", () => {
  const picture = { drawing: flowDrawing(hostile, [{ title: hostile, chips: [] }]) };
  const chips = [{ text: hostile, fill: "surprisal-3", ink: "surprisal-3-text", ends: true }] as const;
  const table = { title: hostile, columns: [hostile], rows: [[hostile], [1.23456], [null]] };
  const facts = [{ name: hostile, value: hostile }];
  const html = reportHtml({
    title: hostile,
    language: hostile,
    facts,
    texts: [{ title: hostile, chips }],
    picture,
    table,
  });

  it("is inert, whatever the texts are", () => {
    assert.doesNotMatch(html, /<script|<img src=x|javascript:alert\(3\)"/i);
    const { names, rest } = markup(html);
    assert.doesNotMatch(rest, /[<>]/, "every < and > is a tag's");
    for (const name of names) assert.ok(!/^on|^style$|^srcdoc$/.test(name), name);
    assert.match(html, /content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/);
  });

  it("shows the texts as texts, with numbers whole in their titles", () => {
    assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"));
    assert.ok(html.includes('<td class="number" title="1.23456">1.235</td>'));
    assert.ok(!html.includes("\u0000"));
  });

  it("has colours for light and for dark", () => {
    assert.match(html, /@media \(prefers-color-scheme: dark\) \{ :root \{ --background: #1f1f1f;/);
    assert.match(html, /:root \{ color-scheme: light dark; --background: #ffffff;/);
    assert.match(html, /\.surprisal-3 \{ background: var\(--surprisal-3\)/);
    assert.match(html, /fill="var\(--foreground\)"/);
  });

  it("is the whole of a hostile text's state, too", async () => {
    const state = hostileScores();
    const file = await exportedFile("html", job({ state, view: tokensExport(state) }));
    const content = String(file?.content);
    assert.doesNotMatch(content, /<script|<img/i);
    assert.equal([...content.matchAll(/<span class="surprisal-\d">/g)].length, state.tokens.length - 1);
  });

  it("takes pictures of others as images, in which nothing runs", () => {
    const svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    const page = reportHtml({ title: "t", language: "en", facts: [], texts: [], picture: { svg }, table });
    assert.doesNotMatch(page, /<script/);
    assert.ok(page.includes(`<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}"`));
  });
});

describe("Markdown", () => {
  it("has a table that no text breaks", () => {
    const rows = [
      [`a|b\n\`c\` <b>`, 0.123456],
      ["x", null],
    ];
    const text = viewMarkdown("T", [{ name: "Model", value: "m_1" }], {
      title: "Table",
      columns: ["one", "two"],
      rows,
    });
    const lines = text.split("\n");
    const from = lines.indexOf("| one | two |");
    assert.deepEqual(lines.slice(from + 1, from + 4), [
      "| --- | --: |",
      "| a\\|b \\`c\\` &lt;b\\> | 0.1235 |",
      "| x |  |",
    ]);
    assert.ok(text.includes("- Model: m\\_1"));
  });

  it("says how many rows it leaves out", () => {
    const rows = Array.from({ length: markdownRows + 3 }, (_, index) => [index]);
    assert.ok(viewMarkdown("T", [], { title: "Table", columns: ["n"], rows }).includes("3 more rows are left out."));
  });
});

describe("JSON", () => {
  it("has the settings, the model, the ids and the table", async () => {
    const file = await exportedFile("json", job());
    const read = JSON.parse(String(file?.content));
    const state = scores();
    assert.deepEqual(read.settings, state.reference);
    assert.deepEqual(read.model, state.model);
    assert.deepEqual(
      read.ids,
      state.tokens.map(({ id }) => id),
    );
    assert.deepEqual(read.table, tokensTable(state));
    assert.equal(read.exported, "1970-01-01T00:00:00.000Z");
  });

  it("of a comparison has both sides, the heads, and differences that add up", async () => {
    const state = comparison();
    const view = { currentTable: () => comparisonTable(state, unitsOf(state)), currentPicture: async () => null };
    const read = JSON.parse(String((await exportedFile("json", job({ state, view })))?.content));
    assert.deepEqual(read.heads, state.heads);
    const column = read.table.columns.indexOf("differenceBits");
    const sum = read.table.rows.reduce((total: number, row: number[]) => total + (row[column] ?? 0), 0);
    assert.ok(Math.abs(sum - (state.b.summary.bits - state.a.summary.bits)) < 1e-9);
  });
});

describe("a drawing", () => {
  it("is well-formed XML whatever its texts are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const chips = [{ text, fill: "background", ink: "foreground", ends: false }] as const;
        const svg = drawingSvg(flowDrawing(text, [{ title: text, chips }]), () => "#000000");
        const { rest } = markup(svg);
        assert.doesNotMatch(rest, /[<>]/);
        assert.doesNotMatch(rest, /&(?!(amp|lt|gt|quot|#39);)/);
        assert.ok(Array.from(svg).every(isXml), "every character is one of XML's");
      }),
      { numRuns: 40 },
    );
    assert.equal(escapeMarkup("\ud800"), "\ufffd");
  });

  it("keeps running text inside the page, however long a token is", () => {
    const chips = scoredTokens("word and another ".repeat(80), false).map(({ text }) => ({
      ...{ text: text.repeat(text === " and" ? 60 : 1), fill: "surprisal-1", ink: "foreground", ends: false },
    })) as unknown as Parameters<typeof flowDrawing>[1][number]["chips"];
    const { width, height, marks } = flowDrawing("t", [{ title: "", chips }]);
    for (const mark of marks) {
      if (mark.kind !== "rect") continue;
      assert.ok(mark.x >= 0 && mark.x + mark.width <= width && mark.y >= 0 && mark.y + mark.height <= height);
    }
  });

  it("shortens what is too long, and nothing else", () => {
    assert.equal(fitMono("short", 12, 100), "short");
    assert.match(fitMono("a rather long token", 12, 60), /^a rat.*…$/);
  });
});

it("base64 is what Node.js says it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
      assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
    }),
    { numRuns: 20 },
  );
});
