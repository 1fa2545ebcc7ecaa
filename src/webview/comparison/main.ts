/** The comparison panel's page: ties its view to the host. */
import "../shared/base.css";
import "../shared/controls.css";
import "../shared/forms.css";
import "../shared/scales.css";
import "../shared/lineChart.css";
import "./comparison.css";
import "./report.css";
import "./arms.css";
import "./matrix.css";
import "./items.css";
import "./plotElement";
import "./itemsElement";
import * as l10n from "@vscode/l10n";
import { HOST_EXTENSION, type NotificationType } from "vscode-messenger-common";
import { Messenger, type VsCodeApi } from "vscode-messenger-webview";
import { copyText } from "../../runtime/analysisPanelProtocol";
import {
  comparisonReady,
  exportReport,
  openComparisonFile,
  openDataPlace,
  pauseComparison,
  repeatComparison,
  replayProgress,
  resumeComparison,
  showComparisonState,
  showSuspicions,
  startComparison,
  useTrainedArm,
} from "../../runtime/comparisonPanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import { asking } from "../shared/asking";
import { followTheme } from "../shared/theme";
import { registerToolkit } from "../shared/toolkit";
import { ComparisonElement } from "./comparisonElement";
import { defaultOptions, readOptions } from "./options";

/** Provided by VS Code; may be called once. */
declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  l10n.config({ contents: document.body.dataset.l10n ?? "{}" });
  registerToolkit();
  followTheme(document);
  const element = document.querySelector("gptw-comparison");
  if (element instanceof ComparisonElement) connect(element, acquireVsCodeApi());
}

function connect(element: ComparisonElement, vscode: VsCodeApi): void {
  const messenger = new Messenger(vscode);
  const tell = <P>(type: NotificationType<P>, params?: P) => messenger.sendNotification(type, HOST_EXTENSION, params);
  const before = vscode.getState() as { options?: unknown; folder?: unknown } | null | undefined;
  let options = readOptions(before?.options);
  let folder = typeof before?.folder === "string" ? before.folder : null;
  const keep = () => vscode.setState({ options, folder });
  const change = (changed: typeof options) => {
    options = changed;
    element.options = changed;
    keep();
  };
  element.options = options;
  element.actions = {
    ask: asking(messenger),
    start: (shown) => tell(startComparison, { shown }),
    pause: (shown) => tell(pauseComparison, { shown }),
    resume: (shown) => tell(resumeComparison, { shown }),
    repeat: (shown) => tell(repeatComparison, { shown }),
    openFile: (shown) => tell(openComparisonFile, { shown }),
    exportReport: (shown, form) => tell(exportReport, { shown, form }),
    openData: (shown, file, line) => tell(openDataPlace, { shown, file, line }),
    showSuspicions: (shown) => tell(showSuspicions, { shown }),
    useTrained: (shown, arm) => tell(useTrainedArm, { shown, arm }),
    openLog: () => tell(openLog),
    copyText: (text) => tell(copyText, text),
    changeOptions: change,
  };
  messenger
    .onNotification(showComparisonState, (state) => {
      const next = "folder" in state ? state.folder : null;
      // What was chosen in one report means nothing in another.
      if (next !== null && folder !== null && next !== folder) change({ ...defaultOptions, open: options.open });
      folder = next ?? folder;
      element.shown = state;
      keep();
    })
    .onNotification(replayProgress, (progress) => {
      element.replaying = progress;
    })
    .start();
  keep();
  tell(comparisonReady);
}

main();
