/** The inspector's page: ties the panel's view to its state and to the host. */
import "../shared/base.css";
import "./inspector.css";
import "./strip.css";
import "./details.css";
import "../shared/tabs.css";
import "./tabs.css";
import "./tokens/tokens.css";
import "./branches/branches.css";
import "../shared/scales.css";
import "./views.css";
import "./lens/lens.css";
import "./ablation/ablation.css";
import "./salience/salience.css";
import "./comparison/comparison.css";
import "./export/export.css";
import "./attention/attention.css";
import "./attention/pictures.css";
import "./tokenStrip";
import "./tokens/tokensView";
import "./attention/attentionView";
import "./lens/lensView";
import "./ablation/ablationView";
import "./salience/salienceView";
import "./comparison/comparisonView";
import * as l10n from "@vscode/l10n";
import { HOST_EXTENSION, type NotificationType } from "vscode-messenger-common";
import { Messenger, type VsCodeApi } from "vscode-messenger-webview";
import { analysisProgress, copyText, exportFile } from "../../runtime/analysisPanelProtocol";
import {
  appendBranch,
  appendCompletion,
  copyBranch,
  copyCompletion,
  insertCompletion,
  inspectCompletion,
  openLog,
  panelReady,
  removeBranch,
  replaceToken,
  revealToken,
  selectToken,
  selectTokens,
  showBranches,
  showState,
  startBranch,
  stopBranch,
  stopCompletion,
  tokenChosen,
} from "../../runtime/panelProtocol";
import { asking } from "../shared/asking";
import { followTheme } from "../shared/theme";
import { registerToolkit } from "../shared/toolkit";
import { appendToBranch } from "./branches/branchState";
import { InspectorElement } from "./inspectorElement";
import { stateKeeper } from "./keeper";
import { type PanelEvent, readKept, reduce } from "./state";

/** Provided by VS Code; may be called once. */
declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  l10n.config({ contents: document.body.dataset.l10n ?? "{}" });
  registerToolkit();
  followTheme(document);
  const element = document.querySelector("gptw-inspector");
  if (element instanceof InspectorElement) connect(element, acquireVsCodeApi());
}

function connect(element: InspectorElement, vscode: VsCodeApi): void {
  const messenger = new Messenger(vscode);
  const tell = <P>(type: NotificationType<P>, params?: P) => messenger.sendNotification(type, HOST_EXTENSION, params);
  const keeper = stateKeeper((panel) => vscode.setState(panel));
  let panel = readKept(vscode.getState());
  let frame = 0;
  const draw = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    element.panel = panel;
  };
  const keep = () => keeper.keep(panel);
  const dispatch = (event: PanelEvent) => {
    panel = reduce(panel, event);
    if (event.kind !== "append") draw();
    else frame ||= requestAnimationFrame(draw); // once a frame, however fast tokens arrive
    // A long text takes long to write: it is painted first.
    if (event.kind === "show") requestAnimationFrame(() => setTimeout(keep));
    else keep();
  };
  element.panel = panel;
  element.actions = {
    select: (index) => {
      dispatch({ kind: "select", index });
      tell(tokenChosen, index);
    },
    reveal: (index) => tell(revealToken, index),
    stop: () => tell(stopCompletion),
    insert: () => tell(insertCompletion),
    copy: () => tell(copyCompletion),
    inspect: () => tell(inspectCompletion),
    changeOptions: (options) => dispatch({ kind: "options", options }),
    startBranch: (text, index, id) => tell(startBranch, { text, index, id }),
    stopBranch: (id) => tell(stopBranch, id),
    removeBranch: (id) => tell(removeBranch, id),
    copyBranch: (id) => tell(copyBranch, id),
    replaceToken: (id) => tell(replaceToken, id),
    openLog: () => tell(openLog),
    openTab: (tab) => dispatch({ kind: "open", tab }),
    ask: asking(messenger),
    exportFile: (file) => tell(exportFile, file),
    copyText: (text) => tell(copyText, text),
  };
  messenger
    .onNotification(showState, (state) => dispatch({ kind: "show", state }))
    .onNotification(appendCompletion, (delta) => dispatch({ kind: "append", delta }))
    .onNotification(selectToken, (index) => {
      dispatch({ kind: "select", index });
      void element.scrollToToken(index);
    })
    .onNotification(selectTokens, (range) => {
      dispatch({ kind: "mark", range });
      if (panel.marked) void element.scrollToToken(panel.marked.start);
    })
    .onNotification(showBranches, (branches) => {
      element.branches = branches;
    })
    .onNotification(appendBranch, (delta) => {
      element.branches = appendToBranch(element.branches, delta);
    })
    .onNotification(analysisProgress, (progress) => {
      element.progress = progress;
    })
    .start();
  addEventListener("pagehide", () => {
    keep();
    keeper.flush();
  });
  tell(panelReady);
}

main();
