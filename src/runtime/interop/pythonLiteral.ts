/** Lists as Python writes them: `['a', "b"]`. Pure. */

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** The texts of a list of string literals, as `ast.literal_eval` reads it; null when the text is none. Also reads JSON's lists. */
export function pythonList(text: string): string[] | null {
  const inner = /^\s*[[(]([\s\S]*)[\])]\s*$/.exec(text)?.[1];
  if (inner === undefined) return null;
  const list: string[] = [];
  const element = /\s*(?:"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)')\s*(,|$)/y;
  while (element.lastIndex < inner.length) {
    if (list.length > 0 && inner.slice(element.lastIndex).trim() === "") break;
    const found = element.exec(inner);
    if (!found) return null;
    list.push(unescaped(found[1] ?? found[2] ?? ""));
  }
  return list;
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (whole, u?: string, x?: string, c?: string) => {
      const code = u ?? x;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      if (c === "\n") return "";
      return escapes[c ?? ""] ?? (c === "\\" || c === "'" || c === '"' ? c : whole);
    },
  );
}
