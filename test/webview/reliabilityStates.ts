/** States of the panel about reliability, made as the extension makes them. */
import { reliabilityState } from "../../src/extension/inlineCompletions/reliability";
import { emptyStatistics, type Statistics } from "../../src/extension/inlineCompletions/statistics";
import type { ReliabilityState } from "../../src/runtime/reliabilityProtocol";

const shown = [0, 0, 3, 7, 14, 61, 84, 97, 120, 143];
const accepted = [0, 0, 0, 1, 2, 14, 25, 38, 66, 101];

const statistics: Statistics = {
  version: 1,
  since: "2026-01-02T03:04:05Z",
  languages: {
    typescript: { requests: 900, answered: 420, shown: 420, accepted: 210 },
    python: { requests: 310, answered: 104, shown: 104, accepted: 36 },
    '<img src="x" onerror="alert(1)">': { requests: 9, answered: 5, shown: 5, accepted: 1 },
  },
  buckets: shown.map((count, i) => ({
    shown: count,
    accepted: accepted[i] ?? 0,
    confidence: count * (i / 10 + 0.053),
  })),
};

/** Weeks of use. */
export const used: ReliabilityState = reliabilityState(statistics, { enabled: true, threshold: 0.5 });
/** The same, with suggestions off and a threshold between two parts. */
export const off: ReliabilityState = { ...used, enabled: false, threshold: 0.55 };
/** Nothing yet. */
export const unused: ReliabilityState = reliabilityState(emptyStatistics(), { enabled: false, threshold: 0.5 });
