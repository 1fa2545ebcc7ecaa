/** What goes into a panel's page. */
export interface PanelHtmlOptions {
  /** The custom element that is the panel. */
  readonly element: "gptw-inspector" | "gptw-reliability" | "gptw-compare" | "gptw-training" | "gptw-comparison";
  /** Fresh for each page: only scripts that carry it run. */
  readonly nonce: string;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** The l10n bundle as JSON; `{}` for English. */
  readonly l10nJson: string;
  /** BCP 47 tag of the user's language. */
  readonly lang: string;
  readonly title: string;
}

/** Hash of no text: the UI toolkit puts an empty style element on the page and fills it by script. It lets nothing else in. */
const emptyStyleHash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/** A panel's page: one custom element under a policy that lets nothing in but our script and style. Pure. */
export function panelHtml(options: PanelHtmlOptions): string {
  const { element } = options;
  const { nonce, cspSource, scriptUri, styleUri, l10nJson, lang, title } = mapValues(options, escapeHtml);
  const policy = [
    "default-src 'none'",
    `style-src ${cspSource} 'nonce-${nonce}' ${emptyStyleHash}`,
    `font-src ${cspSource}`,
    "img-src data:", // pictures that the page itself makes, on their way to a file
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${lang}">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="csp-nonce" content="${nonce}">
  <meta name="viewport" content="width=device-width, initial-scale=1.0">
  <link rel="stylesheet" href="${styleUri}">
  <title>${title}</title>
</head>
<body data-l10n="${l10nJson}">
  <${element}></${element}>
  <script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>
`;
}

function mapValues(options: PanelHtmlOptions, map: (value: string) => string): Omit<PanelHtmlOptions, "element"> {
  return {
    nonce: map(options.nonce),
    cspSource: map(options.cspSource),
    scriptUri: map(options.scriptUri),
    styleUri: map(options.styleUri),
    l10nJson: map(options.l10nJson),
    lang: map(options.lang),
    title: map(options.title),
  };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
