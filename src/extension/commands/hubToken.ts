import * as l10n from "@vscode/l10n";
import type { ModelWorkbench } from "../workbench";

/** Where secrets are kept: VS Code's `SecretStorage`, which encrypts them. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

type TokenWorkbench = Pick<ModelWorkbench, "secrets" | "settings" | "dialogs" | "messages">;

/** The token for a hub, if one is set. Each hub has its own, so that none is sent elsewhere when the setting changes. */
export async function readHubToken(secrets: Secrets, endpoint: string): Promise<string | undefined> {
  return (await secrets.get(secretKey(endpoint))) || undefined;
}

/** Asks for the token of the hub that the settings name, and keeps it as a secret. */
export async function setHubToken({ secrets, settings, dialogs, messages }: TokenWorkbench): Promise<void> {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return messages.problems(resolved.problems);
  const { hubEndpoint } = resolved.config;
  const token = await dialogs.input({
    title: l10n.t("Set Hub Token"),
    prompt: l10n.t("An access token of {0}. It is kept encrypted and sent only there.", hubEndpoint),
    secret: true,
    problem: (text) => (isToken(text.trim()) ? undefined : l10n.t("A token is one word without spaces.")),
  });
  if (token === undefined) return;
  await secrets.store(secretKey(hubEndpoint), token.trim());
  messages.info(l10n.t("The token for {0} is set.", hubEndpoint));
}

/** Forgets the token of the hub that the settings name. */
export async function clearHubToken({ secrets, settings, messages }: TokenWorkbench): Promise<void> {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return messages.problems(resolved.problems);
  const { hubEndpoint } = resolved.config;
  const had = (await readHubToken(secrets, hubEndpoint)) !== undefined;
  await secrets.delete(secretKey(hubEndpoint));
  messages.info(
    had ? l10n.t("The token for {0} is forgotten.", hubEndpoint) : l10n.t("There is no token for {0}.", hubEndpoint),
  );
}

/** Printable and in one line: it travels in a header. */
function isToken(text: string): boolean {
  return /^[!-~]{1,4096}$/.test(text);
}

function secretKey(endpoint: string): string {
  return `hubToken:${endpoint}`;
}
