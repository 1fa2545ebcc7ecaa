/** What a comparison would do, and take, before it is run. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { sizeText, timeText } from "../../runtime/comparison/report/metricWords";
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonPlan } from "../../runtime/comparisonRecord";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import type { ComparisonActions } from "./context";
import { button, errorNotice, figure, notesView, progressView } from "./messageViews";
import { tableView } from "./tableView";
import { testReadsText } from "./texts";

type PlanState = Extract<ComparisonPanelState, { kind: "plan" }>;

/** The plan, and the button that runs it. */
export function planView(state: PlanState, actions: ComparisonActions, formats: NumberFormats): TemplateResult {
  const { title, plan, progress, failure, busy, starting, shown } = state;
  return html`<main class="comparison">
    <header class="report-head">
      <h1>${textTemplate(title)}</h1>
      <p class="subtitle">${plan ? taskParts(plan, formats).map((part) => html`<span>${textTemplate(part)}</span>`) : l10n.t("What this comparison would do, and take.")}</p>
    </header>
    ${failure ? errorNotice(failure, actions.openLog) : nothing}
    ${busyNotice(busy)}
    ${plan || failure ? nothing : progressView(progress, l10n.t("Reading data and models, and measuring how long they take…"), formats)}
    ${plan ? planBody(plan, formats) : nothing}
    <div class="actions">
      ${
        failure && plan === null && !starting
          ? button(l10n.t("Plan Again"), () => actions.repeat(shown), { primary: true })
          : button(starting ? l10n.t("Starting…") : l10n.t("Run Comparison"), () => actions.start(shown), {
              primary: true,
              disabled: plan === null || busy !== null || starting,
            })
      }
      ${button(l10n.t("Open File"), () => actions.openFile(shown))}
    </div>
  </main>`;
}

/** Something else that has to end before this can begin. */
export function busyNotice(busy: string | null): TemplateResult | typeof nothing {
  if (busy === null) return nothing;
  return html`<div class="notice" role="note"><p>${textTemplate(l10n.t("“{0}” is under way. One comparison or training runs at a time: pause it, or wait for its end.", busy))}</p></div>`;
}

function taskParts({ task, items, labels }: ComparisonPlan, formats: NumberFormats): readonly string[] {
  const [train, dev, test] = [items.train, items.dev, items.test].map((count) => formats.count(count));
  return [
    task,
    l10n.t("{0} of train, {1} of dev, {2} of test", ...[train ?? "", dev ?? "", test ?? ""]),
    ...(labels.length > 0 ? [l10n.t("labels: {0}", labels.join(", "))] : []),
  ];
}

function planBody(plan: ComparisonPlan, formats: NumberFormats): TemplateResult {
  const { arms, units, estimate, fits, testReads, notes } = plan;
  return html`<dl class="figures">
      ${figure(l10n.t("estimated time"), timeText(estimate.ms))}
      ${figure(l10n.t("memory at most"), sizeText(estimate.peakBytes))}
      ${figure(l10n.t("parts of work"), formats.count(units))}
      ${figure(l10n.t("this test set was read before"), testReadsText(testReads))}
    </dl>
    ${
      fits
        ? nothing
        : html`<div class="notice error" role="note"><p>${l10n.t("It needs more memory than this computer has free.")}</p>
          <p class="remedy">${l10n.t("Close other programs, or give fine-tuned arms a smaller microBatchSize or maxLength, or recompute.")}</p></div>`
    }
    ${
      testReads === 0
        ? nothing
        : html`<div class="notice" role="note"><p>${l10n.t("Whoever looks at test again and again chooses by it: the more often it was read, the less its numbers say about new items.")}</p></div>`
    }
    <section aria-labelledby="plan-arms">
      <h2 id="plan-arms">${l10n.t("Arms")}</h2>
      ${tableView(
        {
          caption: l10n.t("What each arm tries on dev, and takes"),
          head: [l10n.t("Arm"), l10n.t("Settings to choose from"), l10n.t("Parts of work"), l10n.t("Estimated time")],
          rows: arms.map(({ name, choices, units, ms }) => [
            name,
            formats.count(choices),
            formats.count(units),
            timeText(ms),
          ]),
        },
        { numbers: [1, 2, 3] },
      )}
    </section>
    ${notesView(notes)}`;
}
