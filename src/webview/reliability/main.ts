/** The page about the reliability of inline completions: ties its view to the host. */
import "../shared/base.css";
import "./reliability.css";
import * as l10n from "@vscode/l10n";
import { HOST_EXTENSION, type NotificationType } from "vscode-messenger-common";
import { Messenger, type VsCodeApi } from "vscode-messenger-webview";
import {
  openAsText,
  reliabilityReady,
  resetCounts,
  setThreshold,
  showReliability,
  turnOn,
} from "../../runtime/reliabilityProtocol";
import { registerToolkit } from "../shared/toolkit";
import { ReliabilityElement } from "./reliabilityElement";

/** Provided by VS Code; may be called once. */
declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  l10n.config({ contents: document.body.dataset.l10n ?? "{}" });
  registerToolkit();
  const element = document.querySelector("gptw-reliability");
  if (element instanceof ReliabilityElement) connect(element, acquireVsCodeApi());
}

function connect(element: ReliabilityElement, vscode: VsCodeApi): void {
  const messenger = new Messenger(vscode);
  const tell = <P>(type: NotificationType<P>, params?: P) => messenger.sendNotification(type, HOST_EXTENSION, params);
  element.actions = {
    setThreshold: (threshold) => tell(setThreshold, threshold),
    turnOn: () => tell(turnOn),
    reset: () => tell(resetCounts),
    openAsText: () => tell(openAsText),
  };
  messenger
    .onNotification(showReliability, (state) => {
      element.reliability = state;
    })
    .start();
  vscode.setState({}); // so that VS Code restores the panel
  tell(reliabilityReady);
}

main();
