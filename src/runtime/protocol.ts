/**
 * Every request, notification and shape that crosses between the extension host (or a script) and the runtime process.
 * Platform-free: imports neither Node, VS Code nor the DOM. A message is a value that carries its types.
 */
import { NotificationType, ProgressType, RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";

export type { RuntimeErrorCode, RuntimeErrorInfo } from "./errors";

/** Everything that a model can run on, in the order in which they are listed. */
export const deviceNames = ["webgpu", "cuda", "directml", "coreml", "cpu"] as const;

/** What a model can run on. */
export type Device = (typeof deviceNames)[number];

/** Whether a device has memory of its own, whose size nothing tells, or works in the machine's. */
export const hasOwnMemory: { readonly [D in Device]: boolean } = {
  webgpu: true,
  cuda: true,
  directml: true,
  coreml: false,
  cpu: false,
};

/** Everything that a user can ask for. */
export const deviceChoices = ["auto", ...deviceNames] as const;

/** What the user can ask for; `auto` takes the fastest device that works. */
export type DeviceChoice = (typeof deviceChoices)[number];

/** One candidate device, probed in a process of its own. */
export interface DeviceInfo {
  readonly device: Device;
  readonly available: boolean;
  /** Why it is available or not, in one sentence. */
  readonly reason: string;
  /** Whether `auto` takes it here. */
  readonly automatic: boolean;
}

/** Parameters of `devices`. */
export interface DevicesParams {
  /** Probe again instead of taking what was found earlier; devices that failed while they were used get another chance. */
  readonly refresh?: boolean;
}

/** A device that a model was on failed, and the model is now on the CPU. */
export interface DeviceFailure {
  readonly device: Device;
  /** What happened, in words of onnxruntime or the system. */
  readonly reason: string;
}

/** Which model a request is for. The runtime loads it when it is not loaded yet. */
export interface ModelReference {
  /** Absolute path of a Hugging Face model folder. */
  readonly folder: string;
  readonly device: DeviceChoice;
  /** Most tokens of context to use; the model's own when absent or larger than that. */
  readonly contextLength?: number;
}

/** A loaded model, described. */
export interface ModelInfo {
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  readonly modelType: string;
  readonly device: Device;
  /** Why it is on the CPU though another device was chosen; absent when it is where it should be. */
  readonly failure?: DeviceFailure;
  /** Scalars in all parameters, tied ones counted once. */
  readonly parameterCount: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  /** Longest context that is used, tokens. */
  readonly nPositions: number;
  readonly vocabSize: number;
  /** False when the folder has no tokenizer: then only token ids can be scored. */
  readonly hasTokenizer: boolean;
  /** Labels that a fine-tuned classifier gives to a text; absent for other models. */
  readonly labels?: readonly string[];
  /** Milliseconds from request to ready. */
  readonly loadMs: number;
}

/** A token and the place of its bytes in a text. */
export interface TokenSpan {
  readonly id: number;
  /** The token's bytes as UTF-8 text; an incomplete character shows as U+FFFD. */
  readonly text: string;
  /** The token's bytes in hexadecimal when they are not whole characters (`f09f`); absent otherwise. */
  readonly bytes?: string;
  /** First UTF-16 code unit of the text that the token touches. Tokens that share a character share its range. */
  readonly start: number;
  /** One past the last UTF-16 code unit that the token touches. */
  readonly end: number;
}

/** One of the most probable tokens at a position. */
export interface Alternative {
  readonly id: number;
  readonly text: string;
  /** As in `TokenSpan`. */
  readonly bytes?: string;
  /** Natural log of the probability over the full vocabulary. */
  readonly logprob: number;
}

/** What the model says of a token at its place, all over the full vocabulary. */
export interface TokenPrediction {
  /** ln p(token | everything before it). */
  readonly logprob: number;
  /** 1 for the most probable token. */
  readonly rank: number;
  /** Entropy of the distribution at that place, bits. */
  readonly entropy: number;
  /** Most probable tokens, best first. */
  readonly top: readonly Alternative[];
}

/** A token of a scored text. The first one has no prediction: nothing stands before it. */
export interface ScoredToken extends TokenSpan {
  readonly prediction: TokenPrediction | null;
}

/** What was left out to fit the context, if anything. */
export interface Truncation {
  /** Tokens of the whole text. */
  readonly total: number;
  readonly kept: number;
  /** The end that was kept. */
  readonly keptEnd: "start" | "end";
}

/** Sums over the scored tokens. */
export interface ScoreSummary {
  /** Tokens that have a prediction. */
  readonly tokens: number;
  /** −Σ log₂ p, bits. */
  readonly bits: number;
  /** 2^(bits / tokens); NaN-free: 1 when nothing was scored. */
  readonly perplexity: number;
  /** Bits per UTF-8 byte of the predicted tokens. */
  readonly bitsPerByte: number;
}

/** Whose pass goes first: `interactive` is waited for at this moment, `batch` is long work; absent, `normal`. */
export type Priority = "interactive" | "normal" | "batch";

/** Parameters of `score`: text, or token ids when the caller has its own. */
export interface ScoreParams {
  readonly model: ModelReference;
  readonly input:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "ids"; readonly ids: readonly number[] };
  /** How many alternatives per place, 0 to 100. */
  readonly topK: number;
  readonly priority?: Priority;
  /** What becomes of a text longer than the context: `truncate`, the default, keeps its start; `slide` scores it whole. */
  readonly longText?: "truncate" | "slide";
}

/** Result of `score`. */
export interface ScoreResult {
  readonly model: ModelInfo;
  readonly tokens: readonly ScoredToken[];
  readonly summary: ScoreSummary;
  /** Null when the whole text was scored. A text that is too long keeps its start. */
  readonly truncation: Truncation | null;
  /** How often the context was full and its earlier half was dropped; 0 unless the text slides. */
  readonly slides: number;
  /** Tokens whose prediction was kept from a text scored before, of which the beginning is the same. */
  readonly reused: number;
  readonly elapsedMs: number;
}

/** Parameters of `tokenCount`. */
export interface TokenCountParams {
  readonly model: ModelReference;
  readonly text: string;
}

/** Result of `tokenCount`. */
export interface TokenCountResult {
  readonly model: ModelInfo;
  /** Tokens of the whole text, whether they fit the context or not; 0 for empty text. */
  readonly tokens: number;
}

/** Parameters of `trace`: what to look into, and the file to write. */
export interface TraceParams {
  readonly model: ModelReference;
  readonly input: ScoreParams["input"];
  /** Absolute path of the safetensors file; one that is there is replaced. */
  readonly file: string;
}

/** Result of `trace`. */
export interface TraceResult {
  readonly model: ModelInfo;
  readonly tokens: number;
  /** Null when the whole text was traced. A text that is too long keeps its start. */
  readonly truncation: Truncation | null;
  readonly elapsedMs: number;
}

/** How to choose the next token. Names are Hugging Face's. */
export interface GenerationConfig {
  /** Tokens to generate at most. */
  readonly maxNewTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Keep the k most probable tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set whose probability reaches p; 1 keeps all. */
  readonly topP: number;
  /** Keep the tokens at least this fraction as probable as the most probable one; 0, the default, keeps all. */
  readonly minP?: number;
  /**
   * Divides the positive logits of tokens that the prompt or the generated text has, and multiplies the negative ones (Keskar et al.
   * 2019 §4.1); 1, the default, changes nothing.
   */
  readonly repetitionPenalty?: number;
  /** Taken from a token's logit for each time that it was generated; 0 by default. */
  readonly frequencyPenalty?: number;
  /** Taken from the logit of every token that was generated; 0 by default. */
  readonly presencePenalty?: number;
  /** Added to the logits of tokens, by id. */
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Same seed, same device, same text. */
  readonly seed: number;
  /** Generation ends before the first of these strings; they may span tokens. */
  readonly stop: readonly string[];
  /** When the context is full: drop its earlier half and go on, which is the default, or stop. */
  readonly contextFull?: "slide" | "stop";
}

/** A prompt that ends with exactly these tokens, which need not be whole characters. */
export interface TokenPrompt {
  /** What stands before them, to be encoded; nothing when absent. */
  readonly text?: string;
  readonly ids: readonly number[];
}

/** Parameters of `generate`. */
export interface GenerateParams {
  readonly model: ModelReference;
  readonly prompt: string | TokenPrompt;
  readonly config: GenerationConfig;
  /** How many alternatives per generated token, 0 to 100. */
  readonly topAlternatives: number;
  readonly priority?: Priority;
}

/** A generated token. `start` and `end` count in the generated text. */
export interface GeneratedToken extends TokenSpan {
  readonly prediction: TokenPrediction;
  /** Probability after penalties, bias, temperature, top-k, top-p and min-p: what it was drawn with. 1 when greedy. */
  readonly truncatedProbability: number;
}

/** Streamed while `generate` runs. */
export type GenerateEvent =
  | {
      /** First event: what the prompt became. */
      readonly kind: "prompt";
      readonly model: ModelInfo;
      readonly promptTokens: number;
      /** A prompt that is too long keeps its end. */
      readonly truncation: Truncation | null;
    }
  | {
      /** The context is full: so many tokens at the beginning of prompt and text are no longer seen, from the next token on. */
      readonly kind: "slide";
      readonly dropped: number;
    }
  | {
      readonly kind: "token";
      readonly token: GeneratedToken;
      /** Text that became certain with this token: whole characters only, nothing that may begin a stop string. */
      readonly textDelta: string;
    };

/** Why generation ended. */
export type FinishReason = "maxNewTokens" | "stop" | "endOfText" | "contextFull" | "cancelled";

/** Result of `generate`. A cancelled run keeps what it had. */
export interface GenerateResult {
  readonly text: string;
  readonly tokens: number;
  readonly finishReason: FinishReason;
  /** Tokens at the beginning of prompt and text that the model no longer saw at the end. */
  readonly dropped: number;
  readonly elapsedMs: number;
  /** Tokens after the first, per second. */
  readonly tokensPerSecond: number;
}

/** Progress of long work: steps of a load, tokens of scoring, answers to prompts, bytes of a download or of quantization, tokens of a measurement, passes of an analysis, sequences that are classified, bytes of a merged model. */
export interface WorkProgress {
  readonly stage:
    | "loading"
    | "scoring"
    | "answering"
    | "downloading"
    | "checking"
    | "quantizing"
    | "measuring"
    | "analyzing"
    | "classifying"
    | "merging";
  readonly done: number;
  readonly total: number;
}

/** A line for the log of the extension. */
export interface LogMessage {
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** Which device a model is about to be loaded on. */
export interface DeviceInUse {
  readonly folder: string;
  readonly device: Device;
}

/** Which device failed with which model. */
export interface DeviceFailed extends DeviceFailure {
  readonly folder: string;
  /** The model's name. */
  readonly model: string;
}

/** Versions, for records and bug reports. */
export interface RuntimeInfo {
  readonly pid: number;
  readonly version: string;
  readonly onnxruntime: string;
  readonly node: string;
}

/** Error code of a request that ended because it was cancelled (the Language Server Protocol's number). */
export const requestCancelled = -32800;

/** Versions of the runtime; also proves that it answers. */
export const infoRequest = new RequestType<Record<string, never>, RuntimeInfo, RuntimeErrorInfo>("runtime/info");
/** Every device, with what a probe of it told. */
export const devicesRequest = new RequestType<WithProgress<DevicesParams>, readonly DeviceInfo[], RuntimeErrorInfo>(
  "runtime/devices",
);
/** Loads a model; the one loaded before stays until this one is ready, and stays if it fails. */
export const loadModelRequest = new RequestType<ModelReference, ModelInfo, RuntimeErrorInfo>("model/load");
/** Frees the loaded model, if any. */
export const unloadModelRequest = new RequestType<Record<string, never>, null, RuntimeErrorInfo>("model/unload");
/** Scores every token of a text. Progress on the request's `partialResultToken`. */
export const scoreRequest = new RequestType<WithProgress<ScoreParams>, ScoreResult, RuntimeErrorInfo>("engine/score");
/** Counts the tokens of a text, without running the model. */
export const tokenCountRequest = new RequestType<WithProgress<TokenCountParams>, TokenCountResult, RuntimeErrorInfo>(
  "engine/tokenCount",
);
/** Writes logits, hidden states and attention probabilities of a text to a file. */
export const traceRequest = new RequestType<WithProgress<TraceParams>, TraceResult, RuntimeErrorInfo>("engine/trace");
/** Generates a continuation, streaming `GenerateEvent`s. */
export const generateRequest = new RequestType<WithProgress<GenerateParams>, GenerateResult, RuntimeErrorInfo>(
  "engine/generate",
);

/** Work progress of a request that carries a token. */
export const workProgress = new ProgressType<WorkProgress>();
/** The stream of `generateRequest`. */
export const generateProgress = new ProgressType<GenerateEvent>();
/** A model is about to be loaded on a device; what follows may end the process. */
export const deviceInUseNotification = new NotificationType<DeviceInUse>("runtime/deviceInUse");
/** A device failed, and work goes on on the CPU. Sent once for each model and device. */
export const deviceFailedNotification = new NotificationType<DeviceFailed>("runtime/deviceFailed");
/** Log lines of the runtime. */
export const logNotification = new NotificationType<LogMessage>("runtime/log");

/** Parameters with the tokens under which the runtime reports back. */
export type WithProgress<P> = P & {
  /** Token of `workProgress`. */
  readonly progressToken?: number;
  /** Token of `generateProgress`. */
  readonly streamToken?: number;
};
