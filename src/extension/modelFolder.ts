import { isAbsolute, join, normalize } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../runtime/errors";

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

function expand(path: string, { home, workspaceFolder }: PathContext): string {
  if (path === "~" || /^~[\\/]/.test(path)) return join(home, path.slice(1));
  if (!path.startsWith(workspaceVariable)) return path;
  if (workspaceFolder !== undefined) return join(workspaceFolder, path.slice(workspaceVariable.length));
  throw invalidRequest(
    l10n.t('the model path "{0}" needs a workspace folder on disk, and there is none', path),
    l10n.t('Open a folder, or set "gptWorkbench.model" to an absolute path.'),
  );
}
