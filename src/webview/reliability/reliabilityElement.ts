import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ReliabilityState } from "../../runtime/reliabilityProtocol";
import { numberFormats } from "../shared/format";
import { diagram } from "./diagramView";
import { bucketTable, languageTable, outlookTable } from "./tablesView";
import { rateText, sinceText } from "./texts";

/** What the panel's buttons do. */
export interface ReliabilityActions {
  setThreshold(threshold: number): void;
  turnOn(): void;
  reset(): void;
  openAsText(): void;
}

/** The whole panel: a view of `reliability`. */
@customElement("gptw-reliability")
export class ReliabilityElement extends LitElement {
  @property({ attribute: false }) reliability: ReliabilityState | undefined;
  @property({ attribute: false }) actions: ReliabilityActions | undefined;

  @state() private announced = "";
  readonly #lang = document.documentElement.lang;
  readonly #formats = numberFormats(this.#lang);

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("reliability");
    const now = this.reliability;
    if (before && now && before.threshold !== now.threshold)
      this.announced = l10n.t("The least confidence is now {0}.", now.threshold);
  }

  protected override render(): TemplateResult | null {
    const { reliability, actions } = this;
    if (!reliability || !actions) return null;
    const { answered, accepted } = reliability;
    return html`${
      answered.trials === 0 && accepted.trials === 0
        ? emptyView(reliability, actions)
        : this.#full(reliability, actions)
    }
      <div class="visually-hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  #full(reliability: ReliabilityState, actions: ReliabilityActions): TemplateResult {
    const { answered, accepted, confidence, calibrationError, since } = reliability;
    const [formats, lang] = [this.#formats, this.#lang];
    const share = (value: number | null) => (value === null ? "–" : formats.percent(value));
    return html`<main class="reliability">
      <header>
        <h1>${l10n.t("Reliability of Inline Completions")}</h1>
        <p class="subtitle">${sinceText(since, lang)}</p>
        <dl class="figures">
          ${figure(share(answered.share), l10n.t("show rate"), rateText(answered, formats))}
          ${figure(share(accepted.share), l10n.t("accept rate"), rateText(accepted, formats))}
          ${figure(share(confidence), l10n.t("mean confidence"), l10n.t("of what was shown"))}
          ${figure(share(calibrationError), l10n.t("calibration error"), l10n.t("expected, weighted by count"))}
        </dl>
        ${reliability.enabled ? null : offNotice(actions)}
      </header>
      <section aria-labelledby="confidence-title" class="confidence">
        <h2 id="confidence-title">${l10n.t("Confidence against acceptance")}</h2>
        <div class="side-by-side">${diagram(reliability, formats)} ${bucketTable(reliability, formats)}</div>
      </section>
      <section aria-labelledby="outlook-title">
        <h2 id="outlook-title">${l10n.t("What a least confidence lets through")}</h2>
        ${outlookTable(reliability, formats, actions.setThreshold)}
        <p class="hint">${l10n.t("Only what was shown can be counted: of suggestions below the least confidence of their time nothing is known. Lower it for a while to learn more.")}</p>
      </section>
      <section aria-labelledby="languages-title">
        <h2 id="languages-title">${l10n.t("Languages")}</h2>
        ${languageTable(reliability, formats)}
      </section>
      <footer>
        <p class="hint">${l10n.t("Shown counts what was handed to the editor, which does not tell whether it was seen. Accepted counts suggestions taken to their end. The counts stay on this machine.")}</p>
        <div class="actions">
          <vscode-button appearance="secondary" @click=${actions.openAsText}>${l10n.t("Open as Text")}</vscode-button>
          <vscode-button appearance="secondary" @click=${actions.reset}>${l10n.t("Reset…")}</vscode-button>
        </div>
      </footer>
    </main>`;
  }
}

function figure(value: string, name: string, note: string): TemplateResult {
  return html`<div><dt>${name}<span class="note">${note}</span></dt><dd>${value}</dd></div>`;
}

function offNotice({ turnOn }: ReliabilityActions): TemplateResult {
  return html`<div class="notice" role="note">
    <p>${l10n.t("Inline completions are off: nothing is added to these counts.")}</p>
    <vscode-button appearance="primary" @click=${turnOn}>${l10n.t("Turn On")}</vscode-button>
  </div>`;
}

function emptyView({ enabled }: ReliabilityState, { turnOn }: ReliabilityActions): TemplateResult {
  return html`<main class="message">
    <h1>${l10n.t("Nothing was counted yet")}</h1>
    <p>
      ${
        enabled
          ? l10n.t("Write some code: every suggestion that is shown or accepted is counted, on this machine alone.")
          : l10n.t(
              "Turn inline completions on and write some code: what is shown and accepted is counted, on this machine alone.",
            )
      }
    </p>
    <p>${l10n.t("Then this panel tells how often suggestions are taken, whether the model's confidence can be trusted, and which least confidence is worth setting.")}</p>
    ${enabled ? null : html`<div class="actions"><vscode-button appearance="primary" @click=${turnOn}>${l10n.t("Turn On")}</vscode-button></div>`}
  </main>`;
}
