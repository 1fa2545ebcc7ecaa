/** Names of the forms' numbers, and what they mean. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { FineTuneField, PretrainField } from "../../runtime/trainingPanelProtocol";

/** A number's name, and a sentence about it where the name does not say all. */
export interface FieldText {
  readonly name: string;
  readonly hint?: string;
}

/** By the number's key. */
export function fieldText(field: FineTuneField | PretrainField): FieldText {
  return { ...optimizerTexts(), ...fineTuneTexts(), ...pretrainTexts() }[field];
}

type Texts<K extends string> = { readonly [P in K]: FieldText };

function optimizerTexts(): Texts<FineTuneField & PretrainField> {
  return {
    learningRate: { name: l10n.t("Learning rate") },
    batchSize: { name: l10n.t("Batch size"), hint: l10n.t("Sequences of a step.") },
    microBatchSize: { name: l10n.t("Micro-batch size"), hint: l10n.t("Sequences in memory at once.") },
    warmup: { name: l10n.t("Warm-up"), hint: l10n.t("Share of all steps.") },
    beta1: { name: l10n.t("Adam β₁") },
    beta2: { name: l10n.t("Adam β₂") },
    epsilon: { name: l10n.t("Adam ε") },
    weightDecay: { name: l10n.t("Weight decay"), hint: l10n.t("Not of biases and norms.") },
    maxGradNorm: { name: l10n.t("Gradient clipping"), hint: l10n.t("Largest norm; 0 clips none.") },
    dropoutEmbedding: { name: l10n.t("Dropout, embeddings") },
    dropoutResidual: { name: l10n.t("Dropout, residuals") },
    dropoutAttention: { name: l10n.t("Dropout, attention") },
    evaluateEvery: { name: l10n.t("Evaluate every"), hint: l10n.t("Steps; 0 for the end of each epoch.") },
    checkpointEvery: { name: l10n.t("Checkpoint every"), hint: l10n.t("Steps.") },
    seed: { name: l10n.t("Seed") },
  };
}

function fineTuneTexts(): Texts<Exclude<FineTuneField, PretrainField>> {
  return {
    dropoutClassifier: { name: l10n.t("Dropout, classifier") },
    epochs: { name: l10n.t("Epochs") },
    lmCoef: { name: l10n.t("Weight λ of L1"), hint: l10n.t("The language model's part of L2 + λ·L1; 0 for none.") },
    maxLength: { name: l10n.t("Longest sequence"), hint: l10n.t("Tokens; longer texts are cut.") },
    patience: { name: l10n.t("Patience"), hint: l10n.t("Looks at dev without a better one; 0 never ends early.") },
    r: { name: l10n.t("Rank r") },
    loraAlpha: { name: l10n.t("LoRA α"), hint: l10n.t("The update is scaled by α / r.") },
    loraDropout: { name: l10n.t("LoRA dropout") },
    devShare: { name: l10n.t("Share of dev") },
    testShare: { name: l10n.t("Share of test") },
    splitSeed: { name: l10n.t("Seed of the split") },
    limit: { name: l10n.t("Training items at most"), hint: l10n.t("Empty for all.") },
  };
}

function pretrainTexts(): Texts<Exclude<PretrainField, FineTuneField>> {
  return {
    sequenceLength: { name: l10n.t("Sequence length"), hint: l10n.t("Tokens.") },
    steps: { name: l10n.t("Steps") },
    heldOutShare: { name: l10n.t("Share held out") },
    sampleEvery: { name: l10n.t("Sample every"), hint: l10n.t("Steps; 0 for none.") },
    vocabulary: { name: l10n.t("Vocabulary size"), hint: l10n.t("Tokens of byte-level BPE.") },
    nLayer: { name: l10n.t("Layers") },
    nHead: { name: l10n.t("Heads") },
    nEmbd: { name: l10n.t("Width") },
    nPositions: { name: l10n.t("Positions"), hint: l10n.t("Longest context, tokens.") },
    maxFileKilobytes: { name: l10n.t("Largest file"), hint: l10n.t("kB; larger ones are left out.") },
  };
}
