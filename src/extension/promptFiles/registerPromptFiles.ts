import * as vscode from "vscode";
import { systemClock } from "../clock";
import { YamlDiagnostics } from "../yamlFiles/diagnostics";
import { analysisOf, columnsOf, isPromptDocument } from "./promptDocuments";
import { registerProviders } from "./providers";
import { TokenDiagnostics, type TokenLintParts } from "./tokenDiagnostics";

/** Makes prompt files a language of their own: problems and their fixes, completion, explanations, outline and lenses. */
export function registerPromptFiles(workbench: TokenLintParts): vscode.Disposable {
  return vscode.Disposable.from(
    registerProviders(),
    new YamlDiagnostics(
      {
        name: "gptWorkbench.prompts",
        is: isPromptDocument,
        problems: (document) => analysisOf(document).problems,
        look: columnsOf,
      },
      systemClock,
    ),
    new TokenDiagnostics(workbench, systemClock),
  );
}
