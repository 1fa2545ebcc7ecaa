/** Gets node-llama-cpp into the cache. It is no dependency: with its builds for GPUs it would be some gigabytes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../vscode/cacheFolder";

const version = "3.22.1";

/** The package's entry, installed with the first call. Throws when that fails. */
export function llamaEntry(): string {
  const folder = join(cacheFolder(), `node-llama-cpp-${version}`);
  const entry = join(folder, "node_modules/node-llama-cpp/dist/index.js");
  if (existsSync(entry)) return entry;
  console.log(`Getting node-llama-cpp ${version} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const packages = [`node-llama-cpp@${version}`, `@node-llama-cpp/${buildName()}@${version}`];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, stderr } = spawnSync(npm, ["install", "--ignore-scripts", "--omit=optional", ...packages], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm cannot install node-llama-cpp: ${stderr.trim().split("\n").at(-1)}`);
  return entry;
}

function buildName(): string {
  if (process.platform === "darwin") return process.arch === "arm64" ? "mac-arm64-metal" : "mac-x64";
  return `${process.platform === "win32" ? "win" : "linux"}-${process.arch}`;
}
