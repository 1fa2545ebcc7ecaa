/** Stored runs as the compare panel shows them: one, or two side by side. Pure. */
import type { CellMark } from "../../runtime/comparePanelProtocol";
import type { PromptCell, RunItem } from "../../runtime/promptProtocol";
import { type Device, type DeviceChoice, deviceChoices } from "../../runtime/protocol";
import { type StoredRun, sourceOf } from "./runFolder";
import { type RunPart, ShownRun } from "./shownRun";

/** A stored run, to be shown as it was. */
export function showStored(number: number, stored: StoredRun): ShownRun {
  const { record } = stored;
  const run = base(number, record.file, [stored]);
  run.variants = record.variants.map(({ name, rule }) => ({ name, rule }));
  run.parts = [partOf(stored, 0, null)];
  run.setItems(0, stored.items);
  for (const cell of stored.cells) run.setCell(cell);
  run.setSummaries(record.variants);
  for (const mark of stored.notes.marks) if (inside(run, mark)) run.setMark(mark);
  return run;
}

/** Two stored runs: the variants of both as columns, their equal inputs as rows. `names` tell the two apart. */
export function showTwo(
  number: number,
  title: string,
  { a, b, names }: { readonly a: StoredRun; readonly b: StoredRun; readonly names: readonly [string, string] },
): ShownRun {
  const run = base(number, title, [a, b]);
  const { items, places } = alignItems(a.items, b.items);
  const second = a.record.variants.length;
  const column = (stored: StoredRun, name: string) =>
    stored.record.variants.map((variant) => ({ name: `${name} · ${variant.name}`, rule: variant.rule }));
  run.variants = [...column(a, names[0]), ...column(b, names[1])];
  run.parts = [partOf(a, 0, places[0]), partOf(b, second, places[1])];
  run.setItems(0, items);
  for (const [stored, first, own] of [
    [a, 0, places[0]],
    [b, second, places[1]],
  ] as const) {
    const shownAt = inverse(own);
    const moved = <T extends Pick<PromptCell, "variant" | "item">>(at: T): T | null => {
      const item = shownAt.get(at.item);
      return item === undefined ? null : { ...at, variant: at.variant + first, item };
    };
    for (const cell of stored.cells) withPlace(moved(cell), (placed) => run.setCell(placed));
    for (const mark of stored.notes.marks)
      withPlace(moved(mark), (placed) => inside(run, placed) && run.setMark(placed));
  }
  const summaries = [...a.record.variants, ...b.record.variants];
  run.setSummaries(summaries.map((summary, i) => ({ ...summary, name: run.variants[i]?.name ?? summary.name })));
  return run;
}

/** The inputs of both, those of `a` first; and the own number of each in `a` and in `b`, −1 where it has none. */
export function alignItems(
  a: readonly RunItem[],
  b: readonly RunItem[],
): { readonly items: readonly RunItem[]; readonly places: readonly [readonly number[], readonly number[]] } {
  const free = new Map<string, number[]>();
  for (const [index, item] of b.entries()) {
    const same = free.get(keyOf(item));
    if (same) same.push(index);
    else free.set(keyOf(item), [index]);
  }
  // The first of equal inputs stands for the first, the second for the second.
  const inB = a.map((item) => free.get(keyOf(item))?.shift() ?? -1);
  const onlyB = [...free.values()].flat().sort((x, y) => x - y);
  const items = [...a, ...onlyB.flatMap((index) => b[index] ?? [])];
  return {
    items,
    places: [
      [...a.keys(), ...onlyB.map(() => -1)],
      [...inB, ...onlyB],
    ],
  };
}

function keyOf({ fields, gold }: RunItem): string {
  return JSON.stringify([Object.entries(fields).sort(([x], [y]) => (x < y ? -1 : 1)), gold]);
}

function inverse(own: readonly number[]): ReadonlyMap<number, number> {
  return new Map(own.flatMap((item, shown) => (item < 0 ? [] : [[item, shown] as const])));
}

function withPlace<T>(placed: T | null, use: (placed: T) => unknown): void {
  if (placed) use(placed);
}

function base(number: number, title: string, stored: readonly StoredRun[]): ShownRun {
  const complete = stored.every(({ record }) => record.complete);
  const run = new ShownRun(number, title, { kind: complete ? "complete" : "stopped" });
  const models = stored.map(({ record: { model } }) => ({ name: model.name, device: model.device }));
  const isNew = (model: { name: string; device: string }, i: number) =>
    models.findIndex(({ name, device }) => name === model.name && device === model.device) === i;
  run.models = models.filter(isNew);
  run.task = stored[0]?.record.task ?? "";
  run.startedAt = stored[0]?.record.startedAt ?? null;
  run.notes = stored.flatMap(({ problems }) => problems);
  run.total = stored.reduce((sum, { record }) => sum + record.variants.length * record.items, 0);
  run.elapsedMs = stored.reduce((sum, { record }) => sum + record.elapsedMs, 0);
  return run;
}

function partOf(stored: StoredRun, firstVariant: number, items: readonly number[] | null): RunPart {
  const { folder, record } = stored;
  const { model } = record;
  return {
    ...{ folder, record, firstVariant, items },
    source: sourceOf(stored),
    overrides: record.overrides,
    model: { folder: model.folder, device: choiceOf(model.device), contextLength: model.contextLength },
    names: record.variants.map(({ name }) => name),
  };
}

/** The device that a record names; what is none is left to choose. */
function choiceOf(device: string): DeviceChoice | Device {
  return deviceChoices.find((choice) => choice === device) ?? "auto";
}

function inside(run: ShownRun, { variant, item }: CellMark): boolean {
  return variant < run.variants.length && item < run.items.length;
}
