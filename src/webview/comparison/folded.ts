/** Parts of a report that are folded away, and are drawn only while they are open. */
import { html, nothing, type TemplateResult } from "lit";
import type { ReportContext } from "./context";
import { withOpen } from "./options";

/** A folded part; whether it is open is kept under its id. */
export function folded(
  { options, actions }: Pick<ReportContext, "options" | "actions">,
  id: string,
  summary: TemplateResult | string,
  content: () => TemplateResult,
): TemplateResult {
  const isOpen = options.open.includes(id);
  const toggle = ({ target }: Event) => {
    if (target instanceof HTMLDetailsElement && target.dataset.part === id && target.open !== isOpen)
      actions.changeOptions(withOpen(options, id, target.open));
  };
  return html`<details class="folded" data-part=${id} .open=${isOpen} @toggle=${toggle}>
    <summary>${summary}</summary>
    ${isOpen ? html`<div class="folded-body">${content()}</div>` : nothing}
  </details>`;
}
