/**
 * How often each test set was read by any comparison: `testReads.jsonl` in the folder of runs, a line for each reader. Lines are only ever
 * appended, each in one write, so that two processes need not wait for each other.
 */
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readLines, writing } from "../runFolder";

/** Who reads: counted once for every run and arm, however often the run is gone on with. */
export interface TestReader {
  /** The run's id. */
  readonly run: string;
  /** The arm's name. */
  readonly arm: string;
}

const testReadsFile = "testReads.jsonl";
const maxBytes = 64 << 20;

const line = z.object({ test: z.string(), run: z.string(), arm: z.string() });

/** How often the test set was read. Throws `storeFailed` for a ledger that is a link or too large. */
export async function countTestReads(runs: string, testSha256: string): Promise<number> {
  return (await readersOf(runs, testSha256)).size;
}

/** Notes that an arm of a run reads the test set, unless that is noted already. Gives how often it was read now. Throws `cannotWrite`. */
export async function noteTestRead(runs: string, testSha256: string, reader: TestReader): Promise<number> {
  const known = await readersOf(runs, testSha256);
  if (known.has(keyOf(reader))) return known.size;
  const { run, arm } = reader;
  const file = join(runs, testReadsFile);
  await writing(file, async () => {
    await mkdir(runs, { recursive: true });
    // It begins on a line of its own even after one that a crash tore.
    await appendFile(file, `\n${JSON.stringify({ test: testSha256, run, arm, at: new Date().toISOString() })}\n`);
  });
  return countTestReads(runs, testSha256);
}

async function readersOf(runs: string, testSha256: string): Promise<ReadonlySet<string>> {
  const lines = await readLines(join(runs, testReadsFile), line, maxBytes);
  return new Set(lines.filter(({ test }) => test === testSha256).map(keyOf));
}

function keyOf({ run, arm }: TestReader): string {
  return JSON.stringify([run, arm]);
}
