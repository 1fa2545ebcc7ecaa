/** The fine-tuned classifiers that this window knows of, and how to ask them. */
import { homedir } from "node:os";
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { invalidRequest } from "../../runtime/errors";
import type { ModelDescription } from "../../runtime/modelsProtocol";
import { type Classification, type ClassifyParams, classifyRequest } from "../../runtime/trainingProtocol";
import type { ModelClient } from "../modelClient";
import { modelReference } from "../modelFolder";
import type { ModelStore } from "../modelStore";
import type { Settings } from "../settings";
import type { Classify, ListedClassifier } from "./classifierParts";

/** What they are found with. */
export interface ClassifierSources {
  readonly settings: Pick<Settings, "resolve">;
  readonly modelStore: Pick<ModelStore, "list" | "details">;
}

/** Runs whose models are looked at. */
const mostRuns = 200;

/** The classifiers of the list of models, then those of this workspace's training runs, the newest run first. */
export async function findClassifiers({
  settings,
  modelStore,
}: ClassifierSources): Promise<readonly ListedClassifier[]> {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
  const { models } = await modelStore.list({ store: resolved.store, selected: resolved.model.folder });
  const listed = models.flatMap(({ name, folder, state }) =>
    state.kind === "ready" ? classifierOf(name, folder, state.description) : [],
  );
  const known = new Set(listed.map(({ folder }) => folder));
  const folders = (await runModels()).filter((folder) => !known.has(folder));
  const ofRuns = await Promise.all(folders.map((folder) => describe(modelStore, folder)));
  return [...listed, ...ofRuns.flat()];
}

/** Asks with the device and the context of the settings. */
export function classifyWith(models: Pick<ModelClient, "stream">, settings: Pick<Settings, "resolve">): Classify {
  return async ({ folder }, items, options) => {
    const resolved = settings.resolve();
    if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
    const model = modelReference(folder, resolved.config, homedir());
    return models.stream<ClassifyParams, readonly Classification[], never>(classifyRequest, { model, items }, options);
  };
}

function classifierOf(name: string, folder: string, { classifier }: ModelDescription): ListedClassifier[] {
  return classifier ? [{ name, folder, ...classifier }] : [];
}

/** None of a workspace that is not trusted: as with its settings, it does not choose what is loaded. */
async function runModels(): Promise<readonly string[]> {
  if (!vscode.workspace.isTrusted) return [];
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const found = await Promise.all(
    folders.map((folder) => {
      const pattern = new vscode.RelativePattern(folder, ".gpt-workbench/runs/*/model/config.json");
      return vscode.workspace.findFiles(pattern, null, mostRuns);
    }),
  );
  const models = found.flat().map(({ fsPath }) => dirname(fsPath));
  return models.sort((a, b) => (a < b ? 1 : -1));
}

/** Of a run's model that cannot be read, nothing. */
async function describe(modelStore: ClassifierSources["modelStore"], folder: string): Promise<ListedClassifier[]> {
  try {
    const { description } = await modelStore.details(folder);
    return classifierOf(basename(dirname(folder)), folder, description);
  } catch {
    return [];
  }
}
