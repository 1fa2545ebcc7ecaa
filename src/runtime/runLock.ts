/**
 * One process at a time works on a run. Whoever wants to puts a file of its own into the run's folder and then looks for others': of two that
 * come at once, both may give up, but never do both go on. Files of processes that are gone do not count.
 */
import { randomUUID } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "./errors";
import { readPlain, writing } from "./runFolder";

const lockForm = /^lock-(\d{1,10})-[\da-f-]{36}$/;
/** Longest name of a host that is read, bytes. */
const longestHost = 1024;

/** Names of this process' files: another's may have had the same number. */
const own = new Set<string>();

/**
 * Does `work` while no other process works on the run in `folder`; `tookOver` tells that one did until it was killed.
 * @throws RuntimeError `invalidRequest` while another process does, naming it; `cannotWrite`; what `work` throws.
 */
export async function holdingRun<T>(folder: string, work: (tookOver: boolean) => Promise<T>): Promise<T> {
  const name = `lock-${process.pid}-${randomUUID()}`;
  const file = join(folder, name);
  own.add(name);
  try {
    await writing(file, () => writeFile(file, hostname(), { flag: "wx" }));
    return await work(await lookForOthers(folder, name));
  } finally {
    await rm(file, { force: true });
    own.delete(name);
  }
}

/** Removes what processes that are gone left: whether any did. */
async function lookForOthers(folder: string, mine: string): Promise<boolean> {
  let gone = 0;
  for (const name of await readdir(folder)) {
    const pid = Number(lockForm.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || name === mine) continue;
    const file = join(folder, name);
    // An empty one was being written: on this machine, as far as one can tell.
    const host = (await readPlain(file, longestHost))?.trim() || hostname();
    if (host !== hostname() || (pid === process.pid ? own.has(name) : isAlive(pid)))
      throw isHeld(folder, file, pid, host);
    await rm(file, { force: true });
    gone++;
  }
  return gone > 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be asked, but is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isHeld(folder: string, file: string, pid: number, host: string): Error {
  return invalidRequest(
    l10n.t("process {0} on {1} works on the run in {2}", pid, host, folder),
    l10n.t("Pause it there first. If it is gone, remove {0}.", file),
  );
}
