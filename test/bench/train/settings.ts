/** What `npm run bench -- train` measures, for us and for the peer. */
import { z } from "zod";

/** Settings that both processes are given. */
export const trainBenchSettings = z.object({
  /** All parameters on a language model's loss, low-rank factors or a head alone on a classifier's. */
  what: z.enum(["full", "lora", "head"]),
  rows: z.int(),
  length: z.int(),
  vocabSize: z.int(),
  learningRate: z.number(),
  /** Of embedding, residual and attention. */
  dropout: z.number(),
  recompute: z.boolean(),
});

/** What is measured. */
export type TrainBenchSettings = z.infer<typeof trainBenchSettings>;
