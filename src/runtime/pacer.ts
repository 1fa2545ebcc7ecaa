/** Long loops that compute without the model: others get their turn between. */

/** Milliseconds that the process may be busy with one of them at a time. */
const longest = 15;

/** A function to await once a round: it lets messages in when enough time has passed since the last ones. */
export function pacer(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < longest) return;
    await new Promise(setImmediate);
    since = performance.now();
  };
}
