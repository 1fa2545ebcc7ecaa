/** Where the members of a JSON object stand in its text. Pure. */

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  readonly value: unknown;
  /** Of the value, with its quotes. */
  readonly start: number;
  readonly end: number;
}

/** A string, a number or a word, or one of the characters that shape JSON. */
const token = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g;

/** The members of an object on one line, in their order; null for anything else. */
export function jsonMembers(text: string): readonly JsonMember[] | null {
  try {
    const whole: unknown = JSON.parse(text);
    if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return null;
  } catch {
    return null;
  }
  const members: JsonMember[] = [];
  let depth = 0;
  let key: string | null = null;
  let start = -1;
  let end = -1;
  const close = () => {
    if (key !== null && start >= 0) members.push({ key, value: JSON.parse(text.slice(start, end)), start, end });
    key = null;
    start = -1;
  };
  for (const { 0: part, index } of text.matchAll(token)) {
    if (depth === 1 && (part === "," || part === "}")) close();
    else if (depth === 1 && key === null) key = String(JSON.parse(part));
    else if (depth >= 1 && !(depth === 1 && part === ":")) {
      if (start < 0) start = index;
      end = index + part.length;
    }
    if (part === "{" || part === "[") depth++;
    else if (part === "}" || part === "]") depth--;
  }
  return members;
}
