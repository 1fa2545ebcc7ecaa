/** Requests about decoding beyond one continuation: several samples, beam search, a choice among strings. Platform-free. */
import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type {
  FinishReason,
  GenerateEvent,
  GenerateParams,
  GenerateResult,
  GenerationConfig,
  ModelInfo,
  ModelReference,
  Priority,
  Truncation,
  WithProgress,
} from "./protocol";

/** Parameters of `samples`. */
export interface SamplesParams extends GenerateParams {
  /** How many samples, 1 to 64. Sample 0 is what `generate` gives; the others have seeds made from the seed and their number. */
  readonly n: number;
}

/** Streamed while `samples` runs, sample by sample; the prompt's event comes first, for all of them. */
export type SampleEvent =
  | Extract<GenerateEvent, { readonly kind: "prompt" }>
  | (Exclude<GenerateEvent, { readonly kind: "prompt" }> & {
      /** Number of the sample, from 0. */
      readonly sample: number;
    });

/** Result of `samples`. A cancelled run keeps what it had: then the last sample is incomplete, and there may be fewer of them. */
export interface SamplesResult {
  readonly samples: readonly (GenerateResult & {
    /** Gives this sample again by `generate`. */
    readonly seed: number;
  })[];
  readonly elapsedMs: number;
}

/** How to search with beams. Names are Hugging Face's. */
export interface BeamSearchConfig extends Pick<GenerationConfig, "maxNewTokens" | "stop"> {
  /** Width, 1 to 64. GPT-3 used 4. */
  readonly numBeams: number;
  /** The log-probability is divided by the length to this power: 0 prefers short texts. GPT-3 used 0.6. */
  readonly lengthPenalty: number;
  /** How many texts to return, at most `numBeams`. */
  readonly numReturnSequences: number;
  /** As in Hugging Face's `generate`; false by default. */
  readonly earlyStopping?: boolean | "never";
}

/** Parameters of `beamSearch`. */
export interface BeamSearchParams {
  readonly model: ModelReference;
  readonly prompt: string;
  readonly config: BeamSearchConfig;
}

/** A text that beam search found. */
export interface BeamText {
  /** Without the stop string and what follows it. */
  readonly text: string;
  readonly tokens: number;
  /** ln of the probability of all tokens, the end of text included. */
  readonly logprob: number;
  /** What the texts are ordered by: `logprob / tokens ** lengthPenalty`. */
  readonly score: number;
  readonly finishReason: Exclude<FinishReason, "cancelled">;
}

/** Result of `beamSearch`, the best text first. */
export interface BeamSearchResult {
  readonly model: ModelInfo;
  readonly promptTokens: number;
  /** A prompt that is too long keeps its end. */
  readonly truncation: Truncation | null;
  readonly texts: readonly BeamText[];
  readonly elapsedMs: number;
}

/** Parameters of `choose`. */
export interface ChooseParams {
  readonly model: ModelReference;
  readonly prompt: string;
  /** The strings to choose among, 1 to 1,000, all different, none empty. Each is tokenized together with the prompt. */
  readonly choices: readonly string[];
  /** 0 takes the most probable string; 1 draws one in proportion to the probabilities. */
  readonly temperature: number;
  /** Same seed, same device, same choice. */
  readonly seed: number;
}

/** What the model says of a string. */
export interface ChoiceScore {
  readonly text: string;
  /** Tokens that `logprob` sums over: the string's, and the last of the prompt's where some string changes them. */
  readonly tokens: number;
  /** Σ ln p of these tokens. */
  readonly logprob: number;
  /** Share among the given strings. One that others begin with has the part of its probability that does not go to them. */
  readonly probability: number;
}

/** Result of `choose`. */
export interface ChooseResult {
  readonly model: ModelInfo;
  /** Of a prompt that is too long for the longest string, the end is kept. */
  readonly truncation: Truncation | null;
  /** Place in `choices` of the one that was chosen. */
  readonly chosen: number;
  /** In the order given. */
  readonly choices: readonly ChoiceScore[];
  readonly elapsedMs: number;
}

/** Parameters of `scoreContinuations`: texts, each with what may follow it. */
export interface ScoreContinuationsParams {
  readonly model: ModelReference;
  readonly items: readonly {
    readonly context: string;
    /** One or more, none empty. Each is tokenized together with the context. */
    readonly continuations: readonly string[];
  }[];
  /** `batch` if absent. */
  readonly priority?: Priority;
}

/** What the model says of a continuation. */
export interface ScoredContinuation {
  /** Tokens that `logprob` sums over: the continuation's, and the last of the context's where some continuation changes them. */
  readonly tokens: number;
  /** Σ ln p of these tokens. */
  readonly logprob: number;
  /** Whether each of them is the most probable one at its place. */
  readonly isGreedy: boolean;
}

/** Result of `scoreContinuations`, in the order of the items. */
export interface ScoreContinuationsResult {
  readonly model: ModelInfo;
  readonly items: readonly {
    readonly continuations: readonly ScoredContinuation[];
    /** Of a context that is too long for the longest continuation, the end is kept. */
    readonly truncation: Truncation | null;
  }[];
  /** Tokens that the model read for all of them. */
  readonly tokensRead: number;
  readonly elapsedMs: number;
}

/** Generates several continuations of a prompt that is read once, streaming `SampleEvent`s. */
export const samplesRequest = new RequestType<WithProgress<SamplesParams>, SamplesResult, RuntimeErrorInfo>(
  "engine/samples",
);
/** The stream of `samplesRequest`. */
export const samplesProgress = new ProgressType<SampleEvent>();
/** Looks for the most probable continuations. */
export const beamSearchRequest = new RequestType<WithProgress<BeamSearchParams>, BeamSearchResult, RuntimeErrorInfo>(
  "engine/beamSearch",
);
/** Scores many continuations of many texts; what texts share at their beginning is read once. Progress counts continuations. */
export const scoreContinuationsRequest = new RequestType<
  WithProgress<ScoreContinuationsParams>,
  ScoreContinuationsResult,
  RuntimeErrorInfo
>("engine/scoreContinuations");
/** Chooses one of given strings as the continuation. */
export const chooseRequest = new RequestType<WithProgress<ChooseParams>, ChooseResult, RuntimeErrorInfo>(
  "engine/choose",
);
