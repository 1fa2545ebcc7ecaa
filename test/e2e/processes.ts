/** Looks at processes from outside: who runs, under whom, and whether it computes. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

/** Every process below `ancestor` whose command line holds `part`. */
export function descendants(ancestor: number, part: string): Process[] {
  const all = listProcesses();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return all.filter(({ pid, args }) => args.includes(part) && isBelow(pid));
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

/** Milliseconds of processor time that a process takes in half a second. */
export async function cpuTimeInHalfSecond(pid: number): Promise<number> {
  const before = cpuTime(pid);
  await sleep(500);
  return cpuTime(pid) - before;
}

/** Looks again and again, for half a minute; throws when nothing is found. */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** User and system time so far, from `ps` in its own hundredths of a second where there is /proc. */
function cpuTime(pid: number): number {
  const stat = execFileSync("cat", [`/proc/${pid}/stat`], { encoding: "utf8" });
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function listProcesses(): Process[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, parent, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid && !state?.startsWith("Z") ? [{ pid: Number(pid), parent: Number(parent), args: args ?? "" }] : [];
  });
}
