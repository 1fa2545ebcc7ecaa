/** The training panel's page: ties its view to the host. */
import "../shared/base.css";
import "../shared/controls.css";
import "../shared/forms.css";
import "../shared/lineChart.css";
import "./training.css";
import "./trainingForm.css";
import "../shared/lineChartElement";
import * as l10n from "@vscode/l10n";
import { HOST_EXTENSION, type NotificationType } from "vscode-messenger-common";
import { Messenger, type VsCodeApi } from "vscode-messenger-webview";
import { exportFile } from "../../runtime/analysisPanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import {
  addPoints,
  beginTraining,
  chooseFile,
  controlTraining,
  editFineTune,
  editPretrain,
  repeatTraining,
  resumeTraining,
  revealTrained,
  showRunning,
  showTraining,
  startTraining,
  type TrainingPanelState,
  trainingReady,
  useTrained,
} from "../../runtime/trainingPanelProtocol";
import { registerToolkit } from "../shared/toolkit";
import { TrainingPageData } from "./data";
import type { CurveOptions } from "./runView";
import { TrainingElement } from "./trainingElement";

/** Provided by VS Code; may be called once. */
declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  l10n.config({ contents: document.body.dataset.l10n ?? "{}" });
  registerToolkit();
  const element = document.querySelector("gptw-training");
  if (element instanceof TrainingElement) connect(element, acquireVsCodeApi());
}

function connect(element: TrainingElement, vscode: VsCodeApi): void {
  const messenger = new Messenger(vscode);
  const tell = <P>(type: NotificationType<P>, params?: P) => messenger.sendNotification(type, HOST_EXTENSION, params);
  const data = new TrainingPageData();
  const before = vscode.getState() as { options?: unknown; shown?: unknown } | null | undefined;
  let options = readOptions(before?.options);
  let shown: unknown = before?.shown ?? null;
  let frame = 0;
  // Once a frame, however fast events arrive.
  const draw = () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      element.version++;
    });
  };
  const keep = () => vscode.setState({ options, shown });
  const keepForm = (kind: "finetune" | "pretrain", values: unknown) => {
    shown = { kind, values };
    keep();
  };
  element.data = data;
  element.options = options;
  element.actions = {
    editFineTune: (edit) => {
      keepForm("finetune", edit.values);
      tell(editFineTune, edit);
    },
    editPretrain: (edit) => {
      keepForm("pretrain", edit.values);
      tell(editPretrain, edit);
    },
    choose: (form, what) => tell(chooseFile, { form, what }),
    start: (form) => tell(startTraining, { form }),
    showRunning: () => tell(showRunning),
    begin: (kind) => tell(beginTraining, kind),
    control: (action) => tell(controlTraining, action),
    resume: (run) => tell(resumeTraining, { run }),
    repeat: (run) => tell(repeatTraining, { run }),
    use: (run) => tell(useTrained, { run }),
    reveal: (run) => tell(revealTrained, { run }),
    openLog: () => tell(openLog),
    exportFile: (file) => tell(exportFile, file),
    changeOptions: (changed) => {
      options = changed;
      element.options = changed;
      keep();
    },
  };
  messenger
    .onNotification(showTraining, (state) => {
      data.show(state);
      shown = keptOf(state) ?? shown;
      keep();
      draw();
    })
    .onNotification(addPoints, (batch) => {
      data.addPoints(batch);
      draw();
    })
    .start();
  keep();
  tell(trainingReady);
}

/** What a page after this one needs to show the same; null while there is nothing to name. */
function keptOf(state: TrainingPanelState): unknown {
  if (state.kind === "run") return state.folder === null ? null : { kind: "run", folder: state.folder };
  return state.kind === "empty" ? null : { kind: state.kind, values: state.values };
}

function readOptions(kept: unknown): CurveOptions {
  const { smooth, log } = (typeof kept === "object" && kept !== null ? kept : {}) as Record<string, unknown>;
  return { smooth: smooth !== false, log: log === true };
}

main();
