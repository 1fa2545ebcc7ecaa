/** The prompt lab's page: ties its view to the host. */
import "../shared/base.css";
import "../shared/controls.css";
import "../shared/scales.css";
import "../shared/tabs.css";
import "./compare.css";
import "./details.css";
import "./gridElement";
import "./detailsElement";
import * as l10n from "@vscode/l10n";
import { HOST_EXTENSION, type NotificationType } from "vscode-messenger-common";
import { Messenger, type VsCodeApi } from "vscode-messenger-webview";
import { copyText, exportFile } from "../../runtime/analysisPanelProtocol";
import {
  addCells,
  addItems,
  compareReady,
  inspectCell,
  markCell,
  openPromptFile,
  resumeRun,
  runAgain,
  showComparison,
  showMarks,
  stopRun,
} from "../../runtime/comparePanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import { asking } from "../shared/asking";
import { followTheme } from "../shared/theme";
import { registerToolkit } from "../shared/toolkit";
import { CompareElement } from "./compareElement";
import { CompareData } from "./data";
import { readOptions, type ViewOptions } from "./options";

/** Provided by VS Code; may be called once. */
declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  l10n.config({ contents: document.body.dataset.l10n ?? "{}" });
  registerToolkit();
  followTheme(document);
  const element = document.querySelector("gptw-compare");
  if (element instanceof CompareElement) connect(element, acquireVsCodeApi());
}

function connect(element: CompareElement, vscode: VsCodeApi): void {
  const messenger = new Messenger(vscode);
  const tell = <P>(type: NotificationType<P>, params?: P) => messenger.sendNotification(type, HOST_EXTENSION, params);
  const data = new CompareData();
  const kept = vscode.getState() as { options?: unknown; folders?: unknown } | null | undefined;
  let options = readOptions(kept?.options);
  let folders: unknown = kept?.folders ?? [];
  let frame = 0;
  // Once a frame, however fast cells arrive.
  const draw = () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      element.version++;
    });
  };
  const keep = () => vscode.setState({ options, folders });
  element.data = data;
  element.options = options;
  element.actions = {
    ...{
      ask: asking(messenger),
      stop: () => tell(stopRun),
      resume: () => tell(resumeRun),
      runAgain: () => tell(runAgain),
    },
    openFile: () => tell(openPromptFile),
    openLog: () => tell(openLog),
    mark: (run, mark) => tell(markCell, { run, mark }),
    inspect: (address) => tell(inspectCell, address),
    exportFile: (file) => tell(exportFile, file),
    copyText: (text) => tell(copyText, text),
    changeOptions: (changed: ViewOptions) => {
      options = changed;
      element.options = changed;
      keep();
    },
  };
  const drawn = <P>(use: (params: P) => void) => {
    return (params: P) => {
      use(params);
      draw();
    };
  };
  messenger
    .onNotification(
      showComparison,
      drawn((header) => {
        data.show(header);
        if (header.kind === "run" && header.folders.length > 0) folders = header.folders;
        keep();
      }),
    )
    .onNotification(
      addItems,
      drawn((batch) => data.addItems(batch)),
    )
    .onNotification(
      addCells,
      drawn((batch) => data.addCells(batch)),
    )
    .onNotification(
      showMarks,
      drawn((marks) => data.showMarks(marks)),
    )
    .start();
  keep();
  tell(compareReady);
}

main();
