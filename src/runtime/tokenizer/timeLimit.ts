/** Runs code that a file from elsewhere steers, such as its regular expressions, no longer than a limit. */
import { createContext, Script } from "node:vm";

/**
 * What `work` returns. Takes about two milliseconds of its own.
 * @returns `outOfTime` when `work` took longer than `limitMs`, and was broken off.
 * @throws what `work` throws.
 */
export function withTimeLimit<T>(work: () => T, limitMs: number): T | typeof outOfTime {
  const results: T[] = [];
  const context = createContext({ run: () => results.push(work()) });
  try {
    script.runInContext(context, { timeout: limitMs });
  } catch (error) {
    if (isTimeout(error)) return outOfTime;
    throw error;
  }
  const [result = outOfTime] = results;
  return result;
}

/** Says that the time was up. */
export const outOfTime = Symbol("outOfTime");

/** The only way that Node.js has to break off a loop, or a regular expression, on the same thread. */
const script = new Script("void run()");

/** The error is one of the other context, so it is no `Error` of ours. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
