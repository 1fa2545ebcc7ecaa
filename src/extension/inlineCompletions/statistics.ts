/** Counts of what was suggested and what was taken, and what follows from them. Knows nothing of VS Code. */
import * as z from "zod";
import { bucketCount, bucketOf } from "./confidence";

const count = z.int().min(0);
const tally = z.object({
  /** Requests that were answered; those that typing outdated are not counted. */
  requests: count,
  /** Requests that gave something to show. */
  answered: count,
  /** Suggestions that were shown. */
  shown: count,
  accepted: count,
});
const bucket = z.object({
  shown: count,
  accepted: count,
  /** Sum of the confidences of the shown ones. */
  confidence: z.number().min(0),
});
const schema = z.object({
  version: z.literal(1),
  /** When counting began, as ISO 8601; null when nothing was counted yet. */
  since: z.string().nullable(),
  languages: z.record(z.string(), tally),
  buckets: z.array(bucket).length(bucketCount),
});

/** Counts of one language. */
export type Tally = z.infer<typeof tally>;
/** Counts of suggestions whose confidence lies in one part of 0 to 1. */
export type Bucket = z.infer<typeof bucket>;
/** Everything that is counted. */
export type Statistics = z.infer<typeof schema>;

/** An interval that holds the true share with a probability of 95 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const noTally: Tally = { requests: 0, answered: 0, shown: 0, accepted: 0 };

/** No counts. */
export function emptyStatistics(): Statistics {
  const buckets = Array.from({ length: bucketCount }, () => ({ shown: 0, accepted: 0, confidence: 0 }));
  return { version: 1, since: null, languages: {}, buckets };
}

/** What was kept; no counts when that is none of ours. */
export function parseStatistics(kept: unknown): Statistics {
  const parsed = schema.safeParse(kept);
  return parsed.success ? parsed.data : emptyStatistics();
}

/** Counts an answered request. `now` is ISO 8601. */
export function countRequest(statistics: Statistics, language: string, answered: boolean, now: string): Statistics {
  const counted = addTally(statistics, language, { requests: 1, answered: answered ? 1 : 0 });
  return { ...counted, since: statistics.since ?? now };
}

/** Counts a suggestion that was shown. */
export function countShown(statistics: Statistics, language: string, confidence: number): Statistics {
  return addBucket(addTally(statistics, language, { shown: 1 }), confidence, { shown: 1, accepted: 0, confidence });
}

/** Counts a suggestion that was accepted. */
export function countAccepted(statistics: Statistics, language: string, confidence: number): Statistics {
  const change = { shown: 0, accepted: 1, confidence: 0 };
  return addBucket(addTally(statistics, language, { accepted: 1 }), confidence, change);
}

/** The sum over all languages. */
export function totalOf({ languages }: Statistics): Tally {
  return Object.values(languages).reduce(sum, noTally);
}

/** Wilson's interval of a share, `successes` of `trials`: sound for few trials too. From 0 to 1 without any. */
export function wilson(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const z = 1.959963984540054;
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const middle = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Expected calibration error: distance of mean confidence from share accepted, weighted by count; null without any. */
export function calibrationError({ buckets }: Statistics): number | null {
  const shown = buckets.reduce((total, bucket) => total + bucket.shown, 0);
  if (shown === 0) return null;
  return buckets.reduce((total, { accepted, confidence }) => total + Math.abs(accepted - confidence) / shown, 0);
}

function addTally(statistics: Statistics, language: string, change: Partial<Tally>): Statistics {
  const { languages } = statistics;
  const before = Object.hasOwn(languages, language) ? languages[language] : undefined;
  return { ...statistics, languages: { ...languages, [language]: sum(before ?? noTally, { ...noTally, ...change }) } };
}

function addBucket(statistics: Statistics, confidence: number, change: Bucket): Statistics {
  const place = bucketOf(confidence);
  const add = (bucket: Bucket): Bucket => ({
    shown: bucket.shown + change.shown,
    accepted: bucket.accepted + change.accepted,
    confidence: bucket.confidence + change.confidence,
  });
  return { ...statistics, buckets: statistics.buckets.map((bucket, i) => (i === place ? add(bucket) : bucket)) };
}

function sum(a: Tally, b: Tally): Tally {
  return {
    requests: a.requests + b.requests,
    answered: a.answered + b.answered,
    shown: a.shown + b.shown,
    accepted: a.accepted + b.accepted,
  };
}
