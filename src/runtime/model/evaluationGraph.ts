/** Losses and probabilities of a batch, and the states that a classifier reads, without dropout. */
import { type Graph, GraphBuilder } from "../graph/graph";
import { chunkRows, crossEntropy } from "./crossEntropy";
import { classifierLogits, classifierLoss } from "./heads";
import { stepNames } from "./stepNames";
import { type BatchShape, batchInputs, TrainingPass, type TrainingPlan } from "./trainingPass";

/** Name of the output that holds the states at the extract tokens, float32 [S, C]. */
export const featuresName = "states";

/** Inputs: those of a batch. Outputs: `task_loss` and `probabilities`, `lm_loss`, as far as the objective has them. */
export function buildEvaluationGraph(plan: TrainingPlan, shape: BatchShape): Graph {
  const g = new GraphBuilder();
  const pass = new TrainingPass(g, plan, shape, null);
  const { objective, config } = plan;
  const final = pass.finalStates();
  if (objective.kind !== "languageModel") {
    const logits = classifierLogits(g, objective, {
      states: pass.extracted(final),
      items: shape.items,
      parameter: pass.parameter,
      mask: () => null,
    });
    const labels = g.input(batchInputs.labels, "int64", [shape.items]);
    const result = classifierLoss(g, logits, labels, g.input(batchInputs.taskWeight, "float32", []));
    g.outputAs(stepNames.taskLoss, result.loss);
    g.outputAs(stepNames.probabilities, result.probabilities);
  }
  if (objective.kind === "languageModel" || objective.lmCoef !== 0) {
    const places = [shape.rows * shape.length];
    const targets = g.input(batchInputs.lmTargets, "int64", places);
    const weights = g.input(batchInputs.lmWeights, "float32", places);
    const inputs = { hidden: final, table: pass.parameter(pass.headName), targets, weights };
    g.outputAs(stepNames.lmLoss, crossEntropy(g, inputs, chunkRows(places[0] ?? 0, config.vocabSize)));
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
