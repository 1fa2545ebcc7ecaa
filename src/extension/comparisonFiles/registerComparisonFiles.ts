import * as vscode from "vscode";
import { systemClock } from "../clock";
import type { Workbench } from "../workbench";
import { YamlDiagnostics } from "../yamlFiles/diagnostics";
import { analysisOf, isComparisonDocument, lookAround } from "./comparisonDocuments";
import { type ListModels, registerProviders } from "./providers";

/** What this works with. */
export type ComparisonFileParts = Pick<Workbench, "models" | "modelStore" | "settings">;

/** Makes comparison files a language of their own: problems and their fixes, completion, explanations, outline and lenses. */
export function registerComparisonFiles(parts: ComparisonFileParts): vscode.Disposable {
  const list = listModels(parts);
  const diagnostics = new YamlDiagnostics(
    {
      name: "gptWorkbench.comparisons",
      is: isComparisonDocument,
      problems: (document) => analysisOf(document).problems,
      // Opening a file does not start the runtime process: models are asked for where it runs already.
      look: async (document) => lookAround(document, parts.models.state.kind === "loaded" ? await list() : null),
    },
    systemClock,
  );
  return vscode.Disposable.from(registerProviders(list), diagnostics);
}

/** Names of the store's models: those that a comparison file may name. */
function listModels({ modelStore, settings }: ComparisonFileParts): ListModels {
  return async () => {
    const resolved = settings.resolve();
    if (resolved.kind === "invalid") return [];
    const { models } = await modelStore.list({ store: resolved.store, selected: resolved.model.folder });
    return models.flatMap(({ name, origin }) => (origin.kind === "starter" || origin.kind === "setting" ? [] : [name]));
  };
}
