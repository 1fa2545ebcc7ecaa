/** Where `gptw` keeps its models. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { modelFolder } from "../checkpoint/modelStore";
import { fileExists } from "../textFile";
import type { CommandName } from "./help";
import { modelOption, type ParsedOptions } from "./usage";

/** The store: of `--store`, of GPTW_STORE, or in the place where this system keeps programs' data. */
export function storeFolder(options: ParsedOptions): string {
  const [given] = options.values("store");
  return resolve(given || process.env.GPTW_STORE || join(dataFolder(), "gpt-workbench", "models"));
}

/** The folder that `--model` names: a folder, or an id of the store. */
export async function modelFolderOption(command: CommandName, options: ParsedOptions): Promise<string> {
  return folderOrId(modelOption(command, options), storeFolder(options));
}

/** A folder as it is; else the folder of the store's model of that id, if there is one. */
export async function folderOrId(given: string, store: string): Promise<string> {
  const folder = resolve(given);
  if (/[\\/]/.test(given) || (await fileExists(folder))) return folder;
  return (await fileExists(join(store, given))) ? modelFolder(store, given) : folder;
}

function dataFolder(): string {
  const home = homedir();
  if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(home, "AppData", "Local");
  if (process.platform === "darwin") return join(home, "Library", "Application Support");
  return process.env.XDG_DATA_HOME || join(home, ".local", "share");
}
