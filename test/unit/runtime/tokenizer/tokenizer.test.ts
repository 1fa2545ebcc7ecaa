import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { TokenSpan } from "../../../../src/runtime/protocol";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import {
  bytePlaces,
  decodeTokens,
  describeToken,
  TextStream,
  type Tokenizer,
  tokenSpans,
} from "../../../../src/runtime/tokenizer/tokenizer";
import { fails, root } from "../checkpoint/support";
import { anyText, hardTexts } from "./texts";

/** A token for each of 256 bytes, and none else: every character beyond ASCII is torn apart. */
const oneByte = tokensOf((id) => Uint8Array.of(id));

/** A lossless tokenizer whose tokens are what is given. */
function tokensOf(tokenBytes: (id: number) => Uint8Array): Tokenizer {
  return {
    lossless: true,
    vocabSize: 256,
    endOfTextId: null,
    encode: (text) => [...Buffer.from(text)],
    tokenBytes,
    places: (text, ids) => bytePlaces(tokenBytes, text, ids),
    free: () => undefined,
  };
}

/** Characters of a text as ranges of UTF-16 units, with the bytes they take, one entry per byte. */
function rangePerByte(text: string): { start: number; end: number }[] {
  let start = 0;
  return [...text].flatMap((char) => {
    const range = { start, end: start + char.length };
    start = range.end;
    return new Array<typeof range>(Buffer.byteLength(char)).fill(range);
  });
}

function assertSpans(tokenizer: Tokenizer, text: string, ids: readonly number[], found: readonly TokenSpan[]): void {
  const ranges = rangePerByte(text);
  let byte = 0;
  found.forEach((span, i) => {
    const bytes = tokenizer.tokenBytes(ids[i] ?? -1);
    assert.equal(span.id, ids[i]);
    assert.equal(span.start, ranges[byte]?.start);
    byte += bytes.length;
    assert.equal(span.end, ranges[byte - 1]?.end);
    if (span.bytes === undefined) assert.deepEqual(Buffer.from(span.text), Buffer.from(bytes));
    else assert.equal(span.bytes, Buffer.from(bytes).toString("hex"));
  });
  assert.equal(byte, Buffer.byteLength(text));
}

describe("tokenSpans", () => {
  let starter: Tokenizer;
  before(async () => {
    const tokenizer = await loadTokenizer(join(root, "media/models/starter"), { vocabSize: 8192, modelType: "gpt2" });
    assert.ok(tokenizer);
    starter = tokenizer;
  });
  after(() => starter.free());

  for (const [what, text] of Object.entries(hardTexts)) {
    it(`places every byte of every token: ${what}`, () => {
      for (const tokenizer of [starter, oneByte]) {
        const ids = tokenizer.encode(text);
        assertSpans(tokenizer, text, ids, tokenSpans(tokenizer, text, ids));
      }
    });
  }

  it("covers any text in order, whichever way it is cut into tokens", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(anyText, cuts, (text, lengths) => {
        const bytes = Buffer.from(text);
        const tokens: Buffer[] = [];
        for (let at = 0; at < bytes.length; ) {
          const length = lengths[tokens.length % lengths.length] ?? 1;
          tokens.push(bytes.subarray(at, at + length));
          at += length;
        }
        const cut = tokensOf((id) => tokens[id] ?? new Uint8Array());
        const ids = tokens.map((_, i) => i);
        const found = tokenSpans(cut, text, ids);
        assertSpans(cut, text, ids, found);
        found.forEach((span, i) => {
          const next = found[i + 1];
          if (next === undefined) assert.equal(span.end, text.length);
          else assert.ok(span.start <= next.start && next.start <= span.end && span.end <= next.end);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("gives tokens within one emoji its whole range", () => {
    const found = tokenSpans(oneByte, "a👍b", oneByte.encode("a👍b"));
    assert.deepEqual(
      found.map(({ start, end }) => [start, end]),
      [
        [0, 1],
        [1, 3],
        [1, 3],
        [1, 3],
        [1, 3],
        [3, 4],
      ],
    );
    assert.deepEqual(found[1], { id: 0xf0, text: "\ufffd", bytes: "f0", start: 1, end: 3 });
  });

  it("takes the first of the tokens, ending within a character", () => {
    const found = tokenSpans(oneByte, "a👍b", oneByte.encode("a👍b").slice(0, 3));
    assert.deepEqual(
      found.map(({ start, end }) => [start, end]),
      [
        [0, 1],
        [1, 3],
        [1, 3],
      ],
    );
  });

  it("gives a token of no bytes an empty range", () => {
    const padded = tokensOf((id) => (id > 255 ? new Uint8Array() : Uint8Array.of(id)));
    const found = tokenSpans(padded, "aé", [300, 97, 300, 0xc3, 300, 0xa9, 300]);
    assert.deepEqual(
      found.map(({ start, end }) => [start, end]),
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 2],
        [1, 1],
        [1, 2],
        [2, 2],
      ],
    );
  });

  it("refuses tokens that are longer than the text", () => {
    assert.throws(() => tokenSpans(oneByte, "a", [97, 98]), RangeError);
  });

  it("takes a text of half a million tokens in its stride: time linear in the text", () => {
    const text = "Grüße 👍 ".repeat(40_000);
    assert.equal(tokenSpans(oneByte, text, oneByte.encode(text)).length, Buffer.byteLength(text));
  });
});

describe("decodeTokens", () => {
  it("gives a text and its spans back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = oneByte.encode(text);
        const decoded = decodeTokens(oneByte, ids);
        assert.equal(decoded.text, Buffer.from(text).toString());
        assert.deepEqual(decoded.spans, tokenSpans(oneByte, decoded.text, ids));
      }),
    );
  });

  it("shows malformed bytes as TextDecoder does, each token within the text", () => {
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (ids) => {
        const { text, spans } = decodeTokens(oneByte, ids);
        assert.equal(text, new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(ids)));
        assert.equal(spans.at(-1)?.end ?? 0, text.length);
        for (const [i, span] of spans.entries()) {
          const piece = text.slice(span.start, span.end);
          assert.equal([...piece].length, 1);
          if (piece !== "\ufffd") assert.ok(Buffer.from(piece).includes(ids[i] ?? -1));
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe("describeToken", () => {
  it("shows bytes only of what is no whole text", () => {
    const tokens = ["a", " b", "é", "\ufffd", "\ufeff", ""].map((text) => new TextEncoder().encode(text));
    tokens.push(Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x61, 0xc3));
    const tokenizer = tokensOf((id) => tokens[id] ?? assert.fail());
    assert.deepEqual(
      tokens.map((_, id) => describeToken(tokenizer, id)),
      [
        { id: 0, text: "a" },
        { id: 1, text: " b" },
        { id: 2, text: "é" },
        { id: 3, text: "\ufffd" },
        { id: 4, text: "\ufeff" },
        { id: 5, text: "" },
        { id: 6, text: "\ufffd", bytes: "f09f" },
        { id: 7, text: "a\ufffd", bytes: "61c3" },
      ],
    );
  });

  it("refuses an id that is none", async () => {
    const starter = await loadTokenizer(join(root, "media/models/starter"), { vocabSize: 8192, modelType: "gpt2" });
    assert.ok(starter);
    assert.throws(() => describeToken(starter, 9000), fails("invalidTokenIds", "9000"));
    starter.free();
  });
});

describe("TextStream", () => {
  it("gives whole characters only, and all of them, however the bytes are cut", () => {
    const bytes = fc.oneof(
      anyText.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 30 }),
      fc
        .array(fc.constantFrom(0xf0, 0x9f, 0x91, 0xa9, 0xe2, 0x80, 0x8d, 0xed, 0x61), { maxLength: 20 })
        .map(Buffer.from),
    );
    const cuts = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(bytes, cuts, (all, lengths) => {
        if (lengths.every((length) => length === 0)) return;
        const stream = new TextStream();
        let text = "";
        for (let at = 0, i = 0; at < all.length; i++) {
          const length = lengths[i % lengths.length] ?? 1;
          const before = text.length;
          text += stream.push(all.subarray(at, at + length));
          at += length;
          assert.ok(text.length >= before && !/[\ud800-\udbff]$/.test(text));
        }
        assert.equal(text + stream.end(), new TextDecoder("utf-8", { ignoreBOM: true }).decode(all));
      }),
      { numRuns: 3000 },
    );
  });

  it("says how many units the character begun will take", () => {
    const stream = new TextStream();
    const seen: [string, number][] = [...Buffer.from("a👍é")].map((byte) => [
      stream.push(Uint8Array.of(byte)),
      stream.pendingUnits,
    ]);
    assert.deepEqual(seen, [
      ["a", 0],
      ["", 2],
      ["", 2],
      ["", 2],
      ["👍", 0],
      ["", 1],
      ["é", 0],
    ]);
  });

  it("ends with a replacement character for a character cut off, and starts anew", () => {
    const stream = new TextStream();
    assert.equal(stream.push(Uint8Array.of(0x61, 0xf0, 0x9f)), "a");
    assert.equal(stream.end(), "\ufffd");
    assert.equal(stream.pendingUnits, 0);
    assert.equal(stream.push(Uint8Array.of(0x62)) + stream.end(), "b");
  });
});
