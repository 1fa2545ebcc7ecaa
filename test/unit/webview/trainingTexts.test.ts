import assert from "node:assert/strict";
import { shortNumber, steadyNumber } from "../../../src/webview/training/texts";

describe("numbers of the training panel", () => {
  it("are short along axes, and of one length below one another", () => {
    const numbers = [0, 2.9, 0.74, 99.96, 1383.6, 12_345, 2.5e-5, 6e-5, 1.5e6, -0.5, Number.NaN];
    assert.deepEqual(
      numbers.map((value) => [shortNumber(value), steadyNumber(value)]),
      [
        ["0", "0"],
        ["2.9", "2.90"],
        ["0.74", "0.740"],
        ["100", "100"],
        ["1380", "1384"],
        ["12300", "12345"],
        ["2.5e-5", "2.50e-5"],
        ["6e-5", "6.00e-5"],
        ["1.5e6", "1.50e6"],
        ["-0.5", "-0.500"],
        ["–", "–"],
      ],
    );
  });
});
