/** JSON Lines: one object a line. */
import * as l10n from "@vscode/l10n";
import { item } from "../prompt/promptFile";
import { maxRowLength, type RawRow } from "./rawRow";

/** Every line that is not blank, as a row or with what is wrong with it. */
export function* readJsonLines(text: string): Generator<RawRow> {
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const stop = end < 0 ? text.length : end;
    const row = text.slice(start, stop).trim();
    start = stop + 1;
    line++;
    if (row !== "") yield readLine(row, line);
  }
}

/**
 * As `readJsonLines`, from pieces of text as they come: the rows of one piece at a time. Fields that are no text, number or list of texts are
 * left out instead of spoiling their rows.
 */
export async function* streamJsonLines(pieces: AsyncIterable<string>): AsyncGenerator<readonly RawRow[]> {
  let line = 0;
  let rest = "";
  const readRows = (rows: readonly string[]) =>
    rows.flatMap((row) => {
      line++;
      const text = row.trim();
      return text === "" ? [] : [readLine(text, line, true)];
    });
  for await (const piece of pieces) {
    const rows = (rest + piece).split("\n");
    rest = (rows.pop() ?? "").trimStart();
    // Its beginning is enough to see that it is too long.
    if (rest.length > 2 * maxRowLength) rest = rest.slice(0, maxRowLength + 1);
    yield readRows(rows);
  }
  yield readRows([rest]);
}

function readLine(row: string, line: number, lenient = false): RawRow {
  if (row.length > maxRowLength)
    return { line, problem: l10n.t("The row is longer than {0} characters.", maxRowLength) };
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch (error) {
    return { line, problem: l10n.t("This is not JSON ({0}).", error instanceof Error ? error.message : String(error)) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { line, problem: l10n.t("The row is not an object: it needs braces with names and values.") };
  }
  const known = Object.entries(value).filter(([, field]) => field !== null && (!lenient || isSimple(field)));
  const parsed = item.safeParse(Object.fromEntries(known));
  if (parsed.success) return { line, fields: parsed.data };
  const [name] = parsed.error.issues[0]?.path ?? [];
  return { line, problem: l10n.t('The field "{0}" is neither text, a number nor a list of texts.', String(name)) };
}

/** Text, a number, true or false, or a list of texts. */
function isSimple(field: unknown): boolean {
  return Array.isArray(field) ? field.every((element) => typeof element === "string") : typeof field !== "object";
}
