/** Pieces of help texts. */
import * as l10n from "@vscode/l10n";

/** The options that every command with a model takes. */
export function modelRows(): [string, string][] {
  return [
    ["--model DIR", l10n.t("folder of a GPT in Hugging Face form, or the id of one in the store; required")],
    ["--store DIR", l10n.t("the store (see gptw models)")],
    [
      "--device DEVICE",
      `${l10n.t("auto (the fastest that works), webgpu, cuda, directml, coreml or cpu")} ${l10n.t("[{0}]", "auto")}`,
    ],
    ["--context N", l10n.t("most tokens of context to use [the model's own]")],
  ];
}

/** Lines of two columns. */
export function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}
