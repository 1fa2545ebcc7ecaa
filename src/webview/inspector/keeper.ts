/** Keeps the panel's state for the next load of the page, not more often than it is worth. */
import type { PanelState } from "./state";

/** While a completion streams, its state is kept at most this often, milliseconds. */
const streamingInterval = 1000;

/** Keeps each state given to it through `write`; a running stream's at intervals. `flush` keeps what is due at once. */
export function stateKeeper(write: (panel: PanelState) => void): { keep(panel: PanelState): void; flush(): void } {
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
      due = panel;
      if (panel.state.kind !== "completion" || panel.state.status.kind !== "running") flush();
      else timer ??= setTimeout(flush, streamingInterval);
    },
  };
}
