/** Losses and probabilities of a batch, and the states that a classifier reads, without dropout. */
import { type Graph, GraphBuilder } from "../graph/graph";
import { crossEntropy } from "./crossEntropy";
import { stepNames } from "./stepNames";
import { type BatchShape, TrainingPass, type TrainingPlan } from "./trainingPass";

/** Name of the output that holds the states at the extract tokens, float32 [S, C]. */
export const featuresName = "states";

/** Inputs: those of a batch. Outputs: `task_loss` and `probabilities`, `lm_loss`, as far as the objective has them. */
export function buildEvaluationGraph(plan: TrainingPlan, shape: BatchShape): Graph {
  const g = new GraphBuilder();
  const pass = new TrainingPass(g, plan, shape, null);
  const { objective } = plan;
  const final = pass.finalStates();
  if (objective.kind !== "languageModel") pass.classifierLoss(objective, final);
  if (objective.kind === "languageModel" || objective.lmCoef !== 0) {
    const inputs = pass.languageModel(final);
    g.outputAs(stepNames.lmLoss, crossEntropy(g, inputs, inputs.chunkRows));
  }
  return g.build();
}

/** Inputs: tokens and their positions, extract places. Output: `states`. */
export function buildFeaturesGraph(plan: TrainingPlan, shape: BatchShape): Graph {
  const g = new GraphBuilder();
  const pass = new TrainingPass(g, plan, shape, null);
  g.outputAs(featuresName, pass.extracted(pass.finalStates()));
  return g.build();
}
