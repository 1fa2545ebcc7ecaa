/** The learning rate over a run. */
import type { OptimizerSettings } from "../trainingProtocol";

/** What the learning rate depends on. */
export type ScheduleSettings = Pick<OptimizerSettings, "learningRate" | "warmup" | "decay">;

/**
 * The learning rate of every step, from 0: peak · t/W for t < W (so step 0 has 0), then with x = (t − W)/(steps − W) peak · (1 − x),
 * peak · (1 + cos πx)/2, or the peak. W = ⌈warmup · steps⌉. These are the formulae of transformers' `get_linear_schedule_with_warmup` and
 * its like; W leaves at least the last step, so that a run of one step learns.
 */
export function schedule(settings: ScheduleSettings, steps: number): (step: number) => number {
  const { learningRate: peak, decay } = settings;
  const warmup = warmupSteps(settings, steps);
  return (step) => {
    if (step < warmup) return (peak * step) / warmup;
    const x = (step - warmup) / Math.max(1, steps - warmup);
    switch (decay) {
      case "linear":
        return peak * Math.max(0, 1 - x);
      case "cosine":
        return (peak * (1 + Math.cos(Math.PI * Math.min(1, x)))) / 2;
      case "constant":
        return peak;
      default:
        return decay satisfies never;
    }
  };
}

/** Steps until the learning rate has its peak. */
export function warmupSteps({ warmup }: Pick<ScheduleSettings, "warmup">, steps: number): number {
  return Math.max(0, Math.min(Math.ceil(warmup * steps), steps - 1));
}
