/**
 * Messages between the extension host and the panel about the reliability of inline completions, as values for `vscode-messenger`.
 * The host owns the counts: a hidden panel receives no messages, so it asks again with `reliabilityReady` when it is shown.
 */
import type { NotificationType } from "vscode-messenger-common";

/** A share with the interval that holds the true one with a probability of 95 %. */
export interface Rate {
  readonly successes: number;
  readonly trials: number;
  /** successes / trials; null without trials. */
  readonly share: number | null;
  /** Wilson's interval. */
  readonly low: number;
  readonly high: number;
}

/** Suggestions whose confidence lies in one part of 0 to 1. */
export interface ReliabilityBucket {
  readonly from: number;
  readonly to: number;
  /** Mean confidence of those shown; null without any. */
  readonly confidence: number | null;
  /** Accepted of shown. */
  readonly accepted: Rate;
}

/** What a least confidence would have let through, of what was shown. */
export interface ThresholdOutlook {
  /** Least confidence, 0 to 1. */
  readonly threshold: number;
  /** Accepted of those that it lets through. */
  readonly accepted: Rate;
  /** Share of all accepted suggestions that it keeps; null without any. */
  readonly kept: number | null;
}

/** Counts of one language. */
export interface LanguageCounts {
  readonly language: string;
  readonly answered: Rate;
  readonly accepted: Rate;
}

/** Everything that the panel shows. */
export interface ReliabilityState {
  /** When counting began, as ISO 8601; null when nothing was counted yet. */
  readonly since: string | null;
  /** Whether suggestions are on. */
  readonly enabled: boolean;
  /** Least confidence of the settings, 0 to 1. */
  readonly threshold: number;
  /** Requests that gave something to show. */
  readonly answered: Rate;
  readonly accepted: Rate;
  /** Mean confidence of those shown; null without any. */
  readonly confidence: number | null;
  /** Expected calibration error, 0 to 1; null without anything shown. */
  readonly calibrationError: number | null;
  readonly buckets: readonly ReliabilityBucket[];
  readonly outlook: readonly ThresholdOutlook[];
  readonly languages: readonly LanguageCounts[];
}

/** Host → panel: show this state. */
export const showReliability: NotificationType<ReliabilityState> = { method: "reliability/show" };
/** Panel → host: loaded; send the state. */
export const reliabilityReady: NotificationType<void> = { method: "reliability/ready" };
/** Panel → host: make this the least confidence. */
export const setThreshold: NotificationType<number> = { method: "reliability/setThreshold" };
/** Panel → host: turn suggestions on. */
export const turnOn: NotificationType<void> = { method: "reliability/turnOn" };
/** Panel → host: forget all counts, once the user confirms it. */
export const resetCounts: NotificationType<void> = { method: "reliability/reset" };
/** Panel → host: open the numbers as a text document. */
export const openAsText: NotificationType<void> = { method: "reliability/openAsText" };
