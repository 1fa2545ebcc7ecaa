/** Keeps the panel's state for the next load of the page, not more often than it is worth. */
import type { PanelState } from "./state";

/** What changes often (a stream, the chosen token) is kept at most this often, milliseconds: each time it is written whole. */
export const keepInterval = 500;

/** Keeps each state given to it through `write`; small changes at intervals. `flush` keeps what is due at once. */
export function stateKeeper(write: (panel: PanelState) => void): { keep(panel: PanelState): void; flush(): void } {
  let last: PanelState | null = null;
  let due: PanelState | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (due) write(due);
    due = null;
  };
  return {
    flush,
    keep(panel) {
      if (panel === last) return;
      const small = isStreaming(panel) || panel.state === last?.state;
      last = due = panel;
      if (small) timer ??= setTimeout(flush, keepInterval);
      else flush();
    },
  };
}

function isStreaming({ state }: PanelState): boolean {
  return state.kind === "completion" && state.status.kind === "running";
}
