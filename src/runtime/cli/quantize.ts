/** `gptw models quantize`: a quantized copy of a model, and what it cost. */
import * as l10n from "@vscode/l10n";
import type { QuantizeParams, QuantizeResult } from "../modelsProtocol";
import type { ExitCode } from "./commandLine";
import { readFileText } from "./input";
import { withService } from "./serviceCall";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { deviceOption, type ParsedOptions, parseOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function quantize(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("models", args, {
    bits: "text",
    "block-size": "text",
    "quantize-embeddings": "flag",
    text: "text",
    store: "text",
    device: "text",
    json: "flag",
  });
  const params = await quantizeParams(options, terminal);
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    const result = await service.quantize(params, context);
    const json = options.values("json").length > 0;
    terminal.out(json ? `${JSON.stringify(result, null, 2)}\n` : report(result));
    return 0;
  });
}

async function quantizeParams(options: ParsedOptions, terminal: Terminal): Promise<QuantizeParams> {
  const [model, ...rest] = options.positionals;
  if (model === undefined || rest.length > 0) throw new UsageError(l10n.t("one model is expected"), "models");
  const bits = choice(options, "bits", [8, 4]);
  const blockSize = choice(options, "block-size", [32, 128]);
  const device = deviceOption("models", options);
  const store = storeFolder(options);
  const [file] = options.values("text");
  const text = file === undefined ? "" : await readFileText(file, terminal);
  const embeddings = options.values("quantize-embeddings").length > 0 && { embeddingBits: 8 as const };
  return { folder: await folderOrId(model, store), store, bits, blockSize, ...embeddings, text, device };
}

/** One of two numbers; the first when the option is not given. */
function choice<const N extends number>(options: ParsedOptions, name: string, [first, second]: readonly [N, N]): N {
  const [text = String(first)] = options.values(name);
  const found = [first, second].find((number) => String(number) === text);
  if (found !== undefined) return found;
  const given = JSON.stringify(text.slice(0, 40));
  throw new UsageError(l10n.t("--{0} must be {1} or {2}, not {3}", name, first, second, given), "models");
}

function report({ model, bytesBefore, bytesAfter, perplexity }: QuantizeResult): string {
  const percent = ((100 * bytesAfter) / bytesBefore).toFixed(0);
  const lines = [
    l10n.t("{0}: {1}", model.id, model.folder),
    l10n.t("size: {0} MB before, {1} MB after ({2} %)", megabytes(bytesBefore), megabytes(bytesAfter), percent),
  ];
  if (perplexity) {
    const { before, after, tokens } = perplexity;
    const change = 100 * (after / before - 1);
    const signed = `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(2)}`;
    const figures = [before.toFixed(3), after.toFixed(3), signed] as const;
    lines.push(l10n.t("perplexity over {0} tokens: {1} before, {2} after ({3} %)", tokens, ...figures));
  }
  return `${lines.join("\n")}\n`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
