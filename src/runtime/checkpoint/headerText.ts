/** What JSON.parse does not tell of a safetensors header, and names fit for a message. */
import * as l10n from "@vscode/l10n";
import { invalidCheckpoint } from "../errors";

/** A name out of a file, short enough for a message. */
export function brief(name: string): string {
  return name.length > 120 ? `${name.slice(0, 120)}…` : name;
}

/**
 * Refuses a header that says a thing twice: of two values JSON.parse silently keeps the last, other readers the first.
 * @param json valid JSON, an object.
 * @throws RuntimeError `invalidCheckpoint`, naming the key.
 */
export function checkNoDuplicateKeys(json: string, file: string): void {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (const [token] of json.matchAll(structure)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) noteKey(open.at(-1), token, file);
  }
}

/** Brackets, and strings with the colon that makes them keys. Numbers, literals and commas match nothing. */
const structure = /[{}[\]]|"(?:[^"\\]|\\.)*"(?:\s*:)?/gs;

function noteKey(keys: Set<string> | null | undefined, token: string, file: string): void {
  const key = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
  if (keys?.has(key)) throw invalidCheckpoint(file, l10n.t('has the key "{0}" twice in its header', brief(key)));
  keys?.add(key);
}
