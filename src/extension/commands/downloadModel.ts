import * as l10n from "@vscode/l10n";
import { CancelledError, notEnoughSpace, RuntimeError, toErrorInfo } from "../../runtime/errors";
import type { HubFile, HubListing, HubListParams, InstalledModel } from "../../runtime/modelsProtocol";
import type { Confirmation } from "../dialogs";
import { errorText } from "../errorText";
import { byteText, visibleName } from "../views/modelTexts";
import type { ModelWorkbench } from "../workbench";
import { type HubName, parseHubName } from "./hubName";
import { readHubToken } from "./hubToken";
import { useModelFolder } from "./loadModel";

/** Asks which model, lists its files and sizes, and after a yes downloads it into the store. */
export async function downloadModel(workbench: ModelWorkbench): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  const { hubEndpoint: endpoint } = resolved.config;
  const name = await askName(workbench, endpoint);
  if (name) await downloadNamed(workbench, { store: resolved.store, endpoint, ...name });
}

/** What to ask for, without the token: that is read anew for every try, for one that was refused may need another. */
type Named = Omit<HubListParams, "token">;

async function downloadNamed(workbench: ModelWorkbench, named: Named): Promise<void> {
  const params = await withToken(workbench, named);
  const listing = await list(workbench, params, () => downloadNamed(workbench, named));
  if (!listing) return;
  const missing = listing.totalBytes - listing.presentBytes;
  if (missing > listing.freeBytes) {
    return workbench.messages.error(errorText(notEnoughSpace(named.store, missing, listing.freeBytes)));
  }
  if (!(await workbench.dialogs.confirm(question(params, listing)))) return;
  // What was listed is what is downloaded, though the branch may move meanwhile.
  await download(workbench, { ...named, revision: listing.commit });
}

async function withToken({ secrets }: ModelWorkbench, named: Named): Promise<HubListParams> {
  const token = await readHubToken(secrets, named.endpoint);
  return { ...named, ...(token === undefined ? {} : { token }) };
}

async function askName({ dialogs }: ModelWorkbench, endpoint: string): Promise<HubName | undefined> {
  const typed = await dialogs.input({
    title: l10n.t("Download Model from Hub"),
    prompt: l10n.t("A model at {0}: owner/name, with @revision for another than the main branch.", endpoint),
    placeholder: "openai-community/gpt2",
    problem: (text) => {
      const parsed = parseHubName(text, endpoint);
      return parsed.kind === "invalid" ? parsed.problem : undefined;
    },
  });
  const parsed = typed === undefined ? undefined : parseHubName(typed, endpoint);
  return parsed?.kind === "ok" ? parsed.name : undefined;
}

function list(workbench: ModelWorkbench, params: HubListParams, again: () => unknown): Promise<HubListing | undefined> {
  const title = l10n.t("Asking {0} for the files of {1}", params.endpoint, params.repo);
  return workbench.dialogs.withProgress(title, async (_, signal) => {
    try {
      return await workbench.modelStore.hubList(params, signal);
    } catch (error) {
      ended(workbench, params, error, again);
      return undefined;
    }
  });
}

/** Files that the question names one by one. */
const namedFiles = 12;

function question(
  { endpoint, repo, token }: HubListParams,
  { files, commit, totalBytes, presentBytes, freeBytes }: HubListing,
): Confirmation {
  const largestFirst = [...files].sort((a, b) => b.size - a.size);
  const rest = largestFirst.slice(namedFiles);
  const line = ({ path, size }: HubFile) => `${visibleName(path)}: ${byteText(size)}`;
  const restBytes = rest.reduce((sum, { size }) => sum + size, 0);
  const sums = [
    l10n.t("Total: {0}", byteText(totalBytes)),
    ...(presentBytes > 0 ? [l10n.t("Already here: {0}", byteText(presentBytes))] : []),
    l10n.t("Free on disk: {0}", byteText(freeBytes)),
  ];
  return {
    message: l10n.t("Download {0} ({1})?", repo, byteText(totalBytes - presentBytes)),
    detail: [
      ...largestFirst.slice(0, namedFiles).map(line),
      ...(rest.length > 0 ? [l10n.t("and {0} more: {1}", rest.length, byteText(restBytes))] : []),
      "",
      ...sums,
      "",
      l10n.t("From {0}, commit {1}.", endpoint, commit.slice(0, 10)),
      token === undefined
        ? l10n.t("Only the model's name is sent there. Nothing else leaves this machine.")
        : l10n.t("Only the model's name and your token are sent there. Nothing else leaves this machine."),
    ].join("\n"),
    action: l10n.t("Download"),
  };
}

/** Downloads; after a failure the message offers to go on from where it broke off. */
async function download(workbench: ModelWorkbench, named: Named): Promise<void> {
  const params = await withToken(workbench, named);
  const title = l10n.t("Downloading {0}", params.repo);
  const model = await workbench.dialogs.withProgress(title, async (onProgress, signal) => {
    try {
      return await workbench.modelStore.download(params, { onProgress, signal });
    } catch (error) {
      ended(workbench, named, error, () => download(workbench, named));
      return undefined;
    }
  });
  if (model) downloaded(workbench, model);
}

function downloaded(workbench: ModelWorkbench, { name, folder }: InstalledModel): void {
  workbench.messages.info(l10n.t("{0} was downloaded.", name), {
    title: l10n.t("Load"),
    run: () => useModelFolder(workbench, folder),
  });
}

function ended(workbench: ModelWorkbench, { repo }: Named, error: unknown, again: () => unknown): void {
  if (error instanceof CancelledError) {
    workbench.log.info(`Download of ${repo} cancelled. What is here already is kept for the next try.`);
    return;
  }
  if (!(error instanceof RuntimeError)) workbench.log.error(String(error));
  workbench.messages.error(errorText(toErrorInfo(error)), {
    title: l10n.t("Try Again"),
    run: again,
  });
}
