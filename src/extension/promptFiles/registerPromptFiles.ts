import * as vscode from "vscode";
import { systemClock } from "../clock";
import { PromptDiagnostics } from "./diagnostics";
import { registerProviders } from "./providers";

/** Makes prompt files a language of their own: problems and their fixes, completion, explanations, outline and lenses. */
export function registerPromptFiles(): vscode.Disposable {
  return vscode.Disposable.from(registerProviders(), new PromptDiagnostics(systemClock));
}
