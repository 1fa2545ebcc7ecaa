/** Continuations side by side: the text's own, and the branches at the same place. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Branch, InspectorState } from "../../../runtime/panelProtocol";
import type { ColorMode } from "../../shared/colorModes";
import type { NumberFormats } from "../../shared/format";
import { textTemplate, tokenTemplate } from "../../shared/pieces";
import { spokenToken } from "../../shared/tokenText";
import { errorNotice } from "../messageViews";
import { tokensOf } from "../state";
import { levelClass } from "../stripView";
import { finishText, tokenCount } from "../texts";
import {
  branchesOf,
  branchPlaces,
  branchTokens,
  type ContinuedToken,
  meanBits,
  originalTokens,
  shownPlace,
} from "./branchState";

/** What branches can be told to do; each is named by its id. */
export interface BranchActions {
  stopBranch(id: number): void;
  removeBranch(id: number): void;
  copyBranch(id: number): void;
  /** Replaces the token in its document by the branch's alternative. */
  replaceToken(id: number): void;
  openLog(): void;
}

/** What the view needs. */
export interface BranchesContext {
  readonly state: InspectorState;
  readonly branches: Parameters<typeof branchesOf>[1];
  readonly selected: number | null;
  readonly mode: ColorMode;
  readonly formats: NumberFormats;
  readonly actions: BranchActions & { select(index: number): void };
}

/** The area; nothing while the text has no branches. */
export function branchesView(context: BranchesContext): TemplateResult | null {
  const { state, selected, formats, actions } = context;
  const items = branchesOf(state, context.branches);
  const place = shownPlace(items, selected);
  if (place === null) return null;
  const others = branchPlaces(items).filter((index) => index !== place);
  return html`<section class="branches" id="branches" tabindex="-1" aria-label=${l10n.t("Branches")}>
    <div class="branches-head">
      <h2>${l10n.t("Branches at token {0}", formats.count(place + 1))}</h2>
      ${others.map((index) => placeButton(index, formats, () => actions.select(index)))}
    </div>
    <div class="continuations">
      ${originalTemplate(place, context)}
      ${repeat(
        items.filter(({ index }) => index === place),
        ({ id }) => id,
        (branch) => branchTemplate(branch, context),
      )}
    </div>
  </section>`;
}

function placeButton(index: number, formats: NumberFormats, click: () => void): TemplateResult {
  return html`<button type="button" class="toggle" @click=${click}>${l10n.t("Also at token {0}", formats.count(index + 1))}</button>`;
}

function originalTemplate(place: number, { state, mode, formats }: BranchesContext): TemplateResult {
  const tokens = originalTokens(state, place);
  const more = tokensOf(state).length > place + tokens.length;
  return html`<article class="continuation" aria-label=${l10n.t("The text itself")}>
    <h3>${l10n.t("The text itself")}</h3>
    ${tokensTemplate(tokens, mode, more)}
    <p class="continuation-foot">${figures(tokens, formats)}</p>
  </article>`;
}

function branchTemplate(branch: Branch, { state, mode, formats, actions }: BranchesContext): TemplateResult {
  const { id, alternative, status } = branch;
  const tokens = branchTokens(state, branch);
  const name = l10n.t("Branch with {0}", spokenToken(alternative));
  const running = status.kind === "running";
  return html`<article class="continuation" aria-label=${name} aria-busy=${running ? "true" : "false"}>
    <h3>${l10n.t("With")} <span class="alternative">${tokenTemplate(alternative)}</span></h3>
    ${tokensTemplate(tokens, mode, false)}
    <p class="continuation-foot">${figures(tokens, formats)}<span>${statusText(status)}</span></p>
    ${status.kind === "failed" ? errorNotice(status.error, actions.openLog) : null}
    <div class="actions">
      ${running ? button(l10n.t("Stop"), name, () => actions.stopBranch(id)) : null}
      ${button(l10n.t("Copy"), name, () => actions.copyBranch(id))}
      ${
        alternative.bytes === undefined
          ? button(l10n.t("Replace in Editor"), name, () => actions.replaceToken(id))
          : null
      }
      ${button(l10n.t("Remove"), name, () => actions.removeBranch(id))}
    </div>
  </article>`;
}

/** The tokens, to be read as a text. */
function tokensTemplate(tokens: readonly ContinuedToken[], mode: ColorMode, more: boolean): TemplateResult {
  return html`<p class="continuation-text" tabindex="0">${tokens.map(
    (token) =>
      html`<span class="piece ${levelClass(token, mode)}">${tokenTemplate(token)}</span
      >${token.text.includes("\n") ? html`<br />` : nothing}`,
  )}${more ? "…" : nothing}</p>`;
}

function figures(tokens: readonly ContinuedToken[], formats: NumberFormats): TemplateResult {
  const mean = meanBits(tokens);
  return html`<span>${tokenCount(tokens.length, formats)}</span>${
    mean === null ? null : html`<span>${l10n.t("{0} bits per token", formats.decimal(mean))}</span>`
  }`;
}

function statusText(status: Branch["status"]): string {
  switch (status.kind) {
    case "running":
      return l10n.t("Generating…");
    case "finished":
      return finishText(status.reason);
    case "failed":
      return l10n.t("Broke off");
    default:
      return status satisfies never;
  }
}

/** A button with a word on it, named for the branch it is of. */
function button(word: string, branch: string, click: () => void): TemplateResult {
  return html`<button type="button" class="text-button" aria-label=${`${word}: ${branch}`} @click=${click}>${textTemplate(word)}</button>`;
}
