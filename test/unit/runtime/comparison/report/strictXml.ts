/** A strict reader of the XML that reports are written in: elements, attributes, texts, the five entities and numbers. Throws for all else. */

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The root of a document. */
export function parseXml(text: string): XmlElement {
  if (/[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]|\p{Surrogate}/u.test(text))
    throw new Error("a character is not XML's");
  const body = text.replace(/^<\?xml version="1\.0"( encoding="UTF-8")?\?>/, "").trim();
  const { element, end } = elementAt(body, 0);
  if (end !== body.length) throw new Error(`there is more after the root: ${body.slice(end)}`);
  return element;
}

function elementAt(text: string, start: number): { readonly element: XmlElement; readonly end: number } {
  const open = /^<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/.exec(text.slice(start));
  if (!open) throw new Error(`no element begins at: ${text.slice(start, start + 40)}`);
  const [whole, name = "", given = "", closed] = open;
  const attributes = attributesOf(given);
  let at = start + whole.length;
  if (closed) return { element: { name, attributes, children: [] }, end: at };
  const children: (XmlElement | string)[] = [];
  for (;;) {
    const next = text.indexOf("<", at);
    if (next < 0) throw new Error(`${name} has no end`);
    if (next > at) children.push(textOf(text.slice(at, next)));
    const end = `</${name}>`;
    if (text.startsWith("</", next)) {
      if (!text.startsWith(end, next)) throw new Error(`${name} does not end at: ${text.slice(next, next + 40)}`);
      return { element: { name, attributes, children }, end: next + end.length };
    }
    const child = elementAt(text, next);
    children.push(child.element);
    at = child.end;
  }
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value] as const);
  if (new Set(found.map(([name]) => name)).size < found.length) throw new Error(`an attribute stands twice: ${text}`);
  return Object.fromEntries(found.map(([name, value]) => [name, textOf(value.replace(/[\t\n\r]/g, " "))]));
}

function textOf(text: string): string {
  if (text.includes("]]>")) throw new Error("]]> ends nothing");
  return text.replace(/&(?:#(\d+);|(\w+);)?/g, (whole, code?: string, name?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    const character = entities[name ?? ""];
    if (character === undefined) throw new Error(`${whole} stands for nothing`);
    return character;
  });
}
