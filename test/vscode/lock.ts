/** A lock between processes, also of different containers that share a folder. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const beatMs = 5_000;
/** A holder that has not touched its lock for this long is gone. */
const staleMs = 60_000;

/**
 * Runs `work` while no other process does; calls `onWait` once when it has to wait. A lock whose holder died is taken over:
 * at once when it was a process of this machine, else after a minute without a sign of life.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (isStale(file)) {
      discard(file);
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(500);
  }
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, `${hostname()} ${process.pid}`, { flag: "wx" });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  try {
    if (Date.now() - statSync(file).mtimeMs > staleMs) return true;
    const [host, pid] = readFileSync(file, "utf8").split(" ");
    return host === hostname() && pid !== undefined && !isRunning(Number(pid));
  } catch (error) {
    // It was given back while we looked.
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Of several that find the same stale lock only one can rename it. */
function discard(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return !isCode(error, "ESRCH");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
