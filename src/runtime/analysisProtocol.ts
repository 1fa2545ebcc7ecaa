/**
 * Requests about what happens inside a model: attention, the logit lens, ablation, and the difference of two texts. Platform-free.
 *
 * Every request names its model and its tokens; the runtime keeps what it computed for the last texts, so that one question after the
 * other is cheap. No answer carries more than `maxAnswerBytes` of numbers.
 *
 * T tokens · L layers · H heads · V vocabulary · S side of a thumbnail · G segments
 */
import { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type { Alternative, ModelInfo, ModelReference, ScoreParams, ScoreResult, WithProgress } from "./protocol";

/** Most bytes of numbers in one answer. */
export const maxAnswerBytes = 8 << 20;

/** A text as a model sees it: at most the model's context. */
export interface AnalysisTarget {
  readonly model: ModelReference;
  /** [T], one at least. */
  readonly ids: readonly number[];
}

/** A named range of tokens: instruction, a demonstration, a label, the query. Segments do not overlap. */
export interface Segment {
  readonly name: string;
  /** First token. */
  readonly start: number;
  /** One past the last token. */
  readonly end: number;
}

/** What a layer's queries see of the tokens before them; `k` is the pattern's. */
export interface LayerPattern {
  readonly kind: "dense" | "banded" | "strided";
  readonly k: number;
}

/** What is measured of a head, in the order in which `AttentionOverview.statistics` holds it. */
export const headStatistics = ["entropy", "distance", "previousToken", "induction", "firstToken"] as const;

/**
 * `entropy`: mean over queries of −Σ p log₂ p, bits. `distance`: mean of Σ p (i − j), tokens. `previousToken`: mean of p(i − 1), of
 * queries from the second on. `induction`: mean probability of the tokens that stand behind an earlier occurrence of the query's own
 * token (Olsson et al. 2022), of queries that have one; NaN where none has. `firstToken`: mean of p(0), of queries from the second on.
 */
export type HeadStatistic = (typeof headStatistics)[number];

/** Parameters of `attentionOverview`. */
export interface AttentionOverviewParams extends AnalysisTarget {
  /** Largest side of a thumbnail, 8 to 128. */
  readonly thumbnailSize: number;
  readonly segments?: readonly Segment[];
}

/** Every head at a glance. */
export interface AttentionOverview {
  readonly model: ModelInfo;
  readonly tokens: number;
  readonly layers: number;
  readonly heads: number;
  /** [L] */
  readonly patterns: readonly LayerPattern[];
  readonly thumbnails: {
    /** S */
    readonly size: number;
    /** Tokens per row and column of a thumbnail; the last ones may be fewer. */
    readonly block: number;
    /**
     * [L, H, S, S]: of a block of queries, the mean probability that falls on a block of keys, so that rows sum to 1. NaN where no pair
     * of the two blocks is computed.
     */
    readonly data: Float32Array;
  };
  /** [L, H, 5], in the order of `headStatistics`. */
  readonly statistics: Float32Array;
  /** Mean probability that queries of a segment (rows) give to the keys of another; null when none were named. */
  readonly segments: {
    readonly names: readonly string[];
    /** [L, H, G, G + 1]; the last column is what falls outside all segments. Rows sum to 1. */
    readonly data: Float32Array;
  } | null;
  readonly elapsedMs: number;
}

/** Which T × T matrix. `rollout` is that of Abnar & Zuidema (2020): attention and residual, multiplied through layers 0 … `layer`. */
export type MatrixSource =
  | { readonly kind: "head"; readonly layer: number; readonly head: number }
  | { readonly kind: "layer"; readonly layer: number; readonly combine: "mean" | "max" }
  | { readonly kind: "all"; readonly combine: "mean" | "max" }
  | { readonly kind: "rollout"; readonly layer: number };

/** Parameters of `attentionMatrix`: a stretch of its rows. */
export interface AttentionMatrixParams extends AnalysisTarget {
  readonly source: MatrixSource;
  /** First query and one past the last one; their rows must fit `maxAnswerBytes`. */
  readonly rows: readonly [number, number];
}

/** Rows of a matrix. */
export interface AttentionMatrix {
  readonly source: MatrixSource;
  readonly rows: readonly [number, number];
  readonly columns: number;
  /** [rows, T]; NaN where nothing is computed: the future, and what a sparse layer does not see. Of other rows the sum is 1, but for `max`. */
  readonly data: Float32Array;
  readonly elapsedMs: number;
}

/** Parameters of `attentionRows`: one query in all heads of a layer. */
export interface AttentionRowsParams extends AnalysisTarget {
  readonly layer: number;
  readonly query: number;
}

/** One query in all heads. */
export interface AttentionRows {
  /** [H, T]; NaN where nothing is computed. */
  readonly data: Float32Array;
  readonly heads: number;
}

/** Parameters of `attentionFlow`. */
export interface AttentionFlowParams extends AnalysisTarget {
  /** From this layer's output down to the embeddings. */
  readonly layer: number;
  readonly query: number;
}

/** Attention flow (Abnar & Zuidema 2020 §4): the maximum flow from the query to each token, capacities as in rollout. */
export interface AttentionFlow {
  /** [T]; NaN where no way leads: after the query, and what the layers' patterns let through in no way. */
  readonly data: Float32Array;
  readonly elapsedMs: number;
}

/** Most tokens up to the query for which flow is computed: it grows with their cube. */
export const maxFlowTokens = 256;

/** Parameters of `attentionReach`. */
export interface AttentionReachParams extends AnalysisTarget {
  readonly token: number;
}

/** What can reach a token. */
export interface AttentionReach {
  /** [L + 1, T], 1 where the state at that depth (0: embeddings, L: the last layer's output) can influence the token's last state. */
  readonly data: Uint8Array;
}

/** Parameters of `lens`: a stretch of places, at most 256. */
export interface LensParams extends AnalysisTarget {
  /** First place and one past the last one, 1 to T: place p is predicted from the state of token p − 1; place T is what comes after the text. */
  readonly places: readonly [number, number];
  /** Most probable tokens per cell, 1 to 10. */
  readonly topK: number;
}

/**
 * The logit lens (nostalgebraist 2020): every layer's state read by the final norm and the output head. Row 0 is the embeddings, row
 * L the model's own output, to the last bit. P places · K most probable tokens
 */
export interface Lens {
  readonly model: ModelInfo;
  readonly places: readonly [number, number];
  /** L + 1 */
  readonly rows: number;
  readonly topK: number;
  /** [L + 1, P, K], best first. */
  readonly topIds: Int32Array;
  /** [L + 1, P, K], natural logarithms. */
  readonly topLogprobs: Float32Array;
  /** [L + 1, P]: KL divergence of the layer's distribution from the model's own, Σ p log₂(p / q) with p the model's, bits. */
  readonly divergence: Float32Array;
  /** [L + 1, P]: of the text's own token at the place, natural logarithm; NaN at place T. */
  readonly logprobs: Float32Array;
  /** [L + 1, P], 1 for the most probable; 0 at place T. */
  readonly ranks: Int32Array;
  /** [P]: the first row whose most probable token is the model's own. */
  readonly firstLeads: Int32Array;
  /** Of the ids above. */
  readonly vocabulary: Readonly<Record<number, Pick<Alternative, "text" | "bytes">>>;
  readonly elapsedMs: number;
}

/** What can be switched off: a head's output, or the MLP of a layer. */
export type Ablated =
  | { readonly kind: "head"; readonly layer: number; readonly head: number }
  | { readonly kind: "mlp"; readonly layer: number };

/** A text and the token whose probability is watched. */
export interface WatchedToken {
  /** [T] */
  readonly ids: readonly number[];
  /** 1 to T: predicted from the tokens before it. */
  readonly place: number;
  /** Watched at `place`; the text's own need not be it. */
  readonly id: number;
}

/** Parameters of `ablate`. */
export interface AblateParams {
  readonly model: ModelReference;
  readonly items: readonly WatchedToken[];
  /** Each set is switched off together, one set after the other. */
  readonly sets: readonly (readonly Ablated[])[];
}

/** What switching off does. */
export interface AblationEffects {
  readonly model: ModelInfo;
  /** [items]: ln p of the watched token in the whole model. */
  readonly baseline: readonly number[];
  /** [sets] */
  readonly effects: readonly AblationEffect[];
  readonly elapsedMs: number;
}

/** What switching off one set does. */
export interface AblationEffect {
  /** [items]: ln p without the set minus ln p with it: negative where the set helped. */
  readonly differences: readonly number[];
  readonly mean: number;
  /** Of the mean, 95 % (Student's t); null for fewer than two items. */
  readonly interval: readonly [number, number] | null;
}

/** Whose probability is followed back to the tokens. */
export type SalienceTarget =
  /** A token at a place, 1 to T, predicted from those before it; the text's own need not be it. */
  | { readonly kind: "token"; readonly place: number; readonly id: number }
  /** A label of the whole text, by a classifier of texts; of a text that is too long, what it reads of it. */
  | { readonly kind: "label"; readonly label: string };

/** Parameters of `salience`. */
export interface SalienceParams extends AnalysisTarget {
  readonly followed: SalienceTarget;
}

/** Gradient × input of every token before the prediction. */
export interface Salience {
  /** ln p of what was followed. */
  readonly logprob: number;
  /** [place], of a label [T]; nats: Σ gradient · embedding, signed, and ‖gradient‖ · ‖embedding‖, the most that it could be. */
  readonly tokens: readonly { readonly gradientTimesInput: number; readonly norm: number }[];
}

/** Parameters of `compareTexts`: two texts, or one text under two models. */
export interface CompareTextsParams {
  readonly a: ComparedInput;
  readonly b: ComparedInput;
  /** Alternatives per place, 0 to 100. */
  readonly topK: number;
  /** Whether every head's attention is compared too, where layers and heads are as many in both. */
  readonly heads: boolean;
}

/** One side of a comparison. */
export interface ComparedInput {
  readonly model: ModelReference;
  readonly input: ScoreParams["input"];
}

/** Tokens of both sides that stand for each other, or of one side alone, in the order of the texts. */
export interface AlignedTokens {
  /** `same` tokens, another token at the `changed` place, or a place that only one side has. */
  readonly kind: "same" | "changed" | "onlyA" | "onlyB";
  /** First token and one past the last one. */
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  /** Surprisal of the tokens, bits; the first token of a text counts 0. */
  readonly bitsA: number;
  readonly bitsB: number;
}

/** How two texts differ for their models. */
export interface TextComparison {
  readonly a: ScoreResult;
  readonly b: ScoreResult;
  /** Covers every token of both sides once: Σ (bitsB − bitsA) is the difference of the totals. */
  readonly alignment: readonly AlignedTokens[];
  readonly heads: {
    readonly layers: number;
    readonly heads: number;
    /** Queries compared: those of tokens that are the same. */
    readonly queries: number;
    /**
     * [L, H]: mean over queries of the Jensen–Shannon divergence between their attention, bits, 0 to 1. Keys that are aligned stand for
     * each other; all others count as keys that only one side has.
     */
    readonly divergence: Float32Array;
  } | null;
  /** Why heads were not compared though it was asked, in one sentence. */
  readonly headsReason: string | null;
  readonly elapsedMs: number;
}

type Request<P, R> = RequestType<WithProgress<P>, R, RuntimeErrorInfo>;

/** Thumbnails and statistics of all heads. */
export const attentionOverviewRequest: Request<AttentionOverviewParams, AttentionOverview> = new RequestType(
  "analysis/attentionOverview",
);
/** Rows of one matrix. */
export const attentionMatrixRequest: Request<AttentionMatrixParams, AttentionMatrix> = new RequestType(
  "analysis/attentionMatrix",
);
/** One query in all heads of a layer. */
export const attentionRowsRequest: Request<AttentionRowsParams, AttentionRows> = new RequestType(
  "analysis/attentionRows",
);
/** Flow from a query to every token. */
export const attentionFlowRequest: Request<AttentionFlowParams, AttentionFlow> = new RequestType(
  "analysis/attentionFlow",
);
/** The cone of what can reach a token. */
export const attentionReachRequest: Request<AttentionReachParams, AttentionReach> = new RequestType(
  "analysis/attentionReach",
);
/** The logit lens. */
export const lensRequest: Request<LensParams, Lens> = new RequestType("analysis/lens");
/** Switches heads and MLPs off. */
export const ablateRequest: Request<AblateParams, AblationEffects> = new RequestType("analysis/ablate");
/** What a prediction hangs on. */
export const salienceRequest: Request<SalienceParams, Salience> = new RequestType("analysis/salience");
/** Two texts, or one under two models. */
export const compareTextsRequest: Request<CompareTextsParams, TextComparison> = new RequestType(
  "analysis/compareTexts",
);
