import { basename, isAbsolute, join, normalize, relative } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../runtime/errors";
import type { DeviceChoice, ModelReference } from "../runtime/protocol";
import type { Config } from "./config";

/** What a path in the setting may refer to. */
export interface PathContext {
  /** The user's home folder. */
  readonly home: string;
  /** The workspace folder the command was run in; absent when there is none on disk. */
  readonly workspaceFolder?: string | undefined;
  /** The model that ships with the extension. */
  readonly starter: string;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the variable as a user types it in settings.json
const workspaceVariable = "${workspaceFolder}";

/**
 * The absolute folder that the model setting names: empty is the starter; a leading `~` or `${workspaceFolder}` is
 * expanded, nothing else is. Throws `invalidRequest` for a path that stays relative or names another variable.
 */
export function resolveModelFolder(setting: string, context: PathContext): string {
  const typed = setting.trim();
  if (!typed) return context.starter;
  const expanded = normalize(expand(typed, context));
  const variable = /\$\{[^}]*\}/.exec(expanded);
  if (variable) throw invalidRequest(l10n.t('the model path "{0}" uses the unknown variable {1}', typed, variable[0]));
  if (isAbsolute(expanded)) return expanded;
  throw invalidRequest(
    l10n.t('the model path "{0}" is relative', typed),
    l10n.t('Start it with "/", a drive letter, "~" or "{0}" in the setting "gptWorkbench.model".', workspaceVariable),
  );
}

/**
 * The absolute folder that the setting of the model store names: empty is `fallback`; a leading `~` is expanded.
 * Throws `invalidRequest` for a path that stays relative or names a variable: the store is the machine's, not a workspace's.
 */
export function resolveStoreFolder(setting: string, home: string, fallback: string): string {
  const typed = setting.trim();
  if (!typed) return fallback;
  const expanded = normalize(expandHome(typed, home));
  if (isAbsolute(expanded)) return expanded;
  throw invalidRequest(
    l10n.t('the path of the model store "{0}" is relative', typed),
    l10n.t('Start it with "/", a drive letter or "~" in the setting "gptWorkbench.models.folder".'),
  );
}

/** How the model in `folder` is to be loaded. */
export function modelReference(
  folder: string,
  config: Pick<Config, "device" | "modelDevices" | "contextLength">,
  home: string,
): ModelReference {
  const { contextLength } = config;
  return { folder, device: deviceFor(folder, config, home), ...(contextLength > 0 ? { contextLength } : {}) };
}

/** The device for the model in `folder`: its own, which the setting names by the folder or by its name, else that for all. */
export function deviceFor(
  folder: string,
  { device, modelDevices }: Pick<Config, "device" | "modelDevices">,
  home: string,
): DeviceChoice {
  const name = basename(folder);
  const own = Object.entries(modelDevices).find(([key]) => {
    const path = normalize(expandHome(key.trim(), home));
    // A hub's owner/name is a folder owner--name in the store.
    return isAbsolute(path) ? sameFolder(path, folder) : key.trim().replace("/", "--") === name;
  });
  return own?.[1] ?? device;
}

/** Whether two absolute paths name one folder: the system's own spelling counts, links do not. */
export function sameFolder(a: string, b: string): boolean {
  return relative(a, b) === "";
}

function expandHome(path: string, home: string): string {
  return path === "~" || /^~[\\/]/.test(path) ? join(home, path.slice(1)) : path;
}

function expand(path: string, { home, workspaceFolder }: PathContext): string {
  if (!path.startsWith(workspaceVariable)) return expandHome(path, home);
  if (workspaceFolder !== undefined) return join(workspaceFolder, path.slice(workspaceVariable.length));
  throw invalidRequest(
    l10n.t('the model path "{0}" needs a workspace folder on disk, and there is none', path),
    l10n.t('Open a folder, or set "gptWorkbench.model" to an absolute path.'),
  );
}
