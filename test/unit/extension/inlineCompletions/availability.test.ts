import assert from "node:assert/strict";
import {
  type Circumstances,
  isOnFor,
  type Quiet,
  whyQuiet,
} from "../../../../src/extension/inlineCompletions/availability";

const on: Circumstances = {
  enabled: true,
  languages: { "*": true },
  language: "python",
  scheme: "file",
  notebooks: false,
  trusted: true,
  allowedUntrusted: false,
  snoozed: false,
};

describe("whyQuiet", () => {
  const cases: readonly (readonly [what: string, change: Partial<Circumstances>, quiet: Quiet | undefined])[] = [
    ["when all is well", {}, undefined],
    ["when turned off", { enabled: false }, "off"],
    ["in a workspace that is not trusted", { trusted: false }, "untrusted"],
    ["in one that is not trusted but allowed", { trusted: false, allowedUntrusted: true }, undefined],
    ["while snoozed", { snoozed: true }, "snoozed"],
    ["for a language that is off", { languages: { "*": true, python: false } }, "language"],
    ["for a language that alone is on", { languages: { "*": false, python: true } }, undefined],
    ["for all others then", { languages: { "*": false, markdown: true } }, "language"],
    ["in the input of source control", { scheme: "vscode-scm" }, "document"],
    ["in an output channel", { scheme: "output" }, "document"],
    ["in a file without a name", { scheme: "untitled" }, undefined],
    ["in a notebook", { scheme: "vscode-notebook-cell" }, "document"],
    ["in a notebook where they are on", { scheme: "vscode-notebook-cell", notebooks: true }, undefined],
    ["first by what the user did", { enabled: false, trusted: false, snoozed: true }, "off"],
  ];
  for (const [what, change, quiet] of cases) {
    it(`${quiet ? "is quiet" : "suggests"} ${what}`, () => assert.equal(whyQuiet({ ...on, ...change }), quiet));
  }
});

describe("isOnFor", () => {
  it("is on where nothing is said, and takes no inherited key for a language", () => {
    assert.ok(isOnFor({}, "python"));
    assert.ok(isOnFor({}, "constructor"));
    assert.ok(!isOnFor({ "*": false }, "toString"));
  });
});
