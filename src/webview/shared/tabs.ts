/** The inspector's tabs: one tab stop, arrow keys inside. */
import { html, type TemplateResult } from "lit";

/** A view of the text. */
export interface Tab<Id extends string> {
  readonly id: Id;
  readonly label: string;
}

/** A row of tabs. The panel of a tab has the id `view-ID`. */
export function tabList<Id extends string>(
  tabs: readonly Tab<Id>[],
  active: Id,
  { label, choose }: { readonly label: string; readonly choose: (id: Id) => void },
): TemplateResult {
  return html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${(event: KeyboardEvent) => onKey(event, tabs, choose)}>
    ${tabs.map(
      ({ id, label: name }) => html`<button
        type="button"
        class="tab"
        role="tab"
        id="tab-${id}"
        data-tab=${id}
        aria-controls="view-${id}"
        aria-selected=${id === active ? "true" : "false"}
        tabindex=${id === active ? 0 : -1}
        @click=${() => choose(id)}
      >${name}</button>`,
    )}
  </div>`;
}

function onKey<Id extends string>(event: KeyboardEvent, tabs: readonly Tab<Id>[], choose: (id: Id) => void): void {
  const buttons = event.currentTarget instanceof HTMLElement ? [...event.currentTarget.querySelectorAll("button")] : [];
  const from = buttons.findIndex(({ id }) => event.target instanceof Element && id === event.target.id);
  const to = target(event.key, from, tabs.length);
  const tab = to === null ? undefined : tabs[to];
  if (from < 0 || to === null || !tab) return;
  event.preventDefault();
  choose(tab.id);
  buttons[to]?.focus();
}

function target(key: string, from: number, count: number): number | null {
  switch (key) {
    case "ArrowRight":
      return (from + 1) % count;
    case "ArrowLeft":
      return (from - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
