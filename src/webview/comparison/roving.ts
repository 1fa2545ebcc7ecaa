/** Cells of a table that are buttons: one tab stop for all of them, arrow keys between them. */

/** What a table needs to be walked through: `data-row` and `data-column` of its buttons are their places. */
export function onRovingKey(event: KeyboardEvent): void {
  const from = event.target instanceof HTMLElement ? event.target : null;
  const table = event.currentTarget instanceof HTMLElement ? event.currentTarget : null;
  const place = from && placeOf(from);
  const step = steps[event.key];
  if (!table || !place || !step) return;
  event.preventDefault();
  const next = nearest([...table.querySelectorAll<HTMLElement>("button[data-row]")], place, step);
  if (!next) return;
  enter(table, next);
  next.focus();
}

/** Makes the button that got the focus the one that Tab comes back to. */
export function onRovingFocus(event: FocusEvent): void {
  const table = event.currentTarget;
  if (table instanceof HTMLElement && event.target instanceof HTMLElement && placeOf(event.target))
    enter(table, event.target);
}

function enter(table: HTMLElement, button: HTMLElement): void {
  for (const one of table.querySelectorAll<HTMLElement>("button[data-row]")) one.tabIndex = one === button ? 0 : -1;
}

type Place = readonly [row: number, column: number];

const steps: Readonly<Record<string, Place>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function placeOf({ dataset: { row, column } }: HTMLElement): Place | null {
  return row === undefined || column === undefined ? null : [Number(row), Number(column)];
}

/** The first button in the direction: cells without one are stepped over. */
function nearest(buttons: readonly HTMLElement[], [row, column]: Place, [down, right]: Place): HTMLElement | null {
  let found: { readonly button: HTMLElement; readonly distance: number } | null = null;
  for (const button of buttons) {
    const at = placeOf(button);
    if (!at) continue;
    const [rows, columns] = [at[0] - row, at[1] - column];
    const isAhead = down !== 0 ? columns === 0 && rows * down > 0 : rows === 0 && columns * right > 0;
    const distance = Math.abs(rows) + Math.abs(columns);
    if (isAhead && (!found || distance < found.distance)) found = { button, distance };
  }
  return found?.button ?? null;
}
