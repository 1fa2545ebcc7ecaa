/** What the reliability panel shows, from the counts. Knows nothing of VS Code. */
import type {
  LanguageCounts,
  Rate,
  ReliabilityBucket,
  ReliabilityState,
  ThresholdOutlook,
} from "../../runtime/reliabilityProtocol";
import { bucketCount } from "./confidence";
import { type Bucket, calibrationError, type Statistics, totalOf, wilson } from "./statistics";

/** The settings that the panel speaks of. */
export interface ReliabilitySettings {
  readonly enabled: boolean;
  /** Least confidence, 0 to 1. */
  readonly threshold: number;
}

/** The panel's state. */
export function reliabilityState(statistics: Statistics, settings: ReliabilitySettings): ReliabilityState {
  const { requests, answered, shown, accepted } = totalOf(statistics);
  const { buckets, since } = statistics;
  return {
    since,
    ...settings,
    answered: rate(answered, requests),
    accepted: rate(accepted, shown),
    confidence: meanConfidence(buckets),
    calibrationError: calibrationError(statistics),
    buckets: buckets.map(bucketState),
    outlook: buckets.map((_, i) => outlookFrom(buckets, i)),
    languages: languages(statistics),
  };
}

function rate(successes: number, trials: number): Rate {
  return { successes, trials, share: trials === 0 ? null : successes / trials, ...wilson(successes, trials) };
}

function bucketState(bucket: Bucket, i: number): ReliabilityBucket {
  const { shown, accepted } = bucket;
  return {
    from: i / bucketCount,
    to: (i + 1) / bucketCount,
    confidence: meanConfidence([bucket]),
    accepted: rate(accepted, shown),
  };
}

/** Mean over what was shown. */
function meanConfidence(buckets: readonly Bucket[]): number | null {
  const { shown, confidence } = sumOf(buckets);
  return shown === 0 ? null : confidence / shown;
}

/** Counts are kept by parts of 0 to 1, so that outlooks are exact at their bounds. */
function outlookFrom(buckets: readonly Bucket[], first: number): ThresholdOutlook {
  const through = sumOf(buckets.slice(first));
  const all = sumOf(buckets);
  return {
    threshold: first / bucketCount,
    accepted: rate(through.accepted, through.shown),
    kept: all.accepted === 0 ? null : through.accepted / all.accepted,
  };
}

function sumOf(buckets: readonly Bucket[]): Bucket {
  const add = (a: Bucket, b: Bucket) => ({
    shown: a.shown + b.shown,
    accepted: a.accepted + b.accepted,
    confidence: a.confidence + b.confidence,
  });
  return buckets.reduce(add, { shown: 0, accepted: 0, confidence: 0 });
}

/** Most used first. */
function languages({ languages: tallies }: Statistics): LanguageCounts[] {
  return Object.entries(tallies)
    .sort(([a, one], [b, other]) => other.shown - one.shown || a.localeCompare(b))
    .map(([language, { requests, answered, shown, accepted }]) => ({
      language,
      answered: rate(answered, requests),
      accepted: rate(accepted, shown),
    }));
}
