/** What stands around the compared texts: the head, the chosen tokens, the lists. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { ComparedHeads, ComparisonSide } from "../../../runtime/panelProtocol";
import type { ScoredToken } from "../../../runtime/protocol";
import { type NumberFormats, surprisalBits } from "../../shared/format";
import { textTemplate, tokenTemplate } from "../../shared/pieces";
import { scaleLegend } from "../../shared/scaleLegend";
import { differenceClass } from "../../shared/scales";
import { layerName } from "../partNames";
import { deviceName, textTruncation, tokenCount } from "../texts";
import { divergenceBounds, divergencePaint, rankedHeads } from "./headRanks";
import { type Comparison, type SideName, sideNames, sumsOf, tokensIn, type Unit } from "./units";

/** Rows of the lists at most. */
const listed = 20;

/** Title, sides, totals. `menu` exports. */
export function comparisonHeader(
  state: Comparison,
  units: readonly Unit[],
  formats: NumberFormats,
  menu: TemplateResult,
): TemplateResult {
  const names = sideNames(state);
  const { difference } = sumsOf(units);
  return html`<header>
    <div class="title-row"><h1>${textTemplate(state.title)}</h1>${menu}</div>
    ${(["a", "b"] as const).map((side) => sideLine(names[side], state[side], formats))}
    <dl class="figures">
      ${figure(formats.sum(state.a.summary.bits), l10n.t("bits in A"))}
      ${figure(formats.sum(state.b.summary.bits), l10n.t("bits in B"))}
      ${figure(formats.signed(state.b.summary.bits - state.a.summary.bits), l10n.t("bits more in B than in A"))}
      ${figure(formats.signed(difference), l10n.t("sum of all differences below"))}
    </dl>
    ${([state.a, state.b] as const).map(({ truncation }, index) =>
      truncation
        ? html`<p class="notice" role="note">${index === 0 ? "A" : "B"}: ${textTruncation(truncation, formats)}</p>`
        : null,
    )}
  </header>`;
}

function sideLine(name: string, { model, tokens }: ComparisonSide, formats: NumberFormats): TemplateResult {
  const parts = [model.name, deviceName(model.device), tokenCount(tokens.length, formats)];
  return html`<p class="subtitle side-line"><strong>${textTemplate(name)}</strong> ${parts.map(
    (part) => html`<span>${textTemplate(part)}</span>`,
  )}</p>`;
}

function figure(value: string, label: string): TemplateResult {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

/** The chosen unit: both sides' numbers and what was expected in its place. */
export function unitDetails(state: Comparison, unit: Unit | undefined, formats: NumberFormats): TemplateResult {
  return html`<section class="details" id="details" tabindex="0" aria-label=${l10n.t("Chosen tokens")}>
    ${
      unit
        ? html`<p><span class="chip ${differenceClass(unit.difference)}">${l10n.t("{0} bits", formats.signed(unit.difference))}</span>
            ${kindText(unit)}</p>
          ${sideDetails("A", tokensIn(state, unit, "a"), unit.bitsA, formats)}
          ${sideDetails("B", tokensIn(state, unit, "b"), unit.bitsB, formats)}`
        : html`<p class="hint">${l10n.t("Choose a token to see what both sides say of it.")}</p>`
    }
  </section>`;
}

function kindText({ kind }: Unit): string {
  switch (kind) {
    case "same":
      return l10n.t("the same token on both sides");
    case "changed":
      return l10n.t("changed");
    case "onlyA":
      return l10n.t("only in A");
    case "onlyB":
      return l10n.t("only in B");
    default:
      return kind satisfies never;
  }
}

function sideDetails(
  name: string,
  tokens: readonly ScoredToken[],
  bits: number,
  formats: NumberFormats,
): TemplateResult | null {
  const [first] = tokens;
  if (!first) return null;
  const prediction = tokens.length === 1 ? first.prediction : null;
  return html`<div class="side-details">
    <h2><span class="unit-mark">${name}</span> <span class="token-name">${tokens.map((token) => tokenTemplate(token))}</span></h2>
    <p class="share">${
      prediction
        ? l10n.t(
            "{0}, {1} bits, rank {2}",
            formats.percent(Math.exp(prediction.logprob)),
            formats.decimal(surprisalBits(prediction.logprob)),
            formats.count(prediction.rank),
          )
        : l10n.t("{0} bits", formats.decimal(bits))
    }</p>
    ${first.prediction ? expected(first.prediction.top.slice(0, 5), formats) : null}
  </div>`;
}

function expected(top: NonNullable<ScoredToken["prediction"]>["top"], formats: NumberFormats): TemplateResult {
  return html`<table class="numbers"><caption class="visually-hidden">${l10n.t("Most probable here")}</caption><tbody>
    ${top.map(
      ({ logprob, ...token }) =>
        html`<tr><th scope="row" class="token-name">${tokenTemplate(token)}</th><td class="number">${formats.percent(Math.exp(logprob))}</td></tr>`,
    )}
  </tbody></table>`;
}

/** Which tokens made the difference. */
export function largestTable(
  state: Comparison,
  units: readonly Unit[],
  formats: NumberFormats,
  choose: (unit: Unit) => void,
): TemplateResult {
  const name = (unit: Unit, side: SideName) => {
    const tokens = tokensIn(state, unit, side);
    return tokens.length > 0
      ? html`<span class="token-name">${tokens.map((token) => tokenTemplate(token))}</span>`
      : html`<span class="share">–</span>`;
  };
  return html`<section class="section" aria-labelledby="largest-title">
    <h2 id="largest-title">${l10n.t("Which tokens made the difference")}</h2>
    ${
      units.length === 0
        ? html`<p class="hint">${l10n.t("None: both sides are equally probable, token by token.")}</p>`
        : html`<div class="table-scroll"><table class="numbers">
            <thead><tr>
              <th scope="col">A</th><th scope="col">B</th>
              <th scope="col" class="number">${l10n.t("A, bits")}</th><th scope="col" class="number">${l10n.t("B, bits")}</th>
              <th scope="col" class="number">${l10n.t("Difference")}</th><th scope="col"><span class="visually-hidden">${l10n.t("Action")}</span></th>
            </tr></thead>
            <tbody>${units.slice(0, listed).map(
              (unit) => html`<tr>
                <td class="sentence">${name(unit, "a")}</td><td class="sentence">${name(unit, "b")}</td>
                <td class="number">${formats.decimal(unit.bitsA)}</td><td class="number">${formats.decimal(unit.bitsB)}</td>
                <td class="number"><span class="chip ${differenceClass(unit.difference)}">${formats.signed(unit.difference)}</span></td>
                <td><button type="button" class="link" @click=${() => choose(unit)}>${l10n.t("Show")}</button></td>
              </tr>`,
            )}</tbody>
          </table></div>`
    }
  </section>`;
}

/** How differently the heads attend, or why that is not known. */
export function headsSection({ heads, headsReason }: Comparison, formats: NumberFormats): TemplateResult {
  return html`<section class="section" aria-labelledby="heads-title">
    <h2 id="heads-title">${l10n.t("Heads that attend differently")}</h2>
    ${heads ? headsContent(heads, formats) : html`<p class="notice" role="note">${textTemplate(headsReason ?? l10n.t("Heads were not compared."))}</p>`}
  </section>`;
}

function headsContent(heads: ComparedHeads, formats: NumberFormats): TemplateResult {
  const bounds = divergenceBounds.map((bits) => String(bits));
  const paints = Array.from({ length: bounds.length + 1 }, (_, level) => `surprisal-${level}` as const);
  return html`<p class="hint">${l10n.t(
    "Jensen–Shannon divergence between both runs' attention, mean over {0} tokens that are the same: 0 bits where a head attends alike, 1 where nothing is in common.",
    formats.count(heads.queries),
  )}</p>
    ${scaleLegend({ paints, bounds, ends: [l10n.t("alike"), l10n.t("different, bits")] })}
    <div class="heads-content">
      <div class="table-scroll">${headsGrid(heads, formats)}</div>
      <table class="numbers">
        <thead><tr><th scope="col">${l10n.t("Head")}</th><th scope="col" class="number">${l10n.t("Divergence, bits")}</th></tr></thead>
        <tbody>${rankedHeads(heads)
          .slice(0, 10)
          .map(
            ({ layer, head, divergence }) => html`<tr>
              <th scope="row">${l10n.t("Layer {0} head {1}", layer, head)}</th>
              <td class="number">${fine(divergence)}</td>
            </tr>`,
          )}</tbody>
      </table>
    </div>`;
}

function headsGrid({ layers, heads, divergence }: ComparedHeads, formats: NumberFormats): TemplateResult {
  return html`<table class="heads-grid">
    <caption class="visually-hidden">${l10n.t("Divergence of every head")}</caption>
    <thead><tr><td></td>${Array.from({ length: heads }, (_, head) => html`<th scope="col">${formats.count(head)}</th>`)}</tr></thead>
    <tbody>${Array.from(
      { length: layers },
      (_, layer) =>
        html`<tr><th scope="row">${layerName(layer)}</th>${Array.from({ length: heads }, (_, head) => {
          const bits = divergence[layer * heads + head] ?? null;
          return html`<td class=${divergencePaint(bits)}>${bits === null ? "–" : fine(bits)}</td>`;
        })}</tr>`,
    )}</tbody>
  </table>`;
}

/** Divergences are small: three decimals. */
function fine(bits: number): string {
  return new Intl.NumberFormat(document.documentElement.lang || "en", {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  }).format(Math.max(0, bits));
}
