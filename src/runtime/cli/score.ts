/** `gptw score`: every token's probability, as JSON lines on standard output; sums on standard error. */
import * as l10n from "@vscode/l10n";
import type { ScoredToken, ScoreResult } from "../protocol";
import type { ExitCode } from "./commandLine";
import { tokensInput } from "./input";
import { withService } from "./serviceCall";
import { modelFolderOption } from "./store";
import type { Terminal } from "./terminal";
import { truncationNotice } from "./truncationNotice";
import { parseOptions, runOptions } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function score(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("score", args, {
    model: "text",
    store: "text",
    device: "text",
    context: "text",
    ids: "text",
    slide: "flag",
  });
  const model = { folder: await modelFolderOption("score", options), ...runOptions("score", options) };
  const input = await tokensInput("score", options, terminal);
  const longText = options.values("slide").length > 0 ? "slide" : "truncate";
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    const result = await service.score({ model, input, topK: 0, longText }, context);
    for (const token of result.tokens) terminal.out(`${JSON.stringify(tokenLine(token, result))}\n`);
    writeSummary(result, terminal);
    return 0;
  });
}

/** `token` is null when the folder has no tokenizer; `bytes` (hexadecimal) is there when it is no whole text. */
function tokenLine({ id, text, bytes, prediction }: ScoredToken, { model }: ScoreResult) {
  return {
    token: model.hasTokenizer ? text : null,
    ...(bytes !== undefined && { bytes }),
    id,
    logprob: prediction?.logprob ?? null,
    rank: prediction?.rank ?? null,
  };
}

function writeSummary({ model, summary, truncation, slides, tokens }: ScoreResult, terminal: Terminal): void {
  truncationNotice(truncation, terminal);
  if (slides > 0)
    terminal.err(
      `gptw: ${l10n.t("The context was full {0} times; its earlier half was dropped each time.", slides)}\n`,
    );
  const bits = summary.bits.toFixed(2);
  const perplexity = summary.perplexity.toFixed(2);
  const parts = [
    l10n.t("{0} on {1}: {2} tokens, {3} of them scored", model.name, model.device, tokens.length, summary.tokens),
    l10n.t("{0} bits, perplexity {1}", bits, perplexity),
  ];
  if (model.hasTokenizer) parts.push(l10n.t("{0} bits per byte", summary.bitsPerByte.toFixed(4)));
  terminal.err(`${parts.join("; ")}\n`);
}
