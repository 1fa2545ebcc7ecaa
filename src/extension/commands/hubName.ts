/** Names of models on a hub, as a user types them. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";

/** A model on a hub. */
export interface HubName {
  /** `owner/name` or `name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** A name, or what is wrong with it in one sentence. */
export type HubNameResult =
  | { readonly kind: "ok"; readonly name: HubName }
  | { readonly kind: "invalid"; readonly problem: string };

const defaultRevision = "main";
/** Letters, digits and single marks between them: what hubs allow. */
const part = /^[A-Za-z0-9](?:[A-Za-z0-9_]|[.-](?![.-])){0,94}$/;
const revision = /^[A-Za-z0-9_](?:[\w.-]|\/(?!\/)){0,254}$/;

/** Parses `owner/name`, `owner/name@revision`, or the address of a model's page at `endpoint`. */
export function parseHubName(text: string, endpoint: string): HubNameResult {
  const typed = text.trim();
  if (!typed) return invalid(l10n.t("Type the name of a model."));
  const name = /^https?:/i.test(typed) ? fromAddress(typed, endpoint) : typed;
  if (name === undefined) return invalid(l10n.t("This is not the address of a model at {0}.", endpoint));
  const at = name.indexOf("@");
  const repo = at < 0 ? name : name.slice(0, at);
  const chosen = at < 0 ? defaultRevision : name.slice(at + 1);
  if (!isRepo(repo)) return invalid(l10n.t("A name looks like owner/name: letters, digits, and single . - or _."));
  if (!isRevision(chosen)) return invalid(l10n.t("After @ comes a branch, a tag or a commit."));
  return { kind: "ok", name: { repo, revision: chosen } };
}

/** `owner/name@revision` of the address of a model's page or of its files. */
function fromAddress(address: string, endpoint: string): string | undefined {
  const prefix = `${endpoint}/`;
  if (!address.startsWith(prefix)) return undefined;
  const path = address
    .slice(prefix.length)
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "");
  const tree = /^([^/]+(?:\/[^/]+)?)\/tree\/(.+)$/.exec(path);
  return tree ? `${tree[1]}@${tree[2]}` : path;
}

function isRepo(repo: string): boolean {
  const parts = repo.split("/");
  return parts.length <= 2 && parts.every((one) => part.test(one) && !/[.-]$/.test(one) && !one.endsWith(".git"));
}

function isRevision(text: string): boolean {
  return revision.test(text) && !text.includes("..") && !text.endsWith("/");
}

function invalid(problem: string): HubNameResult {
  return { kind: "invalid", problem };
}
