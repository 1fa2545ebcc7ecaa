/**
 * Every failure the runtime can report: one maker each, with a code, a sentence that names the file, line or key,
 * and what to do next. Callers branch on `code`, never on message text.
 */
import * as l10n from "@vscode/l10n";

/** What went wrong, as a stable word. */
export type RuntimeErrorCode =
  | "notAModelFolder"
  | "invalidConfig"
  | "unsupportedModel"
  | "invalidCheckpoint"
  | "tensorMissing"
  | "tensorShape"
  | "unsupportedDType"
  | "invalidTokenizer"
  | "emptyText"
  | "invalidTokenIds"
  | "invalidRequest"
  | "invalidPrompt"
  | "invalidDataset"
  | "cannotWrite"
  | "hubFailed"
  | "storeFailed"
  | "notEnoughSpace"
  | "notEnoughMemory"
  | "trainingFailed"
  | "deviceUnavailable"
  | "sessionFailed"
  | "runtimeExited"
  | "internal";

/** A failure as it crosses a process boundary. */
export interface RuntimeErrorInfo {
  readonly code: RuntimeErrorCode;
  /** One sentence, already in the user's language. */
  readonly message: string;
  /** What the user can do about it; empty when there is nothing. */
  readonly hint: string;
}

/** The one error class of the runtime. Thrown by the makers below only. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
    readonly hint = "",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The part that crosses a process boundary. */
  toInfo(): RuntimeErrorInfo {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** Raised when a request was cancelled: a result, not an error pop-up. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
}

/** Any thrown value as `RuntimeErrorInfo`; what is not a `RuntimeError` is reported as `internal`. */
export function toErrorInfo(error: unknown): RuntimeErrorInfo {
  if (error instanceof RuntimeError) return error.toInfo();
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message, hint: l10n.t("See the log for details.") };
}

/** A failure that crossed a process boundary, as an error again. */
export function fromErrorInfo(info: RuntimeErrorInfo): RuntimeError {
  return new RuntimeError(info.code, info.message, info.hint);
}

/** `folder` lacks `file`, which every Hugging Face model folder has. */
export function notAModelFolder(folder: string, file: string): RuntimeError {
  return new RuntimeError(
    "notAModelFolder",
    l10n.t("{0} is not a model folder: {1} is missing.", folder, file),
    l10n.t("Choose a folder that holds config.json, model.safetensors and the tokenizer's files."),
  );
}

/** `file` (a config.json) has an unusable value at `key`. */
export function invalidConfig(file: string, key: string, problem: string): RuntimeError {
  return new RuntimeError(
    "invalidConfig",
    l10n.t('{0}: "{1}" {2}.', file, key, problem),
    l10n.t("Correct the value, or copy config.json again from where the model came from."),
  );
}

/** `file` asks for something no graph of ours implements. */
export function unsupportedModel(file: string, key: string, found: string, supported: string): RuntimeError {
  return new RuntimeError(
    "unsupportedModel",
    l10n.t('{0}: "{1}" is "{2}", which is not supported.', file, key, found),
    l10n.t("Supported: {0}.", supported),
  );
}

/** The bytes of `file` are not a well-formed safetensors file. `tensor` is empty when the fault is in no single one. */
export function invalidCheckpoint(file: string, problem: string, tensor = ""): RuntimeError {
  return new RuntimeError(
    "invalidCheckpoint",
    tensor ? l10n.t('{0}: tensor "{1}" {2}.', file, tensor, problem) : l10n.t("{0}: {1}.", file, problem),
    l10n.t("The file is damaged or not safetensors. Copy or download it again."),
  );
}

/** The only weights are `file`, a pickle: a program that would run when read. */
export function pickledCheckpoint(file: string): RuntimeError {
  return new RuntimeError(
    "unsupportedModel",
    l10n.t("{0} is a PyTorch pickle, which can run any code when it is read. It is not opened.", file),
    l10n.t("Get model.safetensors from where the model came from, or save it with safe_serialization=True."),
  );
}

/** `file`, the list of a checkpoint's shards, is no use. `problem` is a sentence's end. */
export function invalidIndex(file: string, problem: string): RuntimeError {
  return new RuntimeError(
    "invalidCheckpoint",
    l10n.t("{0} {1}.", file, problem),
    l10n.t("The checkpoint is incomplete or damaged. Copy or download all its files again."),
  );
}

/** The model in `folder` is quantized: rounding it again would only lose more. */
export function alreadyQuantized(folder: string): RuntimeError {
  return new RuntimeError(
    "invalidRequest",
    l10n.t("{0} is quantized already.", folder),
    l10n.t("Quantize the model that it was made from."),
  );
}

/** The model that an adapter changes is not to be had. `problem` is a sentence without its full stop. */
export function baseNotFound(file: string, problem: string): RuntimeError {
  return new RuntimeError(
    "notAModelFolder",
    l10n.t("{0}: {1}.", file, problem),
    l10n.t('Put the base model where it was, or merge them with "gptw merge --base".'),
  );
}

/** Work that needs weights of their own was asked of the adapter in `folder`. */
export function adapterNotMerged(folder: string): RuntimeError {
  return new RuntimeError(
    "invalidRequest",
    l10n.t("{0} is an adapter, without weights of its own.", folder),
    l10n.t("Merge it into its base first."),
  );
}

/** The checkpoint `file` lacks a tensor that the model needs. */
export function tensorMissing(file: string, tensor: string): RuntimeError {
  return new RuntimeError(
    "tensorMissing",
    l10n.t('{0}: tensor "{1}" is missing.', file, tensor),
    l10n.t("config.json and the checkpoint do not belong together, or the checkpoint is incomplete."),
  );
}

/** The checkpoint `file` holds a tensor whose shape is not the one config.json implies. */
export function tensorShape(
  file: string,
  tensor: string,
  expected: readonly number[],
  found: readonly number[],
): RuntimeError {
  return new RuntimeError(
    "tensorShape",
    l10n.t('{0}: tensor "{1}" has shape [{2}], expected [{3}].', file, tensor, found.join(", "), expected.join(", ")),
    l10n.t("config.json and the checkpoint do not belong together."),
  );
}

/** The checkpoint `file` stores a tensor in a type that no graph of ours reads. */
export function unsupportedDType(file: string, tensor: string, found: string, supported: string): RuntimeError {
  return new RuntimeError(
    "unsupportedDType",
    l10n.t('{0}: tensor "{1}" is stored as {2}, which is not supported.', file, tensor, found),
    l10n.t("Supported: {0}.", supported),
  );
}

/** A tokenizer file cannot be used. `place` is a line or a key, or empty. */
export function invalidTokenizer(file: string, place: string, problem: string): RuntimeError {
  return new RuntimeError(
    "invalidTokenizer",
    place ? l10n.t("{0}, {1}: {2}.", file, place, problem) : l10n.t("{0}: {1}.", file, problem),
    l10n.t("Copy the tokenizer's files again from where the model came from."),
  );
}

/** A tokenizer file names a token that the model has no embedding of. */
export function vocabularyTooLarge(file: string, token: string, id: number, vocabSize: number): RuntimeError {
  return new RuntimeError(
    "invalidTokenizer",
    l10n.t("{0}, {1}: the id {2} is outside the model's vocabulary of {3} tokens.", file, token, id, vocabSize),
    l10n.t(
      "The tokenizer's files and config.json do not belong together. Copy them again from one and the same model.",
    ),
  );
}

/** A result could not be written to `file`. */
export function cannotWrite(file: string, cause: unknown): RuntimeError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(
    "cannotWrite",
    l10n.t("{0} cannot be written ({1}).", file, detail),
    l10n.t("Choose a file in a folder that exists and may be written to."),
    { cause },
  );
}

/** There is no text to work on. */
export function emptyText(): RuntimeError {
  return new RuntimeError(
    "emptyText",
    l10n.t("There is no text to run on."),
    l10n.t("Select or type some text first."),
  );
}

/** Token ids given by the caller are not ids of this model. */
export function invalidTokenIds(problem: string): RuntimeError {
  return new RuntimeError("invalidTokenIds", l10n.t("Invalid token ids: {0}.", problem));
}

/** A request or a command-line argument has an unusable value. */
export function invalidRequest(problem: string, hint = ""): RuntimeError {
  return new RuntimeError("invalidRequest", l10n.t("Invalid request: {0}.", problem), hint);
}

/** A prompt file cannot be used. `problem` is a sentence; line and column count from 1. */
export function invalidPrompt(file: string, line: number, column: number, problem: string, hint = ""): RuntimeError {
  return new RuntimeError("invalidPrompt", `${file}:${line}:${column}: ${problem}`, hint);
}

/** A data file cannot be used. `line` counts from 1; 0 when the whole file is meant. `problem` is a sentence. */
export function invalidDataset(file: string, line: number, problem: string, hint = ""): RuntimeError {
  return new RuntimeError("invalidDataset", line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`, hint);
}

/** A hub did not give what was asked of it. `problem` is a sentence's end: `has no model called x`. */
export function hubFailed(endpoint: string, problem: string, hint: string): RuntimeError {
  return new RuntimeError("hubFailed", l10n.t("{0} {1}.", endpoint, problem), hint);
}

/** The model store at `path` could not be read or written. */
export function storeFailed(path: string, problem: string, hint = ""): RuntimeError {
  return new RuntimeError("storeFailed", l10n.t("{0}: {1}.", path, problem), hint);
}

/** The disk of `folder` has too little room. */
export function notEnoughSpace(folder: string, needed: number, free: number): RuntimeError {
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  return new RuntimeError(
    "notEnoughSpace",
    l10n.t("{0}: {1} MB are needed, but only {2} MB are free.", folder, megabytes(needed), megabytes(free)),
    l10n.t("Free some space and try again."),
  );
}

/**
 * `model` needs more memory than its device has. Bytes; `context` is the longest that fits, null when none does; `quantizedFits` tells
 * whether an 8-bit copy would.
 */
export function notEnoughMemory(
  model: string,
  { needed, available, context, quantizedFits }: MemoryShortfall,
): RuntimeError {
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  const hints = [
    context === null
      ? ""
      : l10n.t('A context of {0} tokens fits ("gptWorkbench.contextLength", or --context).', context),
    quantizedFits ? l10n.t("An 8-bit copy of the model fits.") : "",
  ].filter((hint) => hint !== "");
  return new RuntimeError(
    "notEnoughMemory",
    l10n.t("{0} needs {1} MB of memory; there are {2} MB.", model, megabytes(needed), Math.floor(available / 1e6)),
    hints.join(" ") || l10n.t("Choose a smaller model."),
  );
}

/** A training run cannot go on, or not begin. `problem` is a sentence. */
export function trainingFailed(problem: string, hint = ""): RuntimeError {
  return new RuntimeError("trainingFailed", problem, hint);
}

/** How much memory is missing, and what would fit. */
export interface MemoryShortfall {
  readonly needed: number;
  readonly available: number;
  readonly context: number | null;
  readonly quantizedFits: boolean;
}

/** The device cannot be used on this machine. */
export function deviceUnavailable(device: string, reason: string): RuntimeError {
  return new RuntimeError(
    "deviceUnavailable",
    l10n.t("The device {0} is not available: {1}.", device, reason),
    l10n.t('Set "gptWorkbench.device" to auto or cpu. Show Devices tells what works here.'),
  );
}

/** onnxruntime refused the graph or failed while running it. */
export function sessionFailed(what: string, cause: unknown): RuntimeError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(
    "sessionFailed",
    l10n.t("{0} failed: {1}", what, detail),
    l10n.t("See the log for details."),
    {
      cause,
    },
  );
}

/** The runtime process ended while a request was pending. */
export function runtimeExited(reason: string): RuntimeError {
  return new RuntimeError(
    "runtimeExited",
    l10n.t("The runtime process ended ({0}) before it could answer.", reason),
    l10n.t("Run the command again: the runtime starts anew."),
  );
}
