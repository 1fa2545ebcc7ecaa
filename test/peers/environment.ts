/** A Python virtual environment with the peers, in the cache, made once for each list of requirements. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../vscode/cacheFolder";

/** The environment's Python, or why there is none. */
export type PeerPython =
  | { readonly kind: "ready"; readonly python: string }
  | { readonly kind: "missing"; readonly reason: string };

const requirements = join(__dirname, "requirements.txt");

/** Finds the environment or makes it, which takes a few minutes. */
export function peerPython(): PeerPython {
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(), `peers-${key}`);
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { kind: "ready", python };
  console.log("Making a Python environment with torch and transformers. Takes a few minutes …");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheFolder(), { recursive: true });
  const reason =
    failure("python3", ["-m", "venv", folder]) ??
    failure(python, ["-m", "pip", "install", "-q", "--retries", "1", "-r", requirements]);
  if (reason !== null) return { kind: "missing", reason };
  writeFileSync(complete, "");
  return { kind: "ready", python };
}

/** Null when the program ended well, else the last line that it wrote. */
function failure(program: string, args: readonly string[]): string | null {
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (error) return `${program}: ${error.message}`;
  if (status === 0) return null;
  return stderr.trim().split("\n").at(-1) ?? `${program} ended with ${status}`;
}
