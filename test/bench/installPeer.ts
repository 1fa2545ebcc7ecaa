/** Gets a peer into the cache, by npm. Peers are no dependencies: with their builds for GPUs they would be some gigabytes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cacheFolder } from "../vscode/cacheFolder";

/** A package in the cache. */
export interface Peer {
  /** Its main file. */
  readonly entry: string;
  /** Version of an installed package, the peer's own or one that it brings. */
  readonly versionOf: (name: string) => string;
}

/** What to install: `name@version`, what else it needs, options of npm, and the main file in `node_modules`. */
export interface PeerPackage {
  readonly name: string;
  readonly version: string;
  readonly entry: string;
  readonly companions?: readonly string[];
  readonly options?: readonly string[];
}

/** The peer, installed with the first call; no package's script runs. Throws when that fails. */
export function installPeer({ name, version, entry, companions = [], options = [] }: PeerPackage): Peer {
  const folder = join(cacheFolder(), `${name.replace("@", "").replace("/", "-")}-${version}`);
  const modules = join(folder, "node_modules");
  const peer = { entry: join(modules, entry), versionOf: (of: string) => installedVersion(modules, of) };
  if (existsSync(peer.entry)) return peer;
  console.log(`Getting ${name} ${version} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--ignore-scripts", ...options, `${name}@${version}`, ...companions];
  const { status, stderr } = spawnSync(npm, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm cannot install ${name}: ${stderr.trim().split("\n").at(-1)}`);
  return peer;
}

function installedVersion(modules: string, name: string): string {
  const text = readFileSync(join(modules, name, "package.json"), "utf8");
  const parsed: unknown = JSON.parse(text);
  return z.object({ version: z.string() }).parse(parsed).version;
}
