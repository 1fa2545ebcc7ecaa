/** Where a place in a template stands in the YAML around it. Pure. */
import type { TextRange, YamlPath, YamlReading } from "../yamlText";

/**
 * The range of `yaml` where `range` of the text at `path` is written: characters that are no white space are in the same order in both, whatever
 * the style. The whole value where its style hides them (escapes).
 */
export function placeInYaml(
  reading: Pick<YamlReading<unknown>, "rangeOf">,
  yaml: string,
  path: YamlPath,
  text: string,
  range: TextRange,
): TextRange {
  const value = reading.rangeOf(path);
  const raw = yaml.slice(value.start, value.end);
  const body = /^[|>][^\n]*\n/.exec(raw)?.[0].length ?? (/^["']/.test(raw) ? 1 : 0);
  const start = follow(raw, body, text, range.start);
  const end = follow(raw, body, text, Math.max(range.start, range.end - 1));
  if (start === null || end === null) return value;
  return { start: value.start + start, end: value.start + end + 1 };
}

/** Offset in `raw` of the character at `offset` of `text`; null when the two do not go together. */
function follow(raw: string, from: number, text: string, offset: number): number | null {
  let at = from;
  for (let i = 0; i <= offset; i++) {
    const char = text[i] ?? "";
    if (/\s/.test(char) && i < offset) continue;
    while (at < raw.length && raw[at] !== char && /\s/.test(raw[at] ?? "")) at++;
    if (raw[at] !== char) return null;
    if (i < offset) at++;
  }
  return at;
}
