/** What stands around the ablation's grid: the watched token, the current part, and the lists of effects. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { Ablated } from "../../../runtime/analysisProtocol";
import type { Alternative, ScoredToken } from "../../../runtime/protocol";
import type { NumberFormats } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import { plainToken } from "../../shared/tokenText";
import { partName, partNames } from "../partNames";
import type { WatchedEffects } from "./effects";
import type { BatchResult } from "./measuring";
import { mostPlaces, type PlaceChoice } from "./samplePlaces";
import { effectNumbers, effectSentence, intervalBits, toBits } from "./sentences";

/** Numbers and lists as the user's language writes them. */
export interface Wording {
  readonly formats: NumberFormats;
  /** BCP 47 tag. */
  readonly language: string;
}

/** Most effects that are listed. */
const listed = 12;

/** The text's own token and its alternatives, the own one first. */
export function watchable(token: ScoredToken): readonly Alternative[] {
  const { prediction, ...own } = token;
  if (!prediction) return [];
  return [{ ...own, logprob: prediction.logprob }, ...prediction.top.filter(({ id }) => id !== token.id)];
}

/** One of them, in words; the first is the text's own. */
export function watchableWords(alternative: Alternative, index: number, formats: NumberFormats): string {
  const text = `${plainToken(alternative)}  ${formats.percent(Math.exp(alternative.logprob))}`;
  return index === 0 ? l10n.t("{0} (the text's own)", text) : text;
}

/** Which token is watched at the chosen place. */
export function watchedField(
  token: ScoredToken,
  watched: number,
  formats: NumberFormats,
  choose: (id: number) => void,
): TemplateResult {
  const option = (alternative: Alternative, index: number) =>
    html`<option value=${alternative.id} ?selected=${alternative.id === watched}>${watchableWords(alternative, index, formats)}</option>`;
  return html`<label class="field"><span>${l10n.t("Watched token")}</span>
    <select class="watched" @change=${(event: Event) => choose(Number((event.target as HTMLSelectElement).value))}>
      ${watchable(token).map(option)}
    </select>
  </label>`;
}

/** The current part in words, and what can be done with it. */
export function currentPart(
  part: Ablated,
  effects: WatchedEffects,
  chosen: boolean,
  { formats, language }: Wording,
  actions: { measure(): void; toggle(): void },
): TemplateResult {
  const difference = effects.of(part);
  const name = partName(part);
  const sentence =
    difference === undefined || effects.baseline === null
      ? l10n.t("{0} was not measured yet.", capitalized(name))
      : effectSentence([part], effects.baseline, difference, { formats, language });
  return html`<div class="current-part">
    <p>${sentence} ${difference === undefined ? null : html`<span class="share">${effectNumbers(difference, formats)}</span>`}</p>
    <div class="actions">
      ${
        difference === undefined
          ? html`<vscode-button appearance="secondary" @click=${actions.measure}>${l10n.t("Measure")}</vscode-button>`
          : null
      }
      <vscode-button appearance="secondary" @click=${actions.toggle}>${
        chosen ? l10n.t("Take out of the Set") : l10n.t("Add to the Set")
      }</vscode-button>
    </div>
  </div>`;
}

/** The strongest effects of single parts. */
export function strongestTable(effects: WatchedEffects, wording: Wording): TemplateResult | null {
  const { baseline } = effects;
  const strongest = effects.strongest.slice(0, listed);
  if (baseline === null || strongest.length === 0) return null;
  return html`<section class="section" aria-labelledby="strongest-title">
    <h2 id="strongest-title">${l10n.t("Strongest effects")}</h2>
    ${effectTable(
      strongest.map(({ part, difference }) => ({ parts: [part], difference })),
      baseline,
      wording,
    )}
  </section>`;
}

/** What was switched off together. */
function togetherTable(effects: WatchedEffects, wording: Wording): TemplateResult | null {
  const { baseline, together } = effects;
  if (baseline === null || together.length === 0) return null;
  return effectTable(together, baseline, wording);
}

/** The set to switch off together, and what that did. */
export function togetherSection(
  effects: WatchedEffects,
  parts: readonly Ablated[],
  busy: boolean,
  wording: Wording,
  actions: { measure(): void; clear(): void },
): TemplateResult {
  const hint =
    parts.length === 0
      ? l10n.t(
          "Choose cells with Space or Ctrl+click: parts that stand in for each other show only when they are off together.",
        )
      : l10n.t("Chosen: {0}.", parts.map(shortName).join(", "));
  return html`<section class="section" aria-labelledby="together-title">
    <h2 id="together-title">${l10n.t("Switched off together")}</h2>
    <p class="hint">${hint}</p>
    <div class="actions">
      <vscode-button class="together" appearance="secondary" ?disabled=${parts.length < 2 || busy} @click=${actions.measure}>${l10n.t("Switch Off Together")}</vscode-button>
      <vscode-button appearance="secondary" ?disabled=${parts.length === 0} @click=${actions.clear}>${l10n.t("Clear the Set")}</vscode-button>
    </div>
    ${togetherTable(effects, wording)}
  </section>`;
}

/** Which places are measured; the seed and the count hold for samples. */
export interface BatchChoice {
  readonly kind: PlaceChoice["kind"];
  readonly seed: number;
  readonly count: number;
}

/** The same sets on several places. */
export function batchSection(
  batch: {
    readonly choice: BatchChoice;
    /** How many places have the watched token. */
    readonly same: number;
    /** How many sets would be measured. */
    readonly sets: number;
    readonly busy: boolean;
    readonly result: BatchResult | null;
  },
  wording: Wording,
  actions: { change(part: Partial<BatchChoice>): void; measure(): void },
): TemplateResult {
  const { choice, same, sets, busy, result } = batch;
  const chooseKind = (event: Event) =>
    actions.change({ kind: (event.target as HTMLSelectElement).value === "token" ? "token" : "sample" });
  return html`<section class="section" aria-labelledby="batch-title">
    <h2 id="batch-title">${l10n.t("On several places")}</h2>
    <p class="hint">${l10n.t("One place is one example. The mean over many tells whether a part matters in general; each place watches its own token.")}</p>
    <div class="toolbar batch-tools">
      <label class="field"><span>${l10n.t("Places")}</span>
        <select class="batch-kind" @change=${chooseKind}>
          <option value="sample" ?selected=${choice.kind === "sample"}>${l10n.t("A random sample")}</option>
          <option value="token" ?selected=${choice.kind === "token"}>${l10n.t("Those of the watched token ({0})", same)}</option>
        </select>
      </label>
      ${choice.kind === "sample" ? sampleFields(choice, actions.change) : null}
      <vscode-button class="measure-batch" appearance="secondary" ?disabled=${sets === 0 || busy} @click=${actions.measure}>${l10n.t("Measure")}</vscode-button>
    </div>
    ${sets === 0 ? html`<p class="hint">${l10n.t("Measure or choose some parts first.")}</p>` : null}
    ${result ? batchTable(result, wording) : null}
  </section>`;
}

function sampleFields({ seed, count }: BatchChoice, change: (part: Partial<BatchChoice>) => void): TemplateResult {
  const number = (event: Event) => Number((event.target as HTMLInputElement).value) || 1;
  return html`<label class="field"><span>${l10n.t("How many")}</span>
      <input type="number" min="2" max=${mostPlaces} .value=${String(count)}
        @change=${(event: Event) => change({ count: Math.min(mostPlaces, Math.max(2, number(event))) })} /></label>
    <label class="field"><span>${l10n.t("Seed")}</span>
      <input type="number" min="0" max="999999" .value=${String(seed)} @change=${(event: Event) => change({ seed: number(event) })} /></label>`;
}

/** Places in words. */
export function placesText(choice: PlaceChoice, count: number): string {
  return choice.kind === "sample"
    ? l10n.t("{0} random places, seed {1}", count, choice.seed)
    : l10n.t("{0} places of the watched token", count);
}

function shortName(part: Ablated): string {
  return part.kind === "head" ? l10n.t("L{0} H{1}", part.layer, part.head) : l10n.t("L{0} MLP", part.layer);
}

function effectTable(
  rows: readonly { readonly parts: readonly Ablated[]; readonly difference: number }[],
  baseline: number,
  { formats, language }: Wording,
): TemplateResult {
  return html`<table class="numbers effects">
    <thead><tr>
      <th scope="col">${l10n.t("What it does")}</th>
      <th scope="col" class="number">${l10n.t("Bits")}</th>
      <th scope="col" class="number">${l10n.t("ln p")}</th>
    </tr></thead>
    <tbody>${rows.map(
      ({ parts, difference }) => html`<tr>
        <td class="sentence">${effectSentence(parts, baseline, difference, { formats, language })}</td>
        <td class="number">${formats.signed(toBits(difference))}</td>
        <td class="number">${formats.signed(difference)}</td>
      </tr>`,
    )}</tbody>
  </table>`;
}

/** Mean effects over several places. */
function batchTable({ sets, effects, places }: BatchResult, { formats, language }: Wording): TemplateResult {
  return html`<table class="numbers effects">
    <caption class="share">${places}</caption>
    <thead><tr>
      <th scope="col">${l10n.t("Switched off")}</th>
      <th scope="col" class="number">${l10n.t("Mean effect, bits")}</th>
      <th scope="col" class="number">${l10n.t("95 % interval")}</th>
      <th scope="col" class="number">${l10n.t("Places")}</th>
    </tr></thead>
    <tbody>${effects.map(
      ({ mean, interval, differences }, index) => html`<tr>
        <td class="sentence">${capitalized(partNames(sets[index] ?? [], language))}</td>
        <td class="number">${formats.signed(toBits(mean))}</td>
        <td class="number">${intervalBits(interval, formats)}</td>
        <td class="number">${formats.count(differences.length)}</td>
      </tr>`,
    )}</tbody>
  </table>`;
}

/** The chosen place in words. */
export function placeLine(tokens: readonly ScoredToken[], place: number, formats: NumberFormats): TemplateResult {
  const token = tokens[place];
  return html`<span class="ablation-place">${l10n.t("Token {0}", formats.count(place + 1))}:
    <span class="token-name">${token ? tokenTemplate(token) : null}</span></span>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
