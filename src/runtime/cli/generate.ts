/** `gptw generate`: streams a continuation to standard output. */
import * as l10n from "@vscode/l10n";
import type { GenerateEvent, GenerateParams, GenerateResult, GenerationConfig } from "../protocol";
import type { ExitCode } from "./commandLine";
import { generationDefaults } from "./generationDefaults";
import { readInputText } from "./input";
import { withService } from "./serviceCall";
import { modelFolderOption } from "./store";
import type { Terminal } from "./terminal";
import { slideNotice, truncationNotice } from "./truncationNotice";
import { numberOption, type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function generate(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("generate", args, {
    model: "text",
    store: "text",
    device: "text",
    context: "text",
    "max-new-tokens": "text",
    temperature: "text",
    "top-k": "text",
    "top-p": "text",
    "min-p": "text",
    "repetition-penalty": "text",
    "frequency-penalty": "text",
    "presence-penalty": "text",
    "logit-bias": "texts",
    seed: "text",
    stop: "texts",
    json: "flag",
  });
  const model = { folder: await modelFolderOption("generate", options), ...runOptions("generate", options) };
  const config = generationConfig(options);
  const prompt = await promptText(options.positionals, terminal);
  const params: GenerateParams = { model, prompt, config, topAlternatives: 0 };
  const writer = options.values("json").length > 0 ? jsonWriter(params, terminal) : textWriter(terminal);
  return withService(terminal, async (service, context) => {
    const result = await service.generate(params, context, writer.event);
    writer.end(result);
    if (result.finishReason !== "cancelled") return 0;
    return terminal.readerGone ? 0 : 130;
  });
}

function generationConfig(options: ParsedOptions): GenerationConfig {
  const number = (name: keyof typeof generationDefaults) =>
    numberOption("generate", options, name, generationDefaults[name]);
  const stop = options.values("stop").map(withEscapes);
  if (stop.length > 16) throw new UsageError(l10n.t("--stop is given more than 16 times"), "generate");
  return {
    maxNewTokens: number("max-new-tokens"),
    temperature: number("temperature"),
    topK: number("top-k"),
    topP: number("top-p"),
    ...processors(options),
    seed: number("seed"),
    stop,
  };
}

/** The settings that stay out of the record when they are not given. */
function processors(options: ParsedOptions): Partial<GenerationConfig> {
  const given = (name: keyof typeof generationDefaults, key: keyof GenerationConfig) =>
    options.values(name).length > 0 ? { [key]: numberOption("generate", options, name, generationDefaults[name]) } : {};
  return {
    ...given("min-p", "minP"),
    ...given("repetition-penalty", "repetitionPenalty"),
    ...given("frequency-penalty", "frequencyPenalty"),
    ...given("presence-penalty", "presencePenalty"),
    ...logitBias(options.values("logit-bias")),
  };
}

function logitBias(given: readonly string[]): Partial<GenerationConfig> {
  if (given.length === 0) return {};
  return { logitBias: Object.fromEntries(given.map(parseBias)) };
}

function parseBias(text: string): [string, number] {
  const [, id, bias] = /^(\d+)=([+-]?(?:\d+\.?\d*|\.\d+))$/.exec(text) ?? [];
  if (id !== undefined && bias !== undefined) return [id, Number(bias)];
  throw new UsageError(l10n.t("--logit-bias must be a token's id and a number, as in 50256=-5"), "generate");
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

/** Not every shell can write a line feed into an argument. */
function withEscapes(text: string): string {
  return text.replace(/\\([nrt\\])/g, (_, letter: string) => escapes[letter] ?? letter);
}

async function promptText(positionals: readonly string[], terminal: Terminal): Promise<string> {
  const [text, ...rest] = positionals;
  if (text === undefined) throw new UsageError(l10n.t("the text to continue is missing"), "generate");
  if (rest.length > 0)
    throw new UsageError(l10n.t("there are {0} texts; put quotes around one", positionals.length), "generate");
  return text === "-" ? readInputText(terminal) : text;
}

/** Writes events as they come, and the end of them. */
interface EventWriter {
  readonly event: (event: GenerateEvent) => void;
  readonly end: (result: GenerateResult) => void;
}

/** The text alone, as it becomes certain, and a line feed after it. */
function textWriter(terminal: Terminal): EventWriter {
  let written = 0;
  return {
    event: (event) => {
      if (event.kind === "prompt") return truncationNotice(event.truncation, terminal);
      if (event.kind === "slide") return slideNotice(event.dropped, terminal);
      terminal.out(event.textDelta);
      written += event.textDelta.length;
    },
    // What was held back in case a stop string had begun comes with the result only.
    end: (result) => terminal.out(`${result.text.slice(written)}\n`),
  };
}

/** One JSON object a line: a token each, then the result with everything needed to repeat it. */
function jsonWriter(params: GenerateParams, terminal: Terminal): EventWriter {
  const line = (value: unknown) => terminal.out(`${JSON.stringify(value)}\n`);
  let prompt: Omit<Extract<GenerateEvent, { kind: "prompt" }>, "kind"> | undefined;
  return {
    event: (event) => {
      if (event.kind === "prompt") {
        truncationNotice(event.truncation, terminal);
        prompt = { model: event.model, promptTokens: event.promptTokens, truncation: event.truncation };
        return;
      }
      if (event.kind === "slide") return slideNotice(event.dropped, terminal);
      const { id, text, bytes, prediction, truncatedProbability } = event.token;
      const { logprob, rank, entropy } = prediction;
      line({ token: text, ...(bytes !== undefined && { bytes }), id, logprob, rank, entropy, truncatedProbability });
    },
    end: (result) => line({ ...result, config: params.config, ...prompt }),
  };
}
