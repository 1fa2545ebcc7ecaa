import assert from "node:assert/strict";
import fc from "fast-check";
import { toTranscript } from "../../../../src/extension/chat/chatMessages";
import { AnswerText, transcript, transcriptStops } from "../../../../src/extension/chat/transcript";

describe("transcript", () => {
  it("writes each message after its role, and ends where the answer begins", () => {
    const text = transcript([
      { role: "system", text: "Be brief." },
      { role: "user", text: " Hi.\r\n" },
      { role: "assistant", text: "Hello." },
      { role: "user", text: "  " },
      { role: "user", text: "Why?\nSay." },
    ]);
    assert.equal(text, "System: Be brief.\n\nUser: Hi.\n\nAssistant: Hello.\n\nUser: Why?\nSay.\n\nAssistant:");
  });

  it("stops where the next role would begin", () => {
    assert.deepEqual(transcriptStops, ["\nSystem:", "\nUser:", "\nAssistant:"]);
  });
});

describe("AnswerText", () => {
  it("gives the text without the white space around it, however it is cut", () => {
    const space = fc.constantFrom("", " ", "\n\n", " \t");
    const words = fc.array(fc.string({ maxLength: 5 }), { maxLength: 8 });
    fc.assert(
      fc.property(space, words, space, (before, deltas, after) => {
        const answer = new AnswerText();
        const all = [before, ...deltas, after];
        assert.equal(all.map((delta) => answer.push(delta)).join(""), all.join("").trim());
      }),
    );
  });

  it("never gives white space that may be the end", () => {
    const answer = new AnswerText();
    assert.deepEqual(
      [" A", " b", "\n", "\n", "c"].map((delta) => answer.push(delta)),
      ["A", " b", "", "", "\n\nc"],
    );
  });
});

describe("toTranscript", () => {
  const encoder = new TextEncoder();

  it("knows the roles, and joins what is text", () => {
    const data = { mimeType: "text/plain", data: encoder.encode(" two") };
    assert.deepEqual(toTranscript({ role: 1, content: [{ value: "one" }, data] }), { role: "user", text: "one two" });
    assert.equal(toTranscript({ role: 2, content: [] }).role, "assistant");
    assert.equal(toTranscript({ role: 3, content: [] }).role, "system");
  });

  it("names images, writes calls and their results, and leaves out what it does not know", () => {
    const content = [
      { value: "See" },
      { mimeType: "image/png", data: new Uint8Array(3) },
      { callId: "1", name: "find", input: { word: "x" } },
      { callId: "1", content: [{ value: "3 found" }] },
      { something: 1 },
      null,
    ];
    const { text } = toTranscript({ role: 1, content });
    assert.equal(text, 'See[image/png, left out: this model reads text only]\nfind({"word":"x"})\n\n3 found\n');
  });
});
