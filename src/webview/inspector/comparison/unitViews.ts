/** The compared texts: one text with what differs in it, or both side by side. A line is drawn again only when it changed. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { ScoredToken } from "../../../runtime/protocol";
import type { NumberFormats } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import { differenceClass } from "../../shared/scales";
import { spokenToken } from "../../shared/tokenText";
import { type Comparison, type SideName, tokensIn, type Unit, type UnitLine } from "./units";

/** What the views are drawn from. */
export interface UnitContent {
  readonly state: Comparison;
  readonly lines: readonly UnitLine[];
  /** Index of the unit that the keys start from. */
  readonly active: number;
  /** Index of the chosen unit. */
  readonly selected: number | null;
  readonly formats: NumberFormats;
}

/** One text: what is the same once, what differs with A above B. */
export function interleaved(content: UnitContent): TemplateResult {
  return html`<div class="units" role="listbox" aria-label=${l10n.t("Both texts, aligned")} aria-orientation="horizontal" data-side="both">
    ${content.lines.map(
      (line) =>
        html`<div class="unit-line" role="presentation">${guard(changes(line, content), () =>
          line.units.map((unit) => interleavedUnit(unit, content)),
        )}</div>`,
    )}
  </div>`;
}

/** Both texts, line beside line. */
export function sideBySide(content: UnitContent, names: Readonly<Record<SideName, string>>): TemplateResult {
  return html`<div class="sides">${(["a", "b"] as const).map((side) => sideColumn(side, content, names[side]))}</div>`;
}

function sideColumn(side: SideName, content: UnitContent, name: string): TemplateResult {
  return html`<div class="side-title side-${side}" aria-hidden="true">${name}</div>
    <div class="side-units" role="listbox" aria-label=${name} aria-orientation="horizontal" data-side=${side}>
      ${content.lines.map(
        (line, row) =>
          html`<div class="unit-line side-${side}" role="presentation" .style=${`grid-row:${row + 2}`}>${guard(
            changes(line, content),
            () =>
              line.units.filter((unit) => unit[side][1] > unit[side][0]).map((unit) => sideUnit(unit, side, content)),
          )}</div>`,
      )}
    </div>`;
}

/** What a line depends on, besides its units, which never change in place. */
function changes({ units }: UnitLine, { active, selected }: UnitContent): unknown[] {
  const has = (index: number | null) => units.some((unit) => unit.index === index);
  return [units, has(active) && active, has(selected) && selected];
}

function interleavedUnit(unit: Unit, content: UnitContent): TemplateResult {
  const texts = (side: SideName) => tokensIn(content.state, unit, side).map((token) => html`${tokenTemplate(token)}`);
  switch (unit.kind) {
    case "same":
      return option(unit, content, html`${texts("a")}`);
    case "changed":
      return option(
        unit,
        content,
        html`<span class="unit-a"><span class="unit-mark">A</span> ${texts("a")}</span> <span class="unit-b"><span class="unit-mark">B</span> ${texts("b")}</span>`,
      );
    case "onlyA":
      return option(unit, content, html`<span class="unit-a"><span class="unit-mark">A</span> ${texts("a")}</span>`);
    case "onlyB":
      return option(unit, content, html`<span class="unit-b"><span class="unit-mark">B</span> ${texts("b")}</span>`);
    default:
      return unit.kind satisfies never;
  }
}

function sideUnit(unit: Unit, side: SideName, content: UnitContent): TemplateResult {
  return option(unit, content, html`${tokensIn(content.state, unit, side).map((token) => tokenTemplate(token))}`);
}

function option(unit: Unit, content: UnitContent, body: TemplateResult): TemplateResult {
  const { active, selected } = content;
  const chosen = unit.index === selected;
  return html`<span
    class="unit ${unit.kind} ${differenceClass(unit.difference)}"
    role="option"
    data-unit=${unit.index}
    tabindex=${unit.index === active ? 0 : -1}
    aria-selected=${chosen ? "true" : "false"}
    aria-label=${unitLabel(unit, content)}
  >${body}</span>`;
}

/** What a screen reader says of a unit. */
export function unitLabel(unit: Unit, { state, formats }: Pick<UnitContent, "state" | "formats">): string {
  const spoken = (side: SideName) => spokenTokens(tokensIn(state, unit, side));
  const bits = l10n.t("{0} bits", formats.signed(unit.difference));
  switch (unit.kind) {
    case "same":
      return l10n.t("{0}: {1}", spoken("a"), bits);
    case "changed":
      return l10n.t("A {0}, B {1}: {2}", spoken("a"), spoken("b"), bits);
    case "onlyA":
      return l10n.t("only A {0}: {1}", spoken("a"), bits);
    case "onlyB":
      return l10n.t("only B {0}: {1}", spoken("b"), bits);
    default:
      return unit.kind satisfies never;
  }
}

function spokenTokens(tokens: readonly ScoredToken[]): string {
  return tokens.map((token) => spokenToken(token)).join(" ");
}
