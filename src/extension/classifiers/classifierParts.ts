/** What the commands that ask fine-tuned classifiers work with. Knows nothing of VS Code. */
import type { TaskType } from "../../runtime/trainingDataProtocol";
import type { Classification, ClassifyParams } from "../../runtime/trainingProtocol";
import type { Dialogs } from "../dialogs";
import type { Memory } from "../inlineCompletions/statisticsStore";
import type { Messages } from "../messages";
import type { CallOptions } from "../runtimeClient";

/** A model or an adapter that was fine-tuned to classify. */
export interface ListedClassifier {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly task: TaskType;
  readonly labels: readonly string[];
}

/** Asks a classifier about items. Throws as `RuntimeClient.request`. */
export type Classify = (
  classifier: ListedClassifier,
  items: ClassifyParams["items"],
  options: Pick<CallOptions, "signal" | "onProgress">,
) => Promise<readonly Classification[]>;

/** What these commands work with. */
export interface ClassifierParts {
  readonly messages: Pick<Messages, "info" | "error">;
  readonly dialogs: Pick<Dialogs, "input" | "choose" | "withProgress">;
  /** Of the workspace. */
  readonly memory: Memory;
  /** Those that are known: of the list of models, and of this workspace's runs. */
  readonly list: () => Promise<readonly ListedClassifier[]>;
  readonly classify: Classify;
}
