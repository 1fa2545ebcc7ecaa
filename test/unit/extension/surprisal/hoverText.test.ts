import assert from "node:assert/strict";
import fc from "fast-check";
import { hoverText, legendText, replacementFor } from "../../../../src/extension/surprisal/hoverText";
import type { LensBrief } from "../../../../src/extension/surprisal/lensBriefs";
import { combineTokens } from "../../../../src/extension/surprisal/ranges";
import {
  commandTarget,
  escapeMarkdown,
  hoverFormats,
  visibleToken,
} from "../../../../src/extension/surprisal/tokenText";
import type { Alternative, ScoredToken } from "../../../../src/runtime/protocol";
import { numberFormats } from "../../../../src/webview/shared/format";
import { tokenPieces } from "../../../../src/webview/shared/tokenText";
import { modelInfo } from "../support";
import { scoredToken } from "./support";

const formats = hoverFormats("en");
const nothing = new Map<number, LensBrief>();

/** What would be syntax, HTML, an icon, a link or a command if it were not escaped. */
const hostile = [
  "`code` **bold** _em_ ~~no~~ | cell |",
  "<img src=x onerror=alert(1)>",
  "[Replace](command:workbench.action.quit)",
  "$(trash) :smile: www.example.com https://example.com me@example.com",
  "](x) ``` \n\n# heading\n- item\n> quote\n---",
  "&lt; \\* ![](http://example.com/x.png)",
  "\u202Egnp.exe\u2066",
];

function alternative(text: string, id: number): Alternative {
  return { id, text, logprob: Math.log(0.25) };
}

function hover(tokens: readonly ScoredToken[], documentText: string, editable = true, briefs = nothing): string {
  const scored = {
    text: documentText,
    reference: { folder: "/m", device: "cpu" },
    model: modelInfo,
    tokens,
    truncation: null,
  } as const;
  const range = combineTokens(tokens, 0).at(-1);
  assert.ok(range);
  const replaceTarget = editable ? (text: string) => commandTarget("gptWorkbench.replaceToken", { text }) : undefined;
  const { head, body } = hoverText({ found: { scored, range }, documentText, briefs, replaceTarget, formats });
  return body ? `${head}\n\n${body}` : head;
}

function withTop(token: ScoredToken, ...top: Alternative[]): ScoredToken {
  assert.ok(token.prediction);
  return { ...token, prediction: { ...token.prediction, top } };
}

describe("a hover over a token", () => {
  const token = withTop(scoredToken(" cat", 0, 4, 3), alternative(" dog", 100), alternative(" cat", 4));

  it("tells probability, rank, bits, entropy and what was expected, each alternative with its link", () => {
    const text = hover([token], " cat");
    assert.match(text, /^\*\*·cat\*\* — 3\.00 bits · 12\.5% · rank 2 · entropy 3\.00 bits\n\n/);
    assert.match(text, /\n\| ·dog \| 25\.0% \| \[Replace\]\(command:gptWorkbench\.replaceToken\?\S+\) \|\n/);
    assert.match(text, /\| ·cat \| 25\.0% \| this token \|$/);
  });

  it("gives no links in a document that cannot be edited", () =>
    assert.doesNotMatch(hover([token], " cat", false), /command:/));

  it("gives no link to an alternative that is not whole characters, or no text", () => {
    const broken = { ...alternative("\uFFFD", 7), bytes: "f09f" };
    const text = hover([withTop(token, broken, alternative("<|endoftext|>", 8), alternative("", 9))], " cat");
    assert.doesNotMatch(text, /command:/);
    assert.match(text, /\| f0 9f \|/);
  });

  it("lists each of several tokens that share characters, without links", () => {
    const part = (bits: number) => withTop({ ...scoredToken("\uFFFD", 0, 2, bits), bytes: "f0" }, alternative("x", 3));
    const text = hover([part(3), part(5)], "🙂");
    assert.match(text, /^2 tokens share these characters: 8\.00 bits together\.\n/);
    assert.match(text, /3\.00 bits[\s\S]*5\.00 bits/);
    assert.doesNotMatch(text, /command:/);
  });

  it("says that nothing stands before the first token", () => {
    assert.match(hover([scoredToken("x", 0, 1, null)], "x"), /^\*\*x\*\* — First token: nothing stands before it/);
  });

  it("tells where the answer first leads, and takes alternatives from there when it has none", () => {
    const brief = (firstLead: number) => new Map([[0, { firstLead, rows: 5, top: [alternative(" dog", 100)] }]]);
    const bare = scoredToken(" cat", 0, 4, 3);
    const [layer, embeddings] = [hover([bare], " cat", true, brief(3)), hover([bare], " cat", true, brief(0))];
    assert.match(layer, /the answer \*\*·dog\*\* first leads after layer 2, of 0 to 3\.\n[\s\S]*\| ·dog \|/);
    assert.match(embeddings, /the answer \*\*·dog\*\* leads from the embeddings on\./);
  });

  for (const text of hostile) {
    it(`shows as it is, and lets do nothing: ${JSON.stringify(text)}`, () => {
      const made = hover([withTop(scoredToken(text, 0, text.length, 2), alternative(text, 900))], text);
      assert.equal(syntaxOf(made), syntaxOf(hover([withTop(scoredToken("a", 0, 1, 2), alternative("b", 900))], "a")));
    });
  }

  it("lets no token of any kind add to its syntax", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 50 }), (text) => {
        const escaped = escapeMarkdown(visibleToken({ text }));
        assert.doesNotMatch(escaped.replace(/&#\d+;/g, ""), /[!-/:-@[-`{-~\s]/);
      }),
    );
  });

  it("writes tokens as the inspector's strip does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
        assert.equal(
          visibleToken({ text }),
          tokenPieces({ text })
            .map((piece) => piece.text)
            .join(""),
        );
      }),
    );
    assert.equal(visibleToken({ text: "\uFFFD", bytes: "f09f" }), "f0 9f");
    assert.ok(visibleToken({ text: "x".repeat(500) }).length < 100);
  });

  it("writes numbers as the inspector does", () => {
    const panel = numberFormats("de");
    const ours = hoverFormats("de");
    for (const p of [1, 0.99999, 0.995, 0.5, 0.0123456, 1e-5, 1e-9]) assert.equal(ours.percent(p), panel.percent(p));
    assert.equal(ours.bits(1.005), panel.decimal(1.005));
    assert.equal(ours.count(12345), panel.count(12345));
  });

  it("makes link targets that end nowhere early and carry their argument unharmed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const target = commandTarget("gptWorkbench.replaceToken", { text });
        assert.match(target, /^command:gptWorkbench\.replaceToken\?[\w%.-]+$/);
        const json = decodeURIComponent(target.slice(target.indexOf("?") + 1));
        assert.deepEqual(JSON.parse(json), [{ text }]);
      }),
    );
  });
});

/** The made Markdown without what tokens show: escaped text and link arguments. */
function syntaxOf(markdown: string): string {
  return markdown.replace(/\?[\w%.-]+\)/g, "?)").replace(/(?:&#\d+;|[^\s\x20-\x7e—]|[a-zA-Z0-9.])+/g, "w");
}

describe("a hover's legend", () => {
  it("shows the seven colours with their bits, and sets off the token's", () => {
    const legend = legendText(5, formats);
    const spans = [
      ...legend.matchAll(/<span style="background-color:var\(--vscode-gptWorkbench-surprisal(\d)\);">(.*?)<\/span>/g),
    ];
    assert.deepEqual(
      spans.map(([, level]) => Number(level)),
      [0, 1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(
      spans.map(([, , text]) => text?.includes("<strong>")),
      [false, false, false, true, false, false, false],
    );
    assert.match(legend, /&lt;1[\s\S]*1–2[\s\S]*2–4[\s\S]*4–6[\s\S]*6–9[\s\S]*9–13[\s\S]*≥13/);
  });
});

describe("what replaces a token", () => {
  it("is the alternative's text where the token's is the document's", () => {
    assert.equal(replacementFor({ text: " cat" }, { text: " dog" }, " cat"), " dog");
    assert.equal(replacementFor({ text: "\r\n" }, { text: "\n\n" }, "\r\n"), "\n\n");
  });

  it("is the word where tokens are words with a blank behind them, as GPT-1's", () => {
    assert.equal(replacementFor({ text: "cat " }, { text: "dog " }, "Cat"), "dog");
    assert.equal(replacementFor({ text: "cat " }, { text: "dog" }, "Chat"), undefined);
  });
});
