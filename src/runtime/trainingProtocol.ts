/** Requests of the training engine: estimates, fine-tuning, pre-training, and using what was trained. Platform-free. */
import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type { DeviceChoice, ModelReference, Priority, WithProgress } from "./protocol";
import type { CorpusSource, SplitName, TrainingData } from "./trainingDataProtocol";

/** What is trained. */
export type TrainingMethod =
  | { readonly kind: "head" }
  | {
      readonly kind: "lora";
      /** Rank. */
      readonly r: number;
      readonly loraAlpha: number;
      readonly loraDropout: number;
      /** Canonical names of matrices of a block: `attn.c_attn`, `attn.c_proj`, `mlp.c_fc`, `mlp.c_proj`, `attn.q_proj`, … */
      readonly targetModules: readonly string[];
    }
  | { readonly kind: "full" };

/** How the learning rate falls after its linear warm-up. */
export type DecayKind = "linear" | "cosine" | "constant";

/** How parameters are moved. */
export interface OptimizerSettings {
  readonly learningRate: number;
  /** Items of an optimizer step; sequences for pre-training. */
  readonly batchSize: number;
  /** Sequences of one pass at most; a step's gradients are summed over its passes. */
  readonly microBatchSize: number;
  /** Share of all steps. */
  readonly warmup: number;
  readonly decay: DecayKind;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled; of parameters with two dimensions or more. */
  readonly weightDecay: number;
  /** Largest global norm of the gradients; they are not clipped when it is 0. */
  readonly maxGradNorm: number;
}

/** Shares of values that are dropped while training. */
export interface DropoutSettings {
  readonly embedding: number;
  readonly residual: number;
  readonly attention: number;
  readonly classifier: number;
}

/** Everything that a fine-tuning run depends on but the model and the data. */
export interface FineTuneSettings {
  readonly method: TrainingMethod;
  readonly optimizer: OptimizerSettings;
  readonly dropout: DropoutSettings;
  readonly epochs: number;
  /** λ of L2 + λ·L1; 0 trains the classifier alone. Always 0 for a head. */
  readonly lmCoef: number;
  /** Whether the classifier adds a bias; transformers' heads have none. */
  readonly headBias: boolean;
  /** `new`: rows of their own for start, delimiter and extract; `existing`: tokens that the model has. */
  readonly specialTokens: "new" | "existing";
  /** Longest sequence, tokens. */
  readonly maxLength: number;
  /** Steps between two looks at dev; at the end of each epoch when 0. */
  readonly evaluateEvery: number;
  /** Looks at dev without a better one until the run ends; 0 never ends it early. */
  readonly patience: number;
  /** Steps between two checkpoints from which a run can be resumed. */
  readonly checkpointEvery: number;
  readonly seed: number;
  /** Compute the blocks' activations anew in the backward pass: slower, smaller. */
  readonly recompute: boolean;
}

/** Parameters of `training/finetune` and of its estimate. */
export interface FineTuneParams {
  readonly model: ModelReference;
  readonly data: TrainingData;
  readonly settings: FineTuneSettings;
  /** Absolute path of the folder in which the run's own folder is made. */
  readonly runs: string;
  /** For the run's folder and the model; the data file's name when absent. */
  readonly name?: string;
}

/** The model to pre-train. */
export type PretrainModel =
  /** A new one: a preset's name or a configuration as in config.json, with a new or an existing vocabulary. */
  | {
      readonly kind: "new";
      readonly preset?: string;
      readonly config?: Readonly<Record<string, unknown>>;
      /** Size of the vocabulary to train, or the folder of a model whose tokenizer is taken. */
      readonly tokenizer: { readonly train: number } | { readonly from: string };
    }
  | { readonly kind: "continue"; readonly model: ModelReference };

/** Everything that a pre-training run depends on but model and text. */
export interface PretrainSettings {
  readonly optimizer: OptimizerSettings;
  readonly dropout: Omit<DropoutSettings, "classifier">;
  /** Tokens of a sequence. */
  readonly sequenceLength: number;
  readonly steps: number;
  /** Share of the text that is held out. */
  readonly heldOutShare: number;
  readonly evaluateEvery: number;
  /** Steps between two samples of text; none when 0. */
  readonly sampleEvery: number;
  readonly checkpointEvery: number;
  readonly seed: number;
  readonly recompute: boolean;
}

/** Parameters of `training/pretrain`. */
export interface PretrainParams {
  readonly model: PretrainModel;
  readonly corpus: CorpusSource;
  readonly settings: PretrainSettings;
  readonly device?: DeviceChoice;
  readonly runs: string;
  readonly name?: string;
}

/** What a run needs. */
export interface TrainingEstimate {
  /** Bytes, of the fullest moment. */
  readonly memory: {
    readonly parameters: number;
    readonly gradients: number;
    readonly moments: number;
    readonly activations: number;
    readonly total: number;
    /** What the device has free; null when it is not known. */
    readonly available: number | null;
  };
  readonly fits: boolean;
  /** What would make it fit: sentences, and the settings they stand for. */
  readonly remedies: readonly {
    readonly text: string;
    readonly microBatchSize?: number;
    readonly recompute?: boolean;
    readonly maxLength?: number;
  }[];
  readonly trainedParameters: number;
  readonly steps: number;
  /** Of the model that will be written, bytes. */
  readonly diskBytes: number;
}

/** Streamed while a run goes on; also lines of `metrics.jsonl`. */
export type TrainingEvent =
  | { readonly kind: "begin"; readonly folder: string; readonly record: TrainingRecord }
  /** Work before the first step, or between steps, in words. `total` is 0 when it is not known. */
  | { readonly kind: "stage"; readonly stage: string; readonly done: number; readonly total: number }
  | {
      readonly kind: "step";
      /** From 1. */
      readonly step: number;
      readonly epoch: number;
      /** The task's loss (L2), the language model's (L1) and L2 + λ·L1, nats; null where a run has none. */
      readonly taskLoss: number | null;
      readonly lmLoss: number | null;
      readonly loss: number;
      readonly learningRate: number;
      /** Before clipping. */
      readonly gradientNorm: number;
      readonly tokensPerSecond: number;
      /** Milliseconds. */
      readonly elapsedMs: number;
      readonly leftMs: number | null;
    }
  | {
      readonly kind: "evaluation";
      readonly step: number;
      readonly split: SplitName;
      readonly loss: number;
      /** Null for pre-training. */
      readonly accuracy: number | null;
      readonly best: boolean;
    }
  | { readonly kind: "sample"; readonly step: number; readonly text: string }
  | { readonly kind: "checkpoint"; readonly step: number }
  | { readonly kind: "note"; readonly text: string };

/** Where a run stands. */
export type TrainingState = "running" | "paused" | "stopped" | "completed" | "failed";

/** The record of a training run, `run.json` in its folder. */
export interface TrainingRecord {
  readonly version: 1;
  readonly kind: "finetune" | "pretrain";
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: TrainingState;
  /** Why it failed, or ended early. */
  readonly reason: string | null;
  readonly base: {
    readonly name: string;
    readonly folder: string;
    readonly sha256: string;
  } | null;
  readonly device: string;
  readonly versions: { readonly gptWorkbench: string; readonly onnxruntime: string };
  readonly finetune?: { readonly data: TrainingData; readonly settings: FineTuneSettings };
  readonly pretrain?: {
    readonly model: PretrainModel;
    readonly corpus: CorpusSource;
    readonly settings: PretrainSettings;
  };
  /** SHA-256 of data files by path. */
  readonly data: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Items cut to fit. */
  readonly truncated: number;
  readonly step: number;
  readonly steps: number;
  /** Of dev (held-out text for pre-training), at the best step; and of test, looked at once when the run has ended. */
  readonly best: { readonly step: number; readonly loss: number; readonly accuracy: number | null } | null;
  readonly test: {
    readonly loss: number;
    readonly accuracy: number | null;
    readonly majority: number | null;
  } | null;
  /** Folder of the trained model, relative to the run's; null until there is one. */
  readonly model: string | null;
  readonly elapsedMs: number;
}

/** Result of a run's request. */
export interface TrainingResult {
  readonly folder: string;
  readonly record: TrainingRecord;
}

/** Goes on with a run that was paused, or whose process ended. */
export interface ResumeTrainingParams {
  /** Absolute path of the run's folder. */
  readonly folder: string;
}

/** Says how the run of this process is to go on: `pause` keeps a checkpoint, `stop` also writes the best model. */
export interface ControlTrainingParams {
  readonly action: "pause" | "stop";
}

/** Parameters of `model/classify`. */
export interface ClassifyParams {
  /** A fine-tuned classifier: a model folder, or a LoRA adapter's. */
  readonly model: ModelReference;
  /** Items: `text`, or the fields of the model's task; `choices` as a list. */
  readonly items: readonly Readonly<Record<string, string | readonly string[]>>[];
  readonly priority?: Priority;
}

/** Probabilities of one item. */
export interface Classification {
  /** Most probable first. */
  readonly labels: readonly { readonly label: string; readonly probability: number }[];
  readonly tokens: number;
  readonly truncated: boolean;
}

/** Parameters of `training/merge`: a LoRA adapter into its base's weights. */
export interface MergeParams {
  /** Absolute path of the adapter's folder. */
  readonly adapter: string;
  /** Absolute path of its base's folder, in place of the one that it names. */
  readonly base?: string;
  /** Where the merged model goes. */
  readonly into: /** Absolute path of the model folder to write; must not exist. */
    | { readonly kind: "folder"; readonly folder: string }
    /** A new model of the store. */
    | { readonly kind: "store"; readonly store: string; readonly name: string };
}

/** What fine-tuning would need. */
export const fineTuneEstimateRequest = new RequestType<
  WithProgress<FineTuneParams>,
  TrainingEstimate,
  RuntimeErrorInfo
>("training/estimate");
/** What pre-training would need. */
export const pretrainEstimateRequest = new RequestType<
  WithProgress<PretrainParams>,
  TrainingEstimate,
  RuntimeErrorInfo
>("training/pretrainEstimate");
/** Fine-tunes a model, streaming `TrainingEvent`s. One training at a time in a process. */
export const fineTuneRequest = new RequestType<WithProgress<FineTuneParams>, TrainingResult, RuntimeErrorInfo>(
  "training/finetune",
);
/** Pre-trains a model, streaming `TrainingEvent`s. */
export const pretrainRequest = new RequestType<WithProgress<PretrainParams>, TrainingResult, RuntimeErrorInfo>(
  "training/pretrain",
);
/** Goes on with a run, streaming `TrainingEvent`s. */
export const resumeTrainingRequest = new RequestType<
  WithProgress<ResumeTrainingParams>,
  TrainingResult,
  RuntimeErrorInfo
>("training/resume");
/** Pauses or stops the run of this process; false when there is none. */
export const controlTrainingRequest = new RequestType<ControlTrainingParams, boolean, RuntimeErrorInfo>(
  "training/control",
);
/** The stream of the three requests above. */
export const trainingProgress = new ProgressType<TrainingEvent>();
/** Asks a fine-tuned classifier. */
export const classifyRequest = new RequestType<
  WithProgress<ClassifyParams>,
  readonly Classification[],
  RuntimeErrorInfo
>("model/classify");
/** Merges a LoRA adapter into its base: gives the new folder. */
export const mergeRequest = new RequestType<WithProgress<MergeParams>, string, RuntimeErrorInfo>("training/merge");
