/** Writes YAML that parsers of YAML 1.1 (PyYAML) and 1.2 read alike: every text is quoted or a plain block. Pure. */

/** What can be written. Keys whose value is undefined are left out. */
export type Written =
  | string
  | number
  | boolean
  | null
  | readonly Written[]
  | { readonly [key: string]: Written | undefined };

/** The text of a file: comment lines, then the map. */
export function writeYaml(comments: readonly string[], value: { readonly [key: string]: Written | undefined }): string {
  const head = comments.flatMap((comment) => comment.split("\n")).map((line) => `# ${shown(line)}`.trimEnd());
  return `${[...head, ...mapLines(value, "")].join("\n")}\n`;
}

function mapLines(map: { readonly [key: string]: Written | undefined }, indent: string): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const [first = "", ...rest] = valueLines(value, indent);
    return [`${indent}${keyText(key)}:${first}`, ...rest];
  });
}

/** The first line is what stands behind the key. */
function valueLines(value: Written, indent: string): string[] {
  const deeper = `${indent}  `;
  if (typeof value === "string") return isBlock(value) ? [" |-", ...block(value, deeper)] : [` ${quoted(value)}`];
  if (value === null || typeof value !== "object") return [` ${JSON.stringify(value)}`];
  if (isList(value)) return value.length === 0 ? [" []"] : listLines(value, deeper);
  return Object.keys(value).length === 0 ? [" {}"] : ["", ...mapLines(value, deeper)];
}

function listLines(list: readonly Written[], indent: string): string[] {
  const simple = list.every((element) => element === null || typeof element !== "object");
  const line = `[${list.map((element) => (typeof element === "string" ? quoted(element) : String(element))).join(", ")}]`;
  if (simple && line.length <= 100) return [` ${line}`];
  return ["", ...list.flatMap((element) => elementLines(element, indent))];
}

function elementLines(element: Written, indent: string): string[] {
  if (element === null || typeof element !== "object" || isList(element)) {
    const [first = "", ...rest] = valueLines(element, indent);
    return [`${indent}-${first}`, ...rest];
  }
  const [first = "", ...rest] = mapLines(element, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

function isList(value: Written): value is readonly Written[] {
  return Array.isArray(value);
}

/** Words that YAML 1.1 takes for something else than text. */
const notText = /^(y|n|yes|no|true|false|on|off|null)$/i;

function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !notText.test(key) ? key : quoted(key);
}

/** What the double quotes of JSON leave as it is, but PyYAML refuses or folds. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/gu;

function quoted(text: string): string {
  return JSON.stringify(text).replace(unprintable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Whether several lines can stand as they are: nothing at their ends, or at the beginning, that a parser or an editor takes away. */
function isBlock(text: string): boolean {
  return (
    text.includes("\n") && /^\S/.test(text) && /\S$/.test(text) && !/[^\P{C}\n]|[ \t]\n|\t|[\u2028\u2029]/u.test(text)
  );
}

function block(text: string, indent: string): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : indent + line));
}

function shown(line: string): string {
  return line.replace(/\p{C}/gu, " ");
}
