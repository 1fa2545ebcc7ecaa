/** A Python virtual environment with the peers, in the cache, made once for each list of requirements. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../vscode/cacheFolder";
import { withLock } from "../vscode/lock";

/** The environment's Python, or why there is none. */
export type PeerPython =
  | { readonly kind: "ready"; readonly python: string }
  | { readonly kind: "missing"; readonly reason: string };

const requirements = join(__dirname, "requirements.txt");
/** Without what they require themselves: they need it for tasks that are not run here, and not all of it is everywhere. */
const bare = join(__dirname, "requirements-bare.txt");
const windows = process.platform === "win32";

/** Finds the environment or makes it, which takes a few minutes. */
export async function peerPython(): Promise<PeerPython> {
  const key = createHash("sha256")
    .update(readFileSync(requirements))
    .update(readFileSync(bare))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `peers-${key}`);
  const python = join(folder, windows ? "Scripts/python.exe" : "bin/python");
  const wait = () => console.log("    Another process makes the Python environment. Waiting …");
  const reason = await withLock(`${folder}.lock`, wait, async () => make(folder, python));
  return reason === null ? { kind: "ready", python } : { kind: "missing", reason };
}

/** Null when the environment is there, else why it could not be made. */
function make(folder: string, python: string): string | null {
  const complete = join(folder, "complete");
  // Its Python is a link to one that may have gone.
  if (existsSync(complete) && existsSync(python)) return null;
  console.log("    Making a Python environment with torch and transformers. Takes a few minutes …");
  rmSync(folder, { recursive: true, force: true });
  const reason =
    failure(windows ? "python" : "python3", ["-m", "venv", folder]) ??
    failure(python, ["-m", "pip", "install", "-q", "--retries", "1", "-r", requirements]) ??
    failure(python, ["-m", "pip", "install", "-q", "--retries", "1", "--no-deps", "-r", bare]);
  if (reason === null) writeFileSync(complete, "");
  return reason;
}

/** Null when the program ended well, else the last line that it wrote. */
function failure(program: string, args: readonly string[]): string | null {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (error) return `${program}: ${error.message}`;
  if (status === 0) return null;
  return `${stdout}\n${stderr}`.trim().split("\n").at(-1) || `${program} ended with ${status}`;
}
