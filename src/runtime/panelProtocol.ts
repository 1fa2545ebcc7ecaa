/**
 * Messages between the extension host and the inspector panel, as values for `vscode-messenger`.
 * The host owns the state: a hidden panel receives no messages, so it asks again with `panelReady` when it is shown.
 */
import type { NotificationType } from "vscode-messenger-common";
import type { AlignedTokens, Segment } from "./analysisProtocol";
import type {
  Alternative,
  FinishReason,
  GeneratedToken,
  GenerateResult,
  ModelInfo,
  ModelReference,
  RuntimeErrorInfo,
  ScoredToken,
  ScoreSummary,
  Truncation,
} from "./protocol";

/** Where the text came from, so that a token can be revealed in its editor. */
export interface TextSource {
  /** URI of the document, as text. */
  readonly uri: string;
  /** What to call it: the file's name. */
  readonly label: string;
  /** Offset in UTF-16 code units of the text's first character in the document. */
  readonly offset: number;
}

/** One side of a comparison, scored. */
export interface ComparisonSide {
  /** What to call it: the name of the file, or of the clipboard. */
  readonly label: string;
  /** Null where the text is in no document. */
  readonly source: TextSource | null;
  readonly model: ModelInfo;
  readonly tokens: readonly ScoredToken[];
  readonly summary: ScoreSummary;
  readonly truncation: Truncation | null;
}

/** How differently the heads of two runs attend; `TextComparison` says more. */
export interface ComparedHeads {
  readonly layers: number;
  readonly heads: number;
  /** Queries compared. */
  readonly queries: number;
  /** [L · H]: Jensen–Shannon divergence, bits, head after head; null where nothing could be compared. */
  readonly divergence: readonly (number | null)[];
}

/** What the inspector shows. Serializable as JSON: it also survives a reload. */
export type InspectorState =
  | { readonly kind: "empty" }
  | {
      readonly kind: "loading";
      readonly title: string;
      /** What is being done, in words. */
      readonly message: string;
      /** 0 to 1; absent when unknown. */
      readonly fraction?: number;
    }
  | {
      /** Every token's probability of a text. */
      readonly kind: "scores";
      readonly title: string;
      readonly source: TextSource;
      readonly model: ModelInfo;
      /** What the runtime was asked with: questions about the text name the same. */
      readonly reference: ModelReference;
      /** Tells one text that was shown from the next. */
      readonly text: number;
      /** Named ranges of the tokens, by which attention is summed up; may be none. */
      readonly segments: readonly Segment[];
      /** UTF-16 code units of the text that stand in the document; absent when all do. */
      readonly documentLength?: number;
      readonly tokens: readonly ScoredToken[];
      readonly summary: ScoreSummary;
      readonly truncation: Truncation | null;
      /** How often the context was full and its earlier half was dropped. What is asked about the inside of the model is about the first context. */
      readonly slides: number;
      readonly elapsedMs: number;
    }
  | {
      /** Two texts, or one under two models. */
      readonly kind: "comparison";
      readonly title: string;
      readonly a: ComparisonSide;
      readonly b: ComparisonSide;
      /** Covers every token of both sides once. */
      readonly alignment: readonly AlignedTokens[];
      readonly heads: ComparedHeads | null;
      /** Why heads were not compared, in one sentence; null when they were. */
      readonly headsReason: string | null;
      readonly elapsedMs: number;
    }
  | {
      /** A completion, streaming or ended. */
      readonly kind: "completion";
      readonly title: string;
      readonly source: TextSource;
      readonly model: ModelInfo;
      /** What the runtime was asked with. */
      readonly reference: ModelReference;
      /** Tells one completion from the next, and from texts that were scored. */
      readonly run: number;
      readonly prompt: string;
      readonly promptTokens: number;
      readonly truncation: Truncation | null;
      /** Tokens at the beginning of prompt and text that the model no longer sees, because the context is full. */
      readonly dropped: number;
      /** Text that is certain so far. */
      readonly text: string;
      readonly tokens: readonly GeneratedToken[];
      readonly status:
        | { readonly kind: "running" }
        | { readonly kind: "finished"; readonly reason: FinishReason; readonly result: GenerateResult }
        | { readonly kind: "failed"; readonly error: RuntimeErrorInfo };
    }
  | { readonly kind: "failed"; readonly title: string; readonly error: RuntimeErrorInfo };

/** A stretch of a running completion: what to append to the state the panel has. */
export interface CompletionDelta {
  readonly tokens: readonly GeneratedToken[];
  readonly textDelta: string;
}

/** A continuation with another token in the place of one of the text's. */
export interface Branch {
  /** Tells it from the others. */
  readonly id: number;
  /** Of the token whose place it took. */
  readonly index: number;
  /** What stands there instead. */
  readonly alternative: Alternative;
  /** What was generated after that. */
  readonly tokens: readonly GeneratedToken[];
  readonly status:
    | { readonly kind: "running" }
    | { readonly kind: "finished"; readonly reason: FinishReason }
    | { readonly kind: "failed"; readonly error: RuntimeErrorInfo };
}

/** The branches of one text, oldest first. */
export interface Branches {
  /** `text` of scores or `run` of a completion; null when there are none. */
  readonly text: number | null;
  readonly items: readonly Branch[];
}

/** Most branches that are kept. */
export const maxBranches = 4;

/** Tokens that a branch, or the text that it is compared with, is shown for. */
export const branchLength = 64;

/** Tokens to append to a branch. */
export interface BranchDelta {
  readonly id: number;
  readonly tokens: readonly GeneratedToken[];
}

/** Where a branch begins and with which token. */
export interface BranchStart {
  /** As in `Branches`. */
  readonly text: number;
  readonly index: number;
  /** One of the alternatives at that place. */
  readonly id: number;
}

/** Tokens of a text, by their indices. */
export interface TokenRange {
  /** First token. */
  readonly start: number;
  /** One past the last token. */
  readonly end: number;
}

/** Host → panel: show this state. */
export const showState: NotificationType<InspectorState> = { method: "inspector/show" };
/** Host → panel: tokens to append to the completion being shown. */
export const appendCompletion: NotificationType<CompletionDelta> = { method: "inspector/append" };
/** Host → panel: select a token (its index) and scroll to it. */
export const selectToken: NotificationType<number> = { method: "inspector/select" };
/** Host → panel: mark a range of tokens and scroll to it, without choosing one and without taking the focus; null marks none. */
export const selectTokens: NotificationType<TokenRange | null> = { method: "inspector/selectTokens" };

/** Panel → host: loaded; send the state. */
export const panelReady: NotificationType<void> = { method: "inspector/ready" };
/** Panel → host: stop the running completion. */
export const stopCompletion: NotificationType<void> = { method: "inspector/stop" };
/** Panel → host: insert the completion after its prompt, in the prompt's document. */
export const insertCompletion: NotificationType<void> = { method: "inspector/insert" };
/** Panel → host: copy the completion to the clipboard. */
export const copyCompletion: NotificationType<void> = { method: "inspector/copy" };
/** Host → panel: all branches. */
export const showBranches: NotificationType<Branches> = { method: "inspector/branches" };
/** Host → panel: tokens to append to a branch. */
export const appendBranch: NotificationType<BranchDelta> = { method: "inspector/appendBranch" };

/** Panel → host: continue from the text before a token and an alternative in its place. */
export const startBranch: NotificationType<BranchStart> = { method: "inspector/startBranch" };
/** Panel → host: stop a branch (its id) and keep what it has. */
export const stopBranch: NotificationType<number> = { method: "inspector/stopBranch" };
/** Panel → host: stop a branch (its id) and forget it. */
export const removeBranch: NotificationType<number> = { method: "inspector/removeBranch" };
/** Panel → host: copy a branch (its id), alternative and continuation, to the clipboard. */
export const copyBranch: NotificationType<number> = { method: "inspector/copyBranch" };
/** Panel → host: replace a token in its document by a branch's (its id) alternative. */
export const replaceToken: NotificationType<number> = { method: "inspector/replaceToken" };

/** Panel → host: score the completion that is shown and its prompt as one text. */
export const inspectCompletion: NotificationType<void> = { method: "inspector/inspectCompletion" };
/** Panel → host: reveal this token (its index) in its editor. */
export const revealToken: NotificationType<number> = { method: "inspector/reveal" };
/** Panel → host: the user moved to this token (its index), by click or keys; not sent for what the host selected. */
export const tokenChosen: NotificationType<number> = { method: "inspector/chosen" };
/** Panel → host: open the log. */
export const openLog: NotificationType<void> = { method: "inspector/openLog" };
