/**
 * The VS Code side's entry. Activation only registers; the runtime process starts with the first command.
 *
 * Activated after startup, because the status bar item has to stand there before anyone asks for it. Runs on the
 * workspace's side of a remote window (`extensionKind`: workspace before ui): models and data lie there, and a remote
 * machine is usually the one with the GPU. `remote.extensionKind` in the user's settings turns that round.
 */
import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { toErrorInfo } from "../runtime/errors";
import type { DeviceFailed } from "../runtime/protocol";
import { Analysis } from "./analysis";
import { type BranchingState, BranchStore } from "./branches";
import { registerChatProvider } from "./chat/chatProvider";
import { registerTools } from "./chat/registerTools";
import { rememberClassifier } from "./classifiers/chooseClassifier";
import { EditorClassifications } from "./classifiers/editorClassifications";
import { classifyWith, findClassifiers } from "./classifiers/findClassifiers";
import { systemClock } from "./clock";
import { copyBranch, replaceByBranch } from "./commands/branches";
import type { CommandId } from "./commands/commandIds";
import { copyCompletion, insertCompletion } from "./commands/insertCompletion";
import { inspectPromptCell, openPromptOfRun } from "./commands/inspectCell";
import { inspectPromptAndCompletion } from "./commands/inspectCompletion";
import { sourceEditor } from "./commands/prepare";
import { createPromptParts } from "./commands/prompts/promptCommands";
import { registerCommands } from "./commands/registerCommands";
import { restartRuntime } from "./commands/restartRuntime";
import { revealToken, stretchOf } from "./commands/revealToken";
import { copyExport, saveExport } from "./commands/saveExport";
import { ComparisonClient } from "./comparison/comparisonClient";
import { comparisonUnderWay, createComparisonHost } from "./comparison/comparisonHost";
import { ComparisonLab } from "./comparison/comparisonLab";
import { connectComparisons, followLongWork } from "./comparison/connectComparisons";
import { registerComparisonFiles } from "./comparisonFiles/registerComparisonFiles";
import { SuspicionDiagnostics } from "./comparisonFiles/suspicions";
import { ComparisonTests } from "./comparisonTests/testController";
import { VsCodeEditorSide } from "./editorSide";
import { errorText } from "./errorText";
import { HistoryView } from "./history/historyView";
import { IdleRuntime } from "./idleRuntime";
import { InlineCompletions } from "./inlineCompletions/inlineCompletions";
import { reliabilitySource } from "./inlineCompletions/reliabilitySource";
import { InteropClient } from "./interop/interopClient";
import { KeptDocuments } from "./keptDocuments";
import { Messages } from "./messages";
import { ModelClient } from "./modelClient";
import { ModelStore } from "./modelStore";
import { ComparePanel, compareViewType } from "./panels/comparePanel";
import { ComparisonPanel, comparisonViewType } from "./panels/comparisonPanel";
import { InspectorPanel, inspectorViewType } from "./panels/inspectorPanel";
import { InspectorStore } from "./panels/inspectorStore";
import { ReliabilityPanel, reliabilityViewType } from "./panels/reliabilityPanel";
import { TrainingPanel, trainingViewType } from "./panels/trainingPanel";
import { registerPromptFiles } from "./promptFiles/registerPromptFiles";
import { createLabHost, runFiles } from "./promptLab/labHost";
import { PromptClient } from "./promptLab/promptClient";
import { PromptLab } from "./promptLab/promptLab";
import { SensitivityDocuments } from "./promptLab/sensitivityDocuments";
import { Runs } from "./runs";
import { RuntimeClient } from "./runtimeClient";
import { SelectionLink } from "./selectionLink";
import { Settings } from "./settings";
import { SourceTracker } from "./sourceTracker";
import { createStatusBar } from "./statusBar";
import { EditorSurprisal } from "./surprisal/editorSurprisal";
import { DatasetsView } from "./training/datasetsView";
import { TrainingClient } from "./training/trainingClient";
import { createTrainingHost, trainingUnderWay } from "./training/trainingHost";
import { TrainingLab } from "./training/trainingLab";
import { offerToResume } from "./underWay";
import { provideModelDocuments } from "./views/modelDocuments";
import { ModelsView, provideStoreWelcome } from "./views/modelsView";
import { createDialogs } from "./vscodeDialogs";
import type { Workbench } from "./workbench";

let runtime: RuntimeClient | undefined;
let training: TrainingClient | undefined;

/** Called by VS Code once: after startup, for the status bar item, or for the first command or restored panel. */
export function activate(context: vscode.ExtensionContext): void {
  const started = performance.now();
  if (vscode.l10n.bundle) l10n.config({ contents: vscode.l10n.bundle });
  const workbench = createWorkbench(context);
  runtime = workbench.runtime;
  training = workbench.trainingClient;
  connectPanel(workbench);
  connectComparePanel(workbench);
  connectTrainingPanel(workbench);
  connectComparisons(workbench, (folder) => useForClassifying(workbench, folder));
  context.subscriptions.push(
    workbench.log,
    workbench.tracker,
    workbench.panel,
    workbench.modelsView,
    workbench.inline,
    workbench.reliability,
    workbench.comparePanel,
    workbench.trainingPanel,
    workbench.datasets,
    workbench.comparisonPanel,
    workbench.comparisonTexts,
    workbench.suspicions,
    workbench.sensitivity,
    workbench.surprisal,
    workbench.classifications,
    workbench.history,
    registerChatProvider(workbench, context.globalState),
    registerTools(workbench),
    linkSelections(workbench),
    provideStoreWelcome(),
    provideModelDocuments(workbench.modelStore),
    registerPromptFiles(workbench),
    registerComparisonFiles(workbench),
    testComparisons(workbench),
    registerCommands(workbench),
    createStatusBar(workbench),
    vscode.window.registerWebviewPanelSerializer(inspectorViewType, workbench.panel),
    vscode.window.registerWebviewPanelSerializer(reliabilityViewType, workbench.reliability),
    vscode.window.registerWebviewPanelSerializer(compareViewType, workbench.comparePanel),
    vscode.window.registerWebviewPanelSerializer(trainingViewType, workbench.trainingPanel),
    vscode.window.registerWebviewPanelSerializer(comparisonViewType, workbench.comparisonPanel),
    followLongWork(workbench),
    workbench.runtime.onDidCrash((reason) => {
      // While one types nothing pops up: the status bar item shows it. And a device that was blamed has its own message.
      const typing = workbench.inline.running && !workbench.runs.running;
      if (typing || workbench.models.crashBlamed) workbench.log.warn(`Runtime ended: ${reason}.`);
      else workbench.messages.crash(reason, () => restartRuntime(workbench));
    }),
    workbench.models.onDidFailDevice((failed) => tellDeviceFailed(workbench, failed)),
    workbench.runs.onDidChangeRunning((running) => {
      void vscode.commands.executeCommand("setContext", "gptWorkbench.running", running);
    }),
    vscode.Disposable.from(
      workbench.models.onDidChangeState(({ kind }) => {
        void vscode.commands.executeCommand("setContext", "gptWorkbench.modelLoaded", kind === "loaded");
      }),
    ),
    workbench.inline.snooze.onDidChange(() => {
      void vscode.commands.executeCommand("setContext", "gptWorkbench.snoozed", workbench.inline.snooze.active);
    }),
    ...reportSettings(workbench),
  );
  const left = { memory: context.workspaceState, messages: workbench.messages };
  void offerToResume(left, trainingUnderWay);
  void offerToResume(left, comparisonUnderWay);
  workbench.log.debug(`Activated in ${(performance.now() - started).toFixed(1)} ms.`);
}

/** Called by VS Code when the window closes: ends the runtime processes, and waits until they are gone. A training keeps its checkpoint. */
export async function deactivate(): Promise<void> {
  await Promise.all([runtime?.dispose(), training?.dispose()]);
  runtime = training = undefined;
}

function createWorkbench(context: vscode.ExtensionContext): Workbench {
  const { extensionUri, globalStorageUri, globalState, workspaceState, secrets } = context;
  const log = vscode.window.createOutputChannel("GPT Workbench", { log: true });
  const starter = vscode.Uri.joinPath(extensionUri, "media", "models", "starter").fsPath;
  const settings = new Settings(starter, vscode.Uri.joinPath(globalStorageUri, "models").fsPath);
  const process = {
    modulePath: vscode.Uri.joinPath(extensionUri, "out", "runtime.js").fsPath,
    env: vscode.l10n.uri ? { EXTENSION_BUNDLE_PATH: vscode.l10n.uri.fsPath } : {},
    logger: log,
  };
  const client = new RuntimeClient(process);
  const longWork = new IdleRuntime(new RuntimeClient(process), systemClock);
  const trainingClient = new TrainingClient(longWork);
  const models = new ModelClient(client);
  const modelStore = new ModelStore(client, starter);
  const store = new InspectorStore(systemClock);
  const tracker = new SourceTracker();
  const inline = new InlineCompletions({ models, settings, clock: systemClock, log, memory: globalState });
  const messages = new Messages(log);
  const branches = new BranchStore({ models, store, clock: systemClock, settings: branchSettings(settings, messages) });
  const activeEditor = () => vscode.window.activeTextEditor ?? sourceEditor(tracker);
  const failed = (error: unknown) => tellFailed(messages, error);
  const prompts = new PromptClient(models);
  const comparePanel: ComparePanel = new ComparePanel(extensionUri, () => promptLab, log);
  const host = createLabHost({ settings, modelStore, storage: globalStorageUri }, () => comparePanel.reveal());
  const promptLab = new PromptLab({ client: prompts, models, files: runFiles, host, clock: systemClock, log });
  const dialogs = createDialogs(systemClock, activeEditor);
  const trainingPanel: TrainingPanel = new TrainingPanel(extensionUri, () => trainingLab, log);
  const window = { settings, modelStore, messages, storage: globalStorageUri, memory: workspaceState };
  const comparing = () => comparisons.running?.title ?? null;
  const trainingHost = createTrainingHost(window, () => trainingPanel, comparing);
  const trainingParts = { client: trainingClient, files: runFiles, host: trainingHost, clock: systemClock, log };
  const trainingLab = new TrainingLab(trainingParts);
  const comparisonPanel: ComparisonPanel = new ComparisonPanel(extensionUri, () => comparisons, log);
  const training = () => trainingLab.running?.title ?? null;
  const comparisons: ComparisonLab = new ComparisonLab({
    client: new ComparisonClient(longWork),
    host: createComparisonHost(window, () => comparisonPanel, training),
    ...{ files: runFiles, clock: systemClock, log },
  });
  const histories = { promptLab, training: trainingLab, comparisons, clock: systemClock, storage: globalStorageUri };
  const classify = classifyWith(models, settings);
  return {
    ...{ extensionUri, log, settings, secrets, runtime: client, models, modelStore, store, tracker },
    ...{ messages, dialogs, prompts, promptLab, comparePanel },
    interop: new InteropClient(longWork),
    classifierParts: {
      messages,
      dialogs,
      classify,
      memory: workspaceState,
      list: () => findClassifiers({ settings, modelStore }),
    },
    classifications: new EditorClassifications({
      classify,
      clock: systemClock,
      failed: (error) => tellUnclassified(messages, error),
    }),
    promptParts: createPromptParts({ messages, dialogs, prompts, promptLab, host }, workspaceState),
    sensitivity: new SensitivityDocuments(),
    history: new HistoryView({ ...histories, memory: workspaceState }),
    ...{ trainingClient, trainingPanel, training: trainingLab, comparisons, comparisonPanel },
    comparisonTexts: new KeptDocuments("gpt-workbench-comparison", () =>
      vscode.l10n.t("This text is not kept any more. Open it from the comparison's report again."),
    ),
    datasets: new DatasetsView({ client: trainingClient, clock: systemClock, log }),
    suspicions: new SuspicionDiagnostics({ memory: workspaceState, messages, log }),
    runs: new Runs(store),
    branches,
    panel: new InspectorPanel(extensionUri, { store, branches }, log, new Analysis(models, store)),
    modelsView: new ModelsView({ settings, models, modelStore, clock: systemClock }),
    inline,
    reliability: new ReliabilityPanel(extensionUri, reliabilitySource(inline, settings), log),
    surprisal: new EditorSurprisal({ models, settings, clock: systemClock, log, failed }),
  };
}

/** What the editor shows was not scored anew. A crash of the runtime has its own message. */
function tellFailed(messages: Messages, error: unknown): void {
  const info = toErrorInfo(error);
  if (info.code === "runtimeExited") return;
  messages.error(vscode.l10n.t("The surprisal in the editor is not up to date. {0}", errorText(info)));
}

/** Lines that changed were not classified anew. */
function tellUnclassified(messages: Messages, error: unknown): void {
  const info = toErrorInfo(error);
  if (info.code === "runtimeExited") return;
  messages.error(vscode.l10n.t("The classifications in the editor are not up to date. {0}", errorText(info)));
}

/** Branches are drawn as completions of their document are. */
function branchSettings(settings: Settings, messages: Messages) {
  return ({ source }: BranchingState) => {
    const resolved = settings.resolve(vscode.Uri.parse(source.uri));
    if (resolved.kind === "ok") {
      return { config: resolved.config.generation, topAlternatives: resolved.config.topAlternatives };
    }
    messages.problems(resolved.problems);
    return null;
  };
}

function tellDeviceFailed({ messages }: Workbench, { device, model, reason }: DeviceFailed): void {
  const showDevices: CommandId = "gptWorkbench.showDevices";
  messages.error(vscode.l10n.t("{0} failed with {1}: {2} Work goes on on the CPU.", device, model, reason), {
    title: vscode.l10n.t("Show Devices"),
    run: () => vscode.commands.executeCommand(showDevices),
  });
}

/** Assertions of comparison files in the Test Explorer. */
function testComparisons({ comparisons }: Workbench): vscode.Disposable {
  return new ComparisonTests({
    runner: { run: (path, text, options) => comparisons.runInBackground(path, text, options) },
    showReport: (folder) => comparisons.open(folder),
    clock: systemClock,
  });
}

function connectPanel(workbench: Workbench): void {
  const { panel, runs, branches, store, tracker } = workbench;
  const showLog: CommandId = "gptWorkbench.showLog";
  panel.connect({
    stop: () => runs.stop(),
    insert: () => insertCompletion(workbench),
    copy: () => copyCompletion(workbench),
    inspectCompletion: () => inspectPromptAndCompletion(workbench),
    reveal: (token) => revealToken(workbench, token),
    startBranch: (start) => branches.start(start),
    stopBranch: (id) => branches.stop(id),
    removeBranch: (id) => branches.remove(id),
    copyBranch: (id) => copyBranch(workbench, id),
    replaceToken: (id) => replaceByBranch(workbench, id),
    exportFile: (file) => saveExport(workbench, file),
    copyText: (text) => copyExport(workbench, text),
    openLog: () => vscode.commands.executeCommand(showLog),
    closed: () => {
      runs.abandon();
      branches.clear();
      store.show({ kind: "empty" });
    },
    restored: () => {
      const { state } = store;
      if (state.kind === "scores" || state.kind === "completion") tracker.follow(state.source, false);
    },
  });
}

function connectComparePanel(workbench: Workbench): void {
  const showLog: CommandId = "gptWorkbench.showLog";
  workbench.comparePanel.connect({
    inspect: (address) => inspectPromptCell(workbench, address),
    openFile: () => openPromptOfRun(workbench),
    exportFile: (file) => saveExport(workbench, file),
    copyText: (text) => copyExport(workbench, text),
    openLog: () => vscode.commands.executeCommand(showLog),
  });
}

function connectTrainingPanel(workbench: Workbench): void {
  const { trainingPanel, training: lab, messages, dialogs } = workbench;
  const command = (id: CommandId, argument?: unknown) => vscode.commands.executeCommand(id, argument);
  trainingPanel.connect({
    begin: (kind) => command(kind === "finetune" ? "gptWorkbench.fineTune" : "gptWorkbench.pretrain"),
    use: (folder, kind) =>
      kind === "finetune"
        ? useForClassifying(workbench, folder)
        : command("gptWorkbench.selectModelFolder", vscode.Uri.file(folder)),
    reveal: async (folder) => {
      if (await dialogs.revealFolder(folder)) return;
      messages.info(
        vscode.l10n.t("The files lie on another machine than this window. Their path was copied: {0}", folder),
      );
    },
    showOther: () => command("gptWorkbench.showComparison"),
    exportFile: (file) => saveExport(workbench, file),
    openLog: () => command("gptWorkbench.showLog"),
    failed: (error) => messages.error(errorText(toErrorInfo(error))),
  });
  workbench.trainingClient.onDidCrash((reason) => {
    // A run under way has its own message.
    if (!lab.running && !workbench.comparisons.running)
      workbench.log.warn(`The runtime of long work ended: ${reason}.`);
  });
}

/** It is the first choice of Classify Selection from now on, in this workspace. */
async function useForClassifying({ classifierParts, messages }: Workbench, folder: string): Promise<void> {
  await rememberClassifier(classifierParts, folder);
  const classify: CommandId = "gptWorkbench.classifySelection";
  messages.info(vscode.l10n.t("Select text and choose Classify Selection: this model is the first choice now."), {
    title: vscode.l10n.t("Classify Selection"),
    run: () => vscode.commands.executeCommand(classify),
  });
}

/** What is selected in the editor is marked in the inspector, and the other way round. */
function linkSelections({ panel, store, tracker }: Workbench): vscode.Disposable {
  const editors = new VsCodeEditorSide();
  const inDocument = (index: number) => {
    const { state } = store;
    if (state.kind !== "scores" && state.kind !== "completion") return undefined;
    const { uri } = state.source;
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri);
    return document && { uri, ...stretchOf({ store, tracker }, document, index) };
  };
  const link = new SelectionLink({ editors, panel, store, tracker, stretchOf: inDocument, clock: systemClock });
  return vscode.Disposable.from(link, editors);
}

/** Wrong settings are named in the log as soon as they are written; a command that needs them shows them. */
function reportSettings({ settings, log }: Workbench): vscode.Disposable[] {
  const report = () => {
    const resolved = settings.resolve();
    if (resolved.kind === "invalid") for (const problem of resolved.problems) log.warn(problem);
  };
  report();
  return [vscode.Disposable.from(settings.onDidChange(report))];
}
