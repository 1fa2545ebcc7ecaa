import type * as vscode from "vscode";
import type { BranchStore } from "./branches";
import type { ClassifierParts } from "./classifiers/classifierParts";
import type { EditorClassifications } from "./classifiers/editorClassifications";
import type { Secrets } from "./commands/hubToken";
import type { PromptParts } from "./commands/prompts/promptParts";
import type { ComparisonLab } from "./comparison/comparisonLab";
import type { SuspicionDiagnostics } from "./comparisonFiles/suspicions";
import type { Dialogs } from "./dialogs";
import type { HistoryView } from "./history/historyView";
import type { InlineCompletions } from "./inlineCompletions/inlineCompletions";
import type { InteropClient } from "./interop/interopClient";
import type { KeptDocuments } from "./keptDocuments";
import type { Logger } from "./logger";
import type { Messages } from "./messages";
import type { ModelClient } from "./modelClient";
import type { ModelStore } from "./modelStore";
import type { ComparePanel } from "./panels/comparePanel";
import type { ComparisonPanel } from "./panels/comparisonPanel";
import type { InspectorPanel } from "./panels/inspectorPanel";
import type { InspectorStore } from "./panels/inspectorStore";
import type { ReliabilityPanel } from "./panels/reliabilityPanel";
import type { TrainingPanel } from "./panels/trainingPanel";
import type { PromptClient } from "./promptLab/promptClient";
import type { PromptLab } from "./promptLab/promptLab";
import type { SensitivityDocuments } from "./promptLab/sensitivityDocuments";
import type { Runs } from "./runs";
import type { RuntimeClient } from "./runtimeClient";
import type { Settings } from "./settings";
import type { SourceTracker } from "./sourceTracker";
import type { EditorSurprisal } from "./surprisal/editorSurprisal";
import type { DatasetsView } from "./training/datasetsView";
import type { TrainingClient } from "./training/trainingClient";
import type { TrainingLab } from "./training/trainingLab";
import type { ModelsView } from "./views/modelsView";

/** What commands on models work with: nothing of VS Code's own, so that tests can make one. */
export interface ModelWorkbench {
  readonly log: Logger;
  readonly messages: Pick<Messages, "info" | "error" | "problems">;
  readonly dialogs: Dialogs;
  readonly settings: Pick<Settings, "resolve" | "update">;
  readonly secrets: Secrets;
  readonly models: ModelClient;
  readonly modelStore: ModelStore;
}

/** What every command works with. Made once, at activation. */
export interface Workbench extends ModelWorkbench {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly messages: Messages;
  readonly settings: Settings;
  readonly runtime: RuntimeClient;
  readonly store: InspectorStore;
  readonly runs: Runs;
  readonly branches: BranchStore;
  readonly panel: InspectorPanel;
  readonly tracker: SourceTracker;
  readonly modelsView: ModelsView;
  readonly inline: InlineCompletions;
  readonly reliability: ReliabilityPanel;
  readonly surprisal: EditorSurprisal;
  readonly prompts: PromptClient;
  readonly promptLab: PromptLab;
  readonly interop: InteropClient;
  readonly comparePanel: ComparePanel;
  readonly sensitivity: SensitivityDocuments;
  /** What the commands that run prompt files on a selection work with. */
  readonly promptParts: PromptParts;
  /** What the commands that ask fine-tuned classifiers work with. */
  readonly classifierParts: ClassifierParts;
  readonly classifications: EditorClassifications;
  readonly history: HistoryView;
  readonly trainingClient: TrainingClient;
  readonly training: TrainingLab;
  readonly trainingPanel: TrainingPanel;
  readonly datasets: DatasetsView;
  readonly comparisons: ComparisonLab;
  readonly comparisonPanel: ComparisonPanel;
  /** Comparison files as they were when a run began. */
  readonly comparisonTexts: KeptDocuments;
  /** Labels that a comparison found to look wrong. */
  readonly suspicions: SuspicionDiagnostics;
}
