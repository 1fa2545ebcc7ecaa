import * as vscode from "vscode";
import { systemClock } from "../clock";
import { PromptDiagnostics } from "./diagnostics";
import { registerProviders } from "./providers";
import { TokenDiagnostics, type TokenLintParts } from "./tokenDiagnostics";

/** Makes prompt files a language of their own: problems and their fixes, completion, explanations, outline and lenses. */
export function registerPromptFiles(workbench: TokenLintParts): vscode.Disposable {
  return vscode.Disposable.from(
    registerProviders(),
    new PromptDiagnostics(systemClock),
    new TokenDiagnostics(workbench, systemClock),
  );
}
