/** Loops over many items that let others get their turn. */
import { CancelledError } from "../errors";
import { pacer } from "../pacer";

/** Items between two looks at the clock. */
const atOnce = 1024;

/** Calls `visit` with every item, in order. Throws `CancelledError` when the signal aborts, and what `visit` throws. */
export async function forEachInTurns<T>(
  items: Iterable<T>,
  visit: (item: T) => unknown,
  signal?: AbortSignal,
): Promise<void> {
  const pause = pacer();
  let count = 0;
  for (const item of items) {
    visit(item);
    if (++count % atOnce !== 0) continue;
    await pause();
    if (signal?.aborted) throw new CancelledError("cancelled");
  }
}
