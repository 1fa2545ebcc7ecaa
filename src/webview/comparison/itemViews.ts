/** One item of test, with what arms answered, and one answer computed again. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";
import type { Replay } from "../../runtime/comparisonProtocol";
import type { Prediction } from "../../runtime/comparisonRecord";
import type { ComparisonReport, ReportItem } from "../../runtime/comparisonReport";
import type { WorkProgress } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { verdict } from "../shared/verdict";
import { clipped } from "./clipped";
import { none } from "./columns";
import { button, errorNotice, progressView } from "./messageViews";
import { scrolling } from "./tableView";

/** One answer: by the arm's number among the report's. */
export interface AnswerAddress {
  readonly arm: number;
  readonly seed: number;
  readonly item: number;
}

/** A replay that was asked for. */
export type Replaying = PanelAnswer<Replay> | "asking";

/** What an item is drawn from. */
export interface ItemContext {
  readonly report: ComparisonReport;
  readonly formats: NumberFormats;
  /** Arms that the list is about, which are shown at once; all when there are none. */
  readonly arms: readonly number[];
  readonly replays: ReadonlyMap<string, Replaying>;
  readonly progress: WorkProgress | null;
  /** Numbers of items whose other arms are shown too. */
  readonly unfolded: ReadonlySet<number>;
  unfold(item: number, isOpen: boolean): void;
  replay(address: AnswerAddress): void;
  cancelReplay(): void;
  openData(file: string, line: number): void;
  openLog(): void;
}

/** Names of answers that have a column each, at most; of more, the answer's and the right one's are shown. */
const mostColumns = 6;

/** Key of an answer among `replays`. */
export function keyOf({ arm, seed, item }: AnswerAddress): string {
  return `${arm} ${seed} ${item}`;
}

/** The item. */
export function itemView(item: ReportItem, context: ItemContext): TemplateResult {
  const { report, arms, openData } = context;
  const all = item.answers.map((_, arm) => arm);
  const shown = arms.length === 0 ? all : arms;
  const others = all.filter((arm) => !shown.includes(arm));
  const place = `${item.file}:${item.line}`;
  const { choices: _, ...fields } = item.fields;
  const listed = item.names.length > 0 && report.record.labels.length === 0 ? item.names : [];
  return html`<article class="item" aria-label=${l10n.t("Item {0}", item.item)}>
    <header class="item-head"><h3>${l10n.t("Item {0}", item.item)}</h3>
      <button type="button" class="link path" title=${l10n.t("Open this line")} @click=${() => openData(item.file, item.line)}>${textTemplate(place)}</button></header>
    <dl class="item-fields">${Object.entries(listed.length > 0 ? fields : item.fields).map(
      ([name, value]) => html`<div><dt>${textTemplate(name)}</dt><dd>${clipped(value)}</dd></div>`,
    )}
      ${listed.length > 0 ? html`<div><dt>${l10n.t("Choices")}</dt><dd><ol class="item-choices">${listed.map((name) => html`<li>${clipped(name)}</li>`)}</ol></dd></div>` : nothing}
      <div><dt>${l10n.t("Right answer")}</dt><dd><strong>${clipped(item.gold)}</strong></dd></div>
    </dl>
    ${answerTable(item, shown, context)}${shown.map((arm) => replaysOf(item, arm, context))}
    ${others.length === 0 ? nothing : othersView(item, others, context)}
  </article>`;
}

/** Arms that the list is not about: drawn when they are looked at, as there may be many. */
function othersView(item: ReportItem, others: readonly number[], context: ItemContext): TemplateResult {
  const isOpen = context.unfolded.has(item.item);
  const toggle = ({ target, currentTarget }: Event) => {
    if (target === currentTarget && target instanceof HTMLDetailsElement) context.unfold(item.item, target.open);
  };
  return html`<details class="folded" .open=${isOpen} @toggle=${toggle}>
    <summary>${l10n.t("Other arms: {0}", others.length)}</summary>
    ${isOpen ? html`<div class="folded-body">${answerTable(item, others, context)}${others.map((arm) => replaysOf(item, arm, context))}</div>` : nothing}
  </details>`;
}

/** A row for each seed of each arm. */
function answerTable(item: ReportItem, arms: readonly number[], context: ItemContext): TemplateResult {
  const { report } = context;
  const hasProbabilities = arms.some((arm) => item.answers[arm]?.probabilities);
  const names = hasProbabilities ? columnNames(item, report) : [];
  const caption = l10n.t("Answers to item {0}", item.item);
  const rows = arms.flatMap((arm) => {
    const answer = item.answers[arm];
    if (!answer) return [];
    return answer.bySeed.map((one, i) => {
      const record = report.arms[arm];
      const address = { arm, seed: one.seed, item: item.item };
      const label = l10n.t(
        "Reproduce the answer of {0}, seed {1}, to item {2}",
        record?.name ?? "",
        one.seed,
        item.item,
      );
      return html`<tr class=${i === 0 ? "first-seed" : nothing}>
        ${i === 0 ? html`<th scope="rowgroup" rowspan=${answer.bySeed.length}>${textTemplate(record?.name ?? "")}<span class="interval">${answer.seeds > 1 ? l10n.t("{0} of {1} right", answer.right, answer.seeds) : ""}</span></th>` : nothing}
        <td class="number">${one.seed}</td>
        <td><span class="answer">${verdict(one.right)} <span>${clipped(one.answer || l10n.t("empty"), 160)}</span></span></td>
        ${names.map(({ of }) => html`<td class="number">${probabilityText(one.probabilities?.[of(one.answer)])}</td>`)}
        <td>${record?.arm === null ? nothing : html`<button type="button" class="link" aria-label=${label} @click=${() => context.replay(address)}>${l10n.t("Reproduce")}</button>`}</td>
      </tr>`;
    });
  });
  return scrolling(
    caption,
    html`<table class="numbers answers">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr><th scope="col">${l10n.t("Arm")}</th><th scope="col" class="number">${l10n.t("Seed")}</th><th scope="col">${l10n.t("Answer")}</th>
        ${names.map(({ name }) => html`<th scope="col" class="number">${textTemplate(name)}</th>`)}<th scope="col"><span class="visually-hidden">${l10n.t("Reproduce")}</span></th></tr></thead>
      <tbody>${rows}</tbody>
    </table>`,
  );
}

interface ProbabilityColumn {
  readonly name: string;
  /** Which probability it is, of a row with this answer. */
  of(answer: string): number;
}

function columnNames({ names, gold }: ReportItem, { record }: ComparisonReport): readonly ProbabilityColumn[] {
  if (names.length <= mostColumns) {
    const isChoice = record.labels.length === 0;
    return names.map((name, k) => ({ name: l10n.t("p of {0}", isChoice ? k + 1 : name), of: () => k }));
  }
  const right = names.indexOf(gold);
  return [
    { name: l10n.t("p of its answer"), of: (answer) => names.indexOf(answer) },
    { name: l10n.t("p of the right one"), of: () => right },
  ];
}

/** Three decimals, as in every table. */
function probabilityText(p: number | undefined): string {
  return p === undefined ? none : p.toFixed(3);
}

function replaysOf(item: ReportItem, arm: number, context: ItemContext): readonly TemplateResult[] {
  return (item.answers[arm]?.bySeed ?? []).flatMap(({ seed }) => {
    const replay = context.replays.get(keyOf({ arm, seed, item: item.item }));
    if (!replay) return [];
    const title = l10n.t("{0}, seed {1}: computed again", context.report.arms[arm]?.name ?? "", seed);
    return [
      html`<section class="replay" aria-label=${title}><h4>${textTemplate(title)}</h4>${replayView(replay, item, context)}</section>`,
    ];
  });
}

function replayView(replay: Replaying, item: ReportItem, context: ItemContext): TemplateResult {
  if (replay === "asking")
    return html`${progressView(context.progress, l10n.t("Computing…"), context.formats)}
      ${button(l10n.t("Cancel"), context.cancelReplay)}`;
  switch (replay.kind) {
    case "ready":
      return replayed(replay.value, item);
    case "failed":
      return errorNotice(replay.error, context.openLog);
    case "cancelled":
      return html`<p class="hint">${l10n.t("Cancelled.")}</p>`;
    case "outdated":
      return html`<p class="hint">${l10n.t("Another comparison is shown by now.")}</p>`;
    default:
      return replay satisfies never;
  }
}

function replayed({ recorded, now, difference, same, prompt }: Replay, item: ReportItem): TemplateResult {
  const words = !same
    ? l10n.t("Not reproduced: what came out now is not what was recorded.")
    : difference === 0
      ? l10n.t("Reproduced to the last bit.")
      : l10n.t(
          "Reproduced: the same answer, and probabilities that differ by {0} at most.",
          difference.toExponential(1),
        );
  const caption = l10n.t("Recorded, and now");
  return html`<p class="replay-verdict" role="status">${verdict(same, same ? l10n.t("reproduced") : l10n.t("not reproduced"))} <span>${words}${same ? nothing : html` ${l10n.t("Largest difference of a probability: {0}.", difference.toExponential(2))}`}</span></p>
    ${scrolling(
      caption,
      html`<table class="numbers">
        <caption class="visually-hidden">${caption}</caption>
        <thead><tr><td></td><th scope="col" class="number">${l10n.t("Recorded")}</th><th scope="col" class="number">${l10n.t("Now")}</th></tr></thead>
        <tbody>${replayRows(recorded, now, item)}</tbody>
      </table>`,
    )}
    ${
      prompt === null
        ? nothing
        : html`<details class="folded"><summary>${l10n.t("The prompt, as the model got it")}</summary>
          <pre class="prompt-text" tabindex="0">${textTemplate(prompt)}</pre></details>`
    }`;
}

function replayRows(recorded: Prediction, now: Prediction, { names }: ReportItem): readonly TemplateResult[] {
  const answer = ({ label, text }: Prediction) => (label === null ? (text ?? "") : (names[label] ?? String(label)));
  const row = (name: string, values: readonly [string, string]) =>
    html`<tr><th scope="row">${textTemplate(name)}</th>${values.map((value) => html`<td class="number">${clipped(value, 200)}</td>`)}</tr>`;
  const probability = (of: Prediction, k: number) => of.probabilities?.[k]?.toFixed(6) ?? none;
  return [
    row(l10n.t("Answer"), [answer(recorded), answer(now)]),
    ...(recorded.probabilities ?? []).map((_, k) =>
      row(l10n.t("p of {0}", names[k] ?? k), [probability(recorded, k), probability(now, k)]),
    ),
    ...(recorded.logprob === null || now.logprob === null
      ? []
      : [row(l10n.t("ln p of the right text"), [recorded.logprob.toFixed(4), now.logprob.toFixed(4)])]),
    row(l10n.t("Milliseconds"), [recorded.ms.toFixed(1), now.ms.toFixed(1)]),
  ];
}
