import assert from "node:assert/strict";
import { progressLine } from "../../../../src/runtime/cli/progressLine";
import type { Terminal } from "../../../../src/runtime/cli/terminal";

/** What a line writes of `texts` when they come at once. */
function written(overwrites: boolean, texts: readonly string[]): string {
  let err = "";
  const terminal = {
    err: (text: string) => {
      err += text;
    },
    overwrites,
  } as Terminal;
  const line = progressLine(terminal);
  for (const text of texts) line.show(text);
  line.end();
  line.end();
  return err;
}

describe("progressLine", () => {
  const texts = ["step 1 of 3", "step 2", "3"];

  it("writes over what a terminal shows, and leaves the last", () =>
    assert.equal(written(true, texts), "\rstep 1 of 3\r3          \n"));

  it("writes lines into a file, the first and the last of many", () =>
    assert.equal(written(false, texts), "step 1 of 3\n3\n"));

  it("writes nothing when nothing was shown", () => {
    assert.equal(written(true, []), "");
    assert.equal(written(false, []), "");
  });
});
