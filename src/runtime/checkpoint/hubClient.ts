/** Speaks with a hub: asks with the token where it belongs and nowhere else, and tells refusals in words. */
import { listFiles, modelInfo } from "@huggingface/hub";
import * as l10n from "@vscode/l10n";
import { CancelledError, hubFailed, RuntimeError } from "../errors";
import type { HubModel } from "../modelsProtocol";
import { filesOfModel, type ListedFile } from "./hubFiles";

const maxRedirects = 10;
const maxListed = 10_000;

/** A repository at a commit. */
export interface HubSnapshot {
  readonly commit: string;
  readonly files: readonly ListedFile[];
}

/** The files of a model. Throws `hubFailed`, `unsupportedModel`, or `CancelledError`. */
export async function listHubModel(model: HubModel, signal: AbortSignal): Promise<HubSnapshot> {
  const endpoint = checkEndpoint(model.endpoint);
  checkRepo(model);
  const fetch: typeof globalThis.fetch = (input, init) =>
    hubFetch(model, new Request(input, init), signal).then((response) => refuse(model, response));
  const shared = { hubUrl: endpoint, fetch, revision: model.revision };
  return asHubError(model, signal, async () => {
    const { sha } = await modelInfo({ name: model.repo, additionalFields: ["sha"], ...shared });
    const commit = /^[0-9a-f]{40}$/.test(sha) ? sha : model.revision;
    const listed: ListedFile[] = [];
    for await (const file of listFiles({ repo: { type: "model", name: model.repo }, ...shared, revision: commit })) {
      if (file.type === "file") listed.push(listedFile(file));
      if (listed.length > maxListed) throw hubFailed(endpoint, l10n.t("lists more than {0} files", maxListed), "");
    }
    return { commit, files: filesOfModel(listed, `${endpoint}/${model.repo}`) };
  });
}

/** A file's bytes from `start` on. The response is one of success: 200 (from the beginning) or 206. */
export async function fetchHubFile(
  model: HubModel,
  path: string,
  start: number,
  signal: AbortSignal,
): Promise<Response> {
  const endpoint = checkEndpoint(model.endpoint);
  const url = `${endpoint}/${model.repo}/resolve/${encodeURIComponent(model.revision)}/${encodeURIComponent(path)}`;
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  // Bytes as they are: a compressed answer cannot be gone on with.
  const request = new Request(url, { headers: { ...headers, "accept-encoding": "identity" } });
  return hubFetch(model, request, signal);
}

/** The sentence and the remedy for an answer that is no success. */
export function refusal(model: HubModel, status: number): RuntimeError {
  const { endpoint, repo } = model;
  const token = l10n.t("Set a token that may read it (Set Hub Token…, or HF_TOKEN), and accept its terms on the hub.");
  const again = l10n.t("Try again later: what is there is kept.");
  if (status === 401 || status === 403)
    return hubFailed(endpoint, l10n.t("does not let us read {0} ({1})", repo, status), token);
  if (status === 404) {
    const problem = l10n.t(
      "has no model {0} with revision {1}, or does not show it without a token",
      repo,
      model.revision,
    );
    return hubFailed(endpoint, problem, l10n.t("See whether the name is right: owner/name."));
  }
  if (status === 429) return hubFailed(endpoint, l10n.t("has had too many requests"), again);
  return hubFailed(endpoint, l10n.t("answered with status {0}", status), again);
}

/** Any failure of `work` as `hubFailed`, unless it is one of ours or a cancellation. */
export async function asHubError<T>(model: HubModel, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw new CancelledError("cancelled while downloading");
    if (error instanceof RuntimeError || error instanceof CancelledError) throw error;
    const detail = error instanceof Error ? (causeOf(error) ?? error.message) : String(error);
    const hint = l10n.t("See whether this machine is connected. What is there is kept: run it again to go on.");
    throw hubFailed(model.endpoint, l10n.t("could not be reached ({0})", detail), hint);
  }
}

/** `fetch` says only that it failed; the reason is the cause. */
function causeOf(error: Error): string | null {
  return error.cause instanceof Error ? error.cause.message : null;
}

function refuse(model: HubModel, response: Response): Response {
  if (!response.ok) throw refusal(model, response.status);
  return response;
}

/** Follows redirects by hand: the token goes to the endpoint's own origin only. */
async function hubFetch(model: HubModel, request: Request, signal: AbortSignal): Promise<Response> {
  const home = new URL(checkEndpoint(model.endpoint)).origin;
  let url = new URL(request.url);
  for (let hops = 0; hops <= maxRedirects; hops++) {
    checkUrl(url, model.endpoint);
    const headers = new Headers(request.headers);
    headers.delete("authorization");
    if (model.token && url.origin === home) headers.set("authorization", `Bearer ${model.token}`);
    const response = await fetch(url, { headers, signal, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw hubFailed(model.endpoint, l10n.t("redirects more than {0} times", maxRedirects), "");
}

/** The endpoint without a slash at its end. Throws `hubFailed` unless it is https, or http on this machine. */
export function checkEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint)) {
    const hint = l10n.t('Correct the setting "gptWorkbench.hub.endpoint".');
    throw hubFailed(endpoint, l10n.t("is no address of a hub"), hint);
  }
  checkUrl(new URL(endpoint), endpoint);
  return endpoint.replace(/\/+$/, "");
}

function checkUrl(url: URL, endpoint: string): void {
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback)) return;
  throw hubFailed(endpoint, l10n.t("would send data unencrypted to {0}", url.origin), l10n.t("Use an https address."));
}

function checkRepo({ endpoint, repo, revision }: HubModel): void {
  const part = /^[A-Za-z0-9][\w.-]{0,99}$/;
  const parts = repo.split("/");
  const hint = l10n.t("Write it as owner/name, with a revision of letters, digits, dots, slashes and hyphens.");
  if (parts.length > 2 || parts.some((name) => !part.test(name) || name.includes("..")))
    throw hubFailed(endpoint, l10n.t('has no model called "{0}"', repo.slice(0, 100)), hint);
  if (!/^[\w][\w./-]{0,199}$/.test(revision) || revision.includes(".."))
    throw hubFailed(endpoint, l10n.t('has no revision called "{0}"', revision.slice(0, 100)), hint);
}

function listedFile(file: {
  path: string;
  size: number;
  oid?: string;
  lfs?: { oid: string; size: number };
}): ListedFile {
  const sha256 = file.lfs && /^[0-9a-f]{64}$/.test(file.lfs.oid) ? file.lfs.oid : null;
  const gitSha1 = sha256 === null && file.oid && /^[0-9a-f]{40}$/.test(file.oid) ? file.oid : null;
  return { path: file.path, size: file.lfs?.size ?? file.size, sha256, gitSha1 };
}
