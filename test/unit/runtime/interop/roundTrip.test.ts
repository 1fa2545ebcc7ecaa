/** A prompt file that was written for another program and read back asks the same: byte for byte. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { inFolder, roundTrip } from "./support";

/** Texts with what templates, YAML and JSON stumble over; not only white space. */
const piece = fc.constantFrom(
  ...[
    "{{",
    "}}",
    "{%",
    "{#",
    "{",
    "}",
    "\\",
    '"',
    "'",
    ":",
    "# ",
    "- ",
    "\n",
    "  ",
    "---",
    "yes",
    "null",
    "2020-01-01",
    "7",
  ],
  ...[
    "é",
    "漢字",
    "🙂",
    "\u0085",
    "\u2028",
    "\t",
    "file://",
    "<b>",
    "%",
    "|",
    "&a",
    "*a",
    "!x",
    "{{ text }}",
    "word",
    "a b",
  ],
);
const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => `x${parts.join("")}`);
/** White space at a text's ends is an answer's, which is compared without it. */
const answer = text.map((one) => `${one.trim()}.`);
const separator = fc.constantFrom("\n\n", "\n", " | ", "\n###\n", "");
const literal = fc.constantFrom("Review: ", "Q:\n", "{{ '{{' }} ", "", "é 🙂 ");
const sampler = fc.record({
  k: fc.integer({ min: 0, max: 3 }),
  sampler: fc.constantFrom("fixed", "random", "balanced"),
  fresh: fc.boolean(),
});
const space = fc.constantFrom(" ", "\n", "", "\t");

const labelled = fc
  .record({
    rows: fc.array(fc.record({ text, label: fc.constantFrom("a", "b") }), { minLength: 2, maxLength: 4 }),
    pool: fc.array(fc.record({ text, label: fc.constantFrom("a", "b") }), { minLength: 3, maxLength: 5 }),
    words: fc.uniqueArray(answer, { minLength: 2, maxLength: 2 }),
    variants: fc.array(
      fc.record({ before: literal, space, behind: fc.constantFrom("", ".", "\n"), separator, draw: sampler }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    instruction: fc.option(fc.constantFrom("Say it.", "As {{ labels }}", "Do:\n"), { nil: undefined }),
  })
  .map(({ rows, pool, words, variants, instruction }) => ({
    task: "classification",
    labels: { a: words[0], b: words[1] },
    ...(instruction === undefined ? {} : { instruction }),
    input: rows,
    demonstrations: { from: pool, seed: 5 },
    variants: variants.map(({ before, space, behind, separator, draw }, i) => ({
      name: `v ${i}`,
      template: `${before}{{ text }}${i === 1 ? "{% if text %}!{% endif %}" : ""}\n=>${space}{{ answer }}${behind}`,
      separator,
      demonstrations: draw,
    })),
  }));

const choosing = fc
  .array(fc.record({ q: text, options: fc.uniqueArray(answer, { minLength: 2, maxLength: 4 }) }), {
    minLength: 2,
    maxLength: 4,
  })
  .map((rows) => ({
    task: "multipleChoice",
    choices: "options",
    input: rows.map((row, i) => ({ ...row, label: i % 2 })),
    variants: [{ name: "plain", template: "{{ q }}\nA: {{ answer }}" }],
  }));

const written = fc.array(fc.record({ question: text, answer }), { minLength: 4, maxLength: 6 }).map((rows) => ({
  task: "questionAnswering",
  decoding: { maxNewTokens: 5, stop: ["\n"] },
  input: rows.slice(0, 2),
  demonstrations: { from: rows.slice(2), k: 2, sampler: "fixed" },
  variants: [{ name: "plain", template: "Q: {{ question }}\nA: {{ answer }}" }],
}));

describe("prompt files written for other programs and read back", function () {
  this.timeout(60_000);
  for (const form of ["lm-eval", "promptfoo"] as const)
    for (const [name, files] of Object.entries({ labelled, choosing, written }))
      it(`ask the same: ${form}, ${name}`, () =>
        fc.assert(
          fc.asyncProperty(files as fc.Arbitrary<object>, (file) =>
            inFolder(async (folder) => {
              const { before, after } = await roundTrip(folder, file, form);
              assert.deepEqual(after, before);
            }),
          ),
          { numRuns: 25 },
        ));
});
