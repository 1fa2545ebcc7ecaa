/** Bounds that a run must reach, for continuous integration. */
import * as l10n from "@vscode/l10n";
import type { VariantSummary } from "../promptProtocol";
import { UsageError } from "./usage";

/** What can be bounded: the share of right answers, and the mean ln p per token. */
const metrics = {
  accuracy: ({ accuracy }: VariantSummary) => accuracy?.value ?? null,
  logprob: ({ meanLogprob }: VariantSummary) => meanLogprob,
} as const;

/** A least value of a metric. */
export interface Bound {
  readonly metric: keyof typeof metrics;
  readonly least: number;
}

/** Reads `accuracy=0.8`, `logprob=-2.5`. Throws `UsageError`. */
export function failUnder(given: readonly string[]): Bound[] {
  return given.map((text) => {
    const [, name = "", value = ""] = /^(\w+)=([+-]?(?:\d+\.?\d*|\.\d+))$/.exec(text.trim()) ?? [];
    const metric = (Object.keys(metrics) as Bound["metric"][]).find((known) => known === name);
    const least = Number(value);
    if (metric && (metric !== "accuracy" || (least >= 0 && least <= 1))) return { metric, least };
    throw new UsageError(
      l10n.t("--fail-under must be accuracy=A with A from 0 to 1, or logprob=L, not {0}", JSON.stringify(text)),
      "run",
    );
  });
}

/** A sentence for every variant that does not reach a bound. One without right answers cannot reach an accuracy. */
export function missedBounds(bounds: readonly Bound[], variants: readonly VariantSummary[]): string[] {
  return bounds.flatMap(({ metric, least }) =>
    variants.flatMap((variant) => {
      const value = metrics[metric](variant);
      if (value !== null && value >= least) return [];
      const found = value === null ? l10n.t("not known") : value.toFixed(4);
      return [l10n.t('variant "{0}": {1} is {2}, under {3}', variant.name, metric, found, least)];
    }),
  );
}
