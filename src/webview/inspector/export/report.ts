/** A view as an HTML page of its own: static, without script, light or dark as its reader has it. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import { parseColor, type Rgb } from "../../shared/color";
import { drawingSvg, escapeMarkup } from "../../shared/drawing";
import { shortNumber } from "../../shared/markdown";
import { paintTable } from "../../shared/scales";
import type { ViewPicture, ViewTable } from "../viewContext";
import type { Fact } from "./facts";
import type { FlowPart } from "./flowDrawing";

/** What the page shows. Every text is untrusted. */
export interface Report {
  readonly title: string;
  /** BCP 47 tag. */
  readonly language: string;
  readonly facts: readonly Fact[];
  /** The tokens of the text, or of both texts. */
  readonly texts: readonly FlowPart[];
  readonly picture: ViewPicture | null;
  readonly table: ViewTable;
}

/** Rows of the table at most: a note says how many there were. */
export const reportRows = 5000;

/** The page. Its policy lets nothing in and runs nothing. */
export function reportHtml({ title, language, facts, texts, picture, table }: Report): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!DOCTYPE html>
<html lang="${escapeMarkup(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="GPT Workbench">
<title>${escapeMarkup(title)}</title>
<style>
${style()}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<dl>
${facts.map(({ name, value }) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`).join("\n")}
</dl>
${texts.map(textHtml).join("\n")}
${picture ? `<figure>${pictureHtml(picture, table.title)}</figure>` : ""}
<h2>${escapeMarkup(table.title)}</h2>
${tableHtml(table)}
</body>
</html>
`;
}

function textHtml({ title, chips }: FlowPart): string {
  const spans = chips.map(
    ({ text, fill, ends }) => `<span class="${fill}">${escapeMarkup(text)}</span>${ends ? "<br>" : ""}`,
  );
  const heading = title ? `<h2>${escapeMarkup(title)}</h2>\n` : "";
  return `${heading}<p class="tokens">${spans.join("")}</p>`;
}

function pictureHtml(picture: ViewPicture, label: string): string {
  if ("drawing" in picture) return drawingSvg(picture.drawing, (paint) => `var(--${paint})`);
  // As an image nothing in it can run, whoever made it.
  const source =
    "png" in picture
      ? `data:image/png;base64,${base64(picture.png)}`
      : `data:image/svg+xml;base64,${base64(new TextEncoder().encode(picture.svg))}`;
  return `<img src="${source}" alt="${escapeMarkup(label)}">`;
}

function tableHtml({ columns, rows }: ViewTable): string {
  const shown = rows.slice(0, reportRows);
  const more = rows.length - shown.length;
  const note = more > 0 ? `<p>${escapeMarkup(l10n.t("{0} more rows are left out.", more))}</p>` : "";
  const head = columns.map((column) => `<th scope="col">${escapeMarkup(column)}</th>`).join("");
  const body = shown.map((cells) => `<tr>${cells.map(cellHtml).join("")}</tr>`).join("\n");
  return `<div class="table"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody>
</table></div>
${note}`;
}

function cellHtml(value: string | number | null): string {
  if (typeof value !== "number") return `<td>${escapeMarkup(value ?? "")}</td>`;
  return `<td class="number" title="${value}">${shortNumber(value)}</td>`;
}

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}

const light = { background: "#ffffff", foreground: "#1f1f1f", muted: "#5f5f5f", line: "#d4d4d4" };
const dark = { background: "#1f1f1f", foreground: "#d4d4d4", muted: "#9d9d9d", line: "#3c3c3c" };

function style(): string {
  return `:root { color-scheme: light dark; ${properties(light)} }
@media (prefers-color-scheme: dark) { :root { ${properties(dark)} } }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: var(--foreground); background: var(--background); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 2em; }
dl { display: grid; gap: 2px; } dl div { display: flex; gap: 1em; } dt { min-width: 11em; color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
.tokens { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace; line-height: 1.9; }
.tokens span { margin-right: 1px; padding: 1px 2px; border-radius: 2px; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 2em 0; overflow-x: auto; } img { max-width: 100%; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; border-bottom: 1px solid var(--line); text-align: left; white-space: pre; } th { color: var(--muted); font-weight: normal; }
.number { text-align: right; }
${levels()}
`;
}

/** A rule for each level of the scales. */
function levels(): string {
  return [...paintTable(theme(light)).keys()]
    .filter((name) => /\d$/.test(name))
    .map((name) => `.${name} { background: var(--${name}); color: var(--${name}-text); }`)
    .join("\n");
}

function properties(colors: typeof light): string {
  return Array.from(paintTable(theme(colors)), ([name, color]) => `--${name}: ${color};`).join(" ");
}

function theme(colors: typeof light) {
  const read = (text: string): Rgb => parseColor(text) ?? [0, 0, 0];
  return {
    background: read(colors.background),
    foreground: read(colors.foreground),
    muted: read(colors.muted),
    line: read(colors.line),
    accent: read("#d18616"),
    blue: read("#1a85ff"),
  };
}
