/** Lists of items by how they were answered, which a report's numbers lead to, and the items themselves. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport, ReportItem } from "../../../comparisonReport";
import { htmlHead, htmlText } from "../../../prompt/reportTexts";
import { anchors } from "../reportAnchors";
import { type ReportDocument, shortened } from "../reportTables";

/** Items of a list and of the table, and characters of a text, at most. */
const most = { listed: 500, shown: 2000, characters: 1500 } as const;

type Answer = ReportItem["answers"][number];

/** All lists. */
export function itemLists(document: ReportDocument): string {
  const { report } = document;
  return [
    ...report.arms.flatMap((_, arm) => [wrongList(document, arm), ...cellLists(document, arm)]),
    ...report.pairs.flatMap((_, pair) => [onlyList(document, pair, "first"), onlyList(document, pair, "second")]),
    ...report.slices.map(({ arm, name, only }, slice) => {
      const wrong = document.items.filter(({ item, answers }) => only.includes(item) && !isRight(answers[arm]));
      return list(document, anchors.slice(slice), l10n.t("{0} is wrong: {1}", nameOf(report, arm), name), wrong);
    }),
  ].join("\n");
}

function wrongList(document: ReportDocument, arm: number): string {
  const wrong = document.items.filter(({ answers }) => !isRight(answers[arm]));
  return list(document, anchors.wrong(arm), l10n.t("{0} is wrong", nameOf(document.report, arm)), wrong);
}

/** By the answer of any seed, as the confusion counts them. */
function cellLists(document: ReportDocument, arm: number): readonly string[] {
  const { record, arms } = document.report;
  return (arms[arm]?.confusion ?? []).flatMap((row, label) =>
    row.flatMap((count, answer) => {
      if (count === 0) return [];
      const [gold = "", answered = ""] = [record.labels[label], record.labels[answer]];
      const found = document.items.filter(
        (item) => item.gold === gold && item.answers[arm]?.bySeed.some((of) => of.answer === answered),
      );
      const title = l10n.t("{0} says {1} where {2} is right", nameOf(document.report, arm), answered, gold);
      return [list(document, anchors.cell(arm, label, answer), title, found)];
    }),
  );
}

function onlyList(document: ReportDocument, place: number, which: "first" | "second"): string {
  const pair = document.report.pairs[place];
  if (!pair?.mcnemar) return "";
  const [right, wrong] = which === "first" ? [pair.first, pair.second] : [pair.second, pair.first];
  const found = document.items.filter(({ answers }) => isRight(answers[right]) && !isRight(answers[wrong]));
  const { report } = document;
  const title = l10n.t("{0} is right and {1} wrong", nameOf(report, right), nameOf(report, wrong));
  return list(document, anchors.only(place, which), title, found);
}

function nameOf({ arms }: ComparisonReport, arm: number): string {
  return arms[arm]?.name ?? "";
}

/** Whether the answer of most seeds is right. */
function isRight(answer: Answer | undefined): boolean {
  return answer?.bySeed.find((of) => of.answer === answer.answer)?.right ?? false;
}

function list({ items }: ReportDocument, id: string, title: string, found: readonly ReportItem[]): string {
  const shown = new Set(items.slice(0, most.shown).map(({ item }) => item));
  const links = found
    .slice(0, most.listed)
    .map(({ item }) => (shown.has(item) ? `<a href="#${anchors.item(item)}">${item}</a>` : String(item)));
  const rest = found.length - links.length;
  const more = rest > 0 ? ` ${htmlText(l10n.t("and {0} more", rest))}` : "";
  return `<p class="list" id="${id}"><strong>${htmlText(title)}</strong> (${found.length}): ${links.join(" ")}${more}</p>`;
}

/** A row for each item, a column for each arm. */
export function itemTable({ report, items }: ReportDocument): string {
  const head = [l10n.t("Item"), l10n.t("Right answer"), ...report.arms.map(({ name }) => name)];
  const rows = items.slice(0, most.shown).map((item) => {
    const answers = item.answers.map((answer) => answerCell(answer, item.gold, report.record.labels));
    const gold = `<td>${htmlText(cut(item.gold))}</td>`;
    return `<tr id="${anchors.item(item.item)}">${heading(item)}${gold}${answers.join("")}</tr>`;
  });
  const caption =
    items.length > rows.length
      ? l10n.t("The first {0} items of test with every arm's answers; JSON has all", rows.length)
      : l10n.t("Items of test with every arm's answers");
  return `<table class="items"><caption>${htmlText(caption)}</caption>\n${htmlHead(head)}\n<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

function heading({ item, file, line, fields }: ReportItem): string {
  const texts = Object.entries(fields).map(([name, value]) => `${name}: ${cut(value)}`);
  const where = `<small>${htmlText(`${file}:${line}`)}</small>`;
  return `<th scope="row">${item}. ${htmlText(texts.join("\n"))}\n${where}</th>`;
}

function answerCell(answer: Answer, gold: string, labels: readonly string[]): string {
  const p = answer.probabilities?.[labels.indexOf(answer.answer)];
  const numbers = [
    answer.seeds > 1 ? l10n.t("{0} of {1} right", answer.right, answer.seeds) : isRight(answer) ? "" : l10n.t("wrong"),
    p === undefined ? "" : `p = ${p.toFixed(3)}`,
  ].filter((text) => text !== "");
  const wrong = isRight(answer) || answer.answer === gold ? "" : ' class="wrong"';
  const small = numbers.length === 0 ? "" : `\n<small>${htmlText(numbers.join(", "))}</small>`;
  return `<td><span${wrong}>${htmlText(cut(answer.answer))}</span>${small}</td>`;
}

function cut(text: string): string {
  return shortened(text, most.characters);
}
