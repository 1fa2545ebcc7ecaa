/**
 * Messages between the extension host and the training panel, as values for `vscode-messenger`. The host owns forms and runs: a hidden panel
 * receives no messages, so it asks again with `trainingReady` when it is shown. Imports only types.
 */
import type { NotificationType } from "vscode-messenger-common";
import type { RuntimeErrorInfo } from "./errors";
import type { CorpusPreview, SplitName, TaskType, TrainingDataPreview } from "./trainingDataProtocol";
import type { DecayKind, TrainingEstimate, TrainingMethod, TrainingRecord } from "./trainingProtocol";

/** Numbers of either form. Kept as they are typed: the host says what is wrong with them. */
export type OptimizerField =
  | "learningRate"
  | "batchSize"
  | "microBatchSize"
  | "warmup"
  | "beta1"
  | "beta2"
  | "epsilon"
  | "weightDecay"
  | "maxGradNorm"
  | "dropoutEmbedding"
  | "dropoutResidual"
  | "dropoutAttention"
  | "evaluateEvery"
  | "checkpointEvery"
  | "seed";

/** Numbers of the fine-tuning form. `limit` may be empty: all. */
export type FineTuneField =
  | OptimizerField
  | "dropoutClassifier"
  | "epochs"
  | "lmCoef"
  | "maxLength"
  | "patience"
  | "r"
  | "loraAlpha"
  | "loraDropout"
  | "devShare"
  | "testShare"
  | "splitSeed"
  | "limit";

/** Numbers of the pre-training form. */
export type PretrainField =
  | OptimizerField
  | "sequenceLength"
  | "steps"
  | "heldOutShare"
  | "sampleEvery"
  | "vocabulary"
  | "nLayer"
  | "nHead"
  | "nEmbd"
  | "nPositions"
  | "maxFileKilobytes";

/** A method, without its settings. */
export type MethodKind = TrainingMethod["kind"];

/** Everything that the user fills in to fine-tune. */
export interface FineTuneValues {
  readonly fields: Readonly<Record<FineTuneField, string>>;
  /** Absolute paths; empty for none. */
  readonly path: string;
  readonly dev: string;
  readonly test: string;
  readonly task: TaskType;
  /** Column of each field of the task; empty for none yet. */
  readonly columns: Readonly<Record<string, string>>;
  /** Value in the file → the label's name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly skipBadRows: boolean;
  readonly keepDuplicates: boolean;
  /** Folder of the model to start from. */
  readonly model: string;
  readonly device: string;
  readonly method: MethodKind;
  readonly targetModules: readonly string[];
  readonly decay: DecayKind;
  readonly specialTokens: "new" | "existing";
  readonly headBias: boolean;
  readonly recompute: boolean;
  readonly name: string;
}

/** Everything that the user fills in to pre-train. */
export interface PretrainValues {
  readonly fields: Readonly<Record<PretrainField, string>>;
  readonly root: string;
  /** Globs, one a line. */
  readonly include: string;
  readonly exclude: string;
  readonly respectIgnoreFiles: boolean;
  /** SPDX names, separated by commas; empty leaves no file out. */
  readonly licenses: string;
  readonly kind: "new" | "continue";
  /** Name of a size, or `custom`. */
  readonly preset: string;
  readonly family: string;
  readonly tokenizer: "train" | "from";
  /** Folder of the model whose tokenizer is taken. */
  readonly tokenizerFrom: string;
  /** Folder of the model to go on with. */
  readonly model: string;
  readonly device: string;
  readonly decay: DecayKind;
  readonly recompute: boolean;
  readonly name: string;
}

/** Something that the runtime was asked for. */
export type Asked<T> =
  | { readonly kind: "none" }
  /** `last` is what was known before. */
  | { readonly kind: "asking"; readonly last: T | null }
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly error: RuntimeErrorInfo };

/** A model that can be chosen. */
export interface ModelChoice {
  readonly folder: string;
  readonly name: string;
}

/** What both forms have beside their values. */
export interface FormFrame<V> {
  /** Tells one form that was shown from the next. */
  readonly form: number;
  /** Of the values: those with a lower number than the page's own are older than what was typed. */
  readonly revision: number;
  readonly values: V;
  /** What the fields have unless they are changed. */
  readonly defaults: Readonly<Record<string, string>>;
  /** What is wrong, by the value's name: sentences. */
  readonly problems: Readonly<Record<string, string>>;
  readonly models: readonly ModelChoice[];
  readonly devices: readonly string[];
  readonly estimate: Asked<TrainingEstimate>;
  /** Why the last start failed. */
  readonly failure: RuntimeErrorInfo | null;
  /** Name of the run under way, which must end before another can begin. */
  readonly busy: string | null;
}

/** The fine-tuning form. */
export interface FineTuneForm extends FormFrame<FineTuneValues> {
  readonly kind: "finetune";
  readonly preview: Asked<TrainingDataPreview>;
  /** Columns of the data file; empty while they are not known. */
  readonly columns: readonly string[];
  /** Values that the label column has. */
  readonly labelValues: readonly string[];
  /** Matrices that LoRA can be put on. */
  readonly modules: readonly string[];
}

/** The pre-training form. */
export interface PretrainForm extends FormFrame<PretrainValues> {
  readonly kind: "pretrain";
  readonly corpus: Asked<CorpusPreview>;
  readonly presets: readonly string[];
  readonly families: readonly string[];
}

/** How a run is. `interrupted`: its process ended before it did. */
export type RunStatus =
  | "preparing"
  | "running"
  | "pausing"
  | "stopping"
  | "paused"
  | "stopped"
  | "completed"
  | "failed"
  | "interrupted";

/** A run, but for its curves. */
export interface TrainingRunView {
  readonly kind: "run";
  /** Tells one run that was shown from the next. */
  readonly run: number;
  readonly title: string;
  /** Absolute; null before it is made. */
  readonly folder: string | null;
  readonly status: RunStatus;
  readonly record: TrainingRecord | null;
  /** What is done before the first step, or between steps. */
  readonly stage: { readonly text: string; readonly done: number; readonly total: number } | null;
  readonly last: StepPoint | null;
  readonly leftMs: number | null;
  /** Step of the last checkpoint. */
  readonly checkpoint: number | null;
  readonly notes: readonly string[];
  readonly samples: readonly { readonly step: number; readonly text: string }[];
  readonly failure: RuntimeErrorInfo | null;
  /** Absolute folder of the trained model; null until there is one. */
  readonly model: string | null;
  /** Name of another run that is under way; this one cannot be resumed before it ends. */
  readonly busy: string | null;
}

/** A step of the curves. */
export interface StepPoint {
  readonly kind: "step";
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly taskLoss: number | null;
  readonly lmLoss: number | null;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
}

/** A look at dev, or at held-out text. */
export interface EvaluationPoint {
  readonly kind: "evaluation";
  readonly step: number;
  readonly split: SplitName;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly best: boolean;
}

/** A place of the curves. */
export type TrainingPoint = StepPoint | EvaluationPoint;

/** Places of the curves, in order: what the page has from number `from` on is replaced. */
export interface PointBatch {
  readonly run: number;
  readonly from: number;
  readonly points: readonly TrainingPoint[];
}

/** What the panel shows, but for the curves. */
export type TrainingPanelState = { readonly kind: "empty" } | FineTuneForm | PretrainForm | TrainingRunView;

/** Files that the user chooses with the system's own dialog. */
export type ChosenFile = "path" | "dev" | "test" | "root" | "model" | "tokenizerFrom";

/** Host → panel: what is shown. A new `run` forgets the curves. */
export const showTraining: NotificationType<TrainingPanelState> = { method: "training/show" };
/** Host → panel: curves. */
export const addPoints: NotificationType<PointBatch> = { method: "training/points" };

/** Panel → host: loaded; send everything. */
export const trainingReady: NotificationType<void> = { method: "training/ready" };
/** Panel → host: the user changed something in the fine-tuning form. */
export const editFineTune: NotificationType<Pick<FineTuneForm, "form" | "revision" | "values">> = {
  method: "training/editFineTune",
};
/** Panel → host: the user changed something in the pre-training form. */
export const editPretrain: NotificationType<Pick<PretrainForm, "form" | "revision" | "values">> = {
  method: "training/editPretrain",
};
/** Panel → host: ask the user for a file or a folder. */
export const chooseFile: NotificationType<{ readonly form: number; readonly what: ChosenFile }> = {
  method: "training/chooseFile",
};
/** Panel → host: begin what the form says. */
export const startTraining: NotificationType<{ readonly form: number }> = { method: "training/start" };
/** Panel → host: pause the run under way, or stop it and keep the best. */
export const controlTraining: NotificationType<"pause" | "stop"> = { method: "training/control" };
/** Panel → host: go on with the run that is shown. */
export const resumeTraining: NotificationType<{ readonly run: number }> = { method: "training/resume" };
/** Panel → host: show the run under way. */
export const showRunning: NotificationType<void> = { method: "training/showRunning" };
/** Panel → host: fill in a form as the run that is shown had it. */
export const repeatTraining: NotificationType<{ readonly run: number }> = { method: "training/repeat" };
/** Panel → host: use the model of the run that is shown: a fine-tuned one to classify selections, a pre-trained one for everything else. */
export const useTrained: NotificationType<{ readonly run: number }> = { method: "training/use" };
/** Panel → host: show the trained model, or the run's folder while there is none, in the file manager. */
export const revealTrained: NotificationType<{ readonly run: number }> = { method: "training/reveal" };
/** Panel → host: an empty panel's ways to begin. */
export const beginTraining: NotificationType<"finetune" | "pretrain"> = { method: "training/begin" };
