import assert from "node:assert/strict";
import { textLimit } from "../../../../src/extension/commands/chooseText";
import { comparisonChoices, type OpenSide, openText } from "../../../../src/extension/commands/comparisonChoices";
import { description, gpt2, starter } from "../models";

const side = (label: string, selection: string, file = "the whole file"): OpenSide => ({
  uri: `file:///${label}`,
  label,
  selected: { text: selection, offset: 7 },
  file: () => file,
});

describe("what a text can be compared with", () => {
  it("is every other open text, the clipboard, a file, and every other model that can read it", () => {
    const noTokenizer = {
      ...gpt2,
      folder: "/models/ids",
      state: { kind: "ready", description: { ...description, hasTokenizer: false } },
    } as const;
    const error = { code: "invalidConfig", message: "", hint: "" } as const;
    const broken = { ...gpt2, folder: "/models/broken", state: { kind: "broken", error } } as const;
    const open = [side("a.ts", "two\nlines"), side("b.ts", "")];
    const choices = comparisonChoices(open, [starter, gpt2, noTokenizer, broken], starter.folder);
    assert.deepEqual(
      choices.map(({ label, description: part }) => [label, part]),
      [
        ["a.ts", "selection"],
        ["b.ts", "file"],
        ["Clipboard", "the text in it"],
        ["File…", "the start of one on disk"],
        ["gpt2", "the same text under this model"],
      ],
    );
    assert.equal(choices[0]?.detail, "two");
    assert.ok(choices[1] && !("detail" in choices[1]));
    assert.deepEqual(choices.at(-1)?.value, { kind: "model", folder: gpt2.folder, name: "gpt2" });
  });

  it("is read as its selection, or else its file, whose start is kept", () => {
    const chosen = openText(side("a.ts", "selected"));
    assert.ok(chosen.kind === "text" && chosen.text === "selected" && chosen.offset === 7);
    const long = openText(side("a.ts", "", "x".repeat(textLimit + 5)));
    assert.ok(long.kind === "text" && long.text.length === textLimit && long.kept === "start");
    assert.equal(openText(side("a.ts", "", " \n")).kind, "blank");
  });
});
