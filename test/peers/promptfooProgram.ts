/** promptfoo in the cache, made once for each version: it is hundreds of packages, and needs a newer Node.js than we do. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cacheFolder } from "../vscode/cacheFolder";
import { withLock } from "../vscode/lock";

const versions = { promptfoo: "0.123.1", node: "22.23.3" };
const windows = process.platform === "win32";
/** Packages of Node.js itself, and of the database that promptfoo keeps its results in. */
const system = windows ? "win" : process.platform;
const nodePackage = `node-${system}-${process.arch}`;
const libc = windows ? "-msvc" : process.platform === "linux" ? "-gnu" : "";
const databasePackage = `@libsql/${process.platform}-${process.arch}${libc}`;

/** How promptfoo is started, or why it is not there. */
export type Promptfoo =
  | { readonly kind: "ready"; readonly command: readonly [program: string, script: string] }
  | { readonly kind: "missing"; readonly reason: string };

/** Finds the program or installs it, which takes some minutes and half a gigabyte. */
export async function promptfooProgram(): Promise<Promptfoo> {
  const folder = join(cacheFolder(), `promptfoo-${versions.promptfoo}`);
  const wait = () => console.log("    Another process installs promptfoo. Waiting …");
  const reason = await withLock(`${folder}.lock`, wait, async () => install(folder));
  if (reason !== null) return { kind: "missing", reason };
  const modules = join(folder, "node_modules");
  const program = join(modules, nodePackage, windows ? "bin/node.exe" : "bin/node");
  return { kind: "ready", command: [program, join(modules, "promptfoo/dist/src/main.js")] };
}

/** Null when it is there, else why it could not be installed. Nothing that a package would run at its installation is run. */
function install(folder: string): string | null {
  const complete = join(folder, "complete");
  if (existsSync(complete)) return null;
  console.log("    Installing promptfoo. Takes some minutes …");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const program = npm(folder, `promptfoo@${versions.promptfoo}`, `${nodePackage}@${versions.node}`);
  if (program !== null) return program;
  const database = npm(folder, `${databasePackage}@${databaseVersion(folder)}`);
  if (database === null) writeFileSync(complete, "");
  return database;
}

/** The version that the database's package asks for: packages for other systems, and clouds, are left out with all that is optional. */
function databaseVersion(folder: string): string {
  const text = readFileSync(join(folder, "node_modules/libsql/package.json"), "utf8");
  const { optionalDependencies } = z
    .object({ optionalDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(text));
  return optionalDependencies[databasePackage] ?? "latest";
}

function npm(folder: string, ...packages: readonly string[]): string | null {
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--loglevel=error"];
  const options = { cwd: folder, encoding: "utf8", shell: windows } as const;
  const { status, error, stderr } = spawnSync("npm", ["install", ...flags, ...packages], options);
  if (error) return `npm: ${error.message}`;
  return status === 0 ? null : stderr.trim().split("\n")[0] || `npm ended with ${status}`;
}
