/** What a data set holds, before anything is trained. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { streamRows } from "../dataset/streamRows";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { SplitName, TaskType, TrainingDataPreview, TrainingPreviewParams } from "../trainingDataProtocol";
import { countByLabel, dataWarnings, obstacle } from "./dataWarnings";
import { encodeItem, type LabelledItem } from "./inputTransforms";
import { type ItemFields, itemReader, type NamedItem } from "./itemFields";
import { type FileItem, labelCount } from "./itemFile";
import { type ArrangedData, arrangeData, fileHashes, type LoadOptions } from "./trainingData";

/** How many items a preview shows. */
const shownItems = 20;
/** Longest text of an item that is shown, UTF-16 code units. */
const maxShown = 500;
const splitNames: readonly SplitName[] = ["train", "dev", "test"];

/**
 * Reads the files of `params.data` and tells what they hold, and how many tokens of `tokenizer` the items have (null: they are not counted).
 * No texts but a few examples are kept, and others get their turn every few milliseconds. Throws as `loadTrainingData`, but for data that are
 * only no use to train on: a warning says so.
 */
export async function previewTrainingData(
  params: Omit<TrainingPreviewParams, "model">,
  tokenizer: Pick<Tokenizer, "encode"> | null,
  options: LoadOptions = {},
): Promise<TrainingDataPreview> {
  const { data } = params;
  const measure = tokenizer ? { measure: (item: LabelledItem) => itemLength(item, data.task, tokenizer) } : {};
  const arranged = await arrangeData(data, { keepFields: false, ...measure }, options);
  const { files, parts, duplicates, leaked, contradictions } = arranged;
  const used = splitNames.flatMap((name) => parts[name]);
  const tokens = tokenizer ? tokenStatistics(used, params.maxLength ?? Number.POSITIVE_INFINITY) : null;
  const problem = obstacle(arranged, data);
  return {
    columns: files.train.columns,
    items: await firstItems(arranged, params, options),
    labels: files.train.labels,
    splits: splitNames.map((name) => ({
      name,
      items: parts[name].length,
      byLabel: countByLabel(parts[name], labelCount(files.train)),
    })),
    ...{ duplicates, leaked, contradictions, tokens },
    warnings: [...(problem === null ? [] : [problem]), ...dataWarnings(arranged, data), ...cutWarnings(tokens, used)],
    sha256: fileHashes(files),
  };
}

/** Tokens of the longest sequence of an item, with the special ones. */
export function itemLength(
  item: Pick<LabelledItem, "fields" | "label">,
  task: TaskType,
  tokenizer: Pick<Tokenizer, "encode">,
): number {
  const special = { start: 0, delimiter: 0, extract: 0 };
  const encode = (text: string) => tokenizer.encode(text);
  const { sequences } = encodeItem(item, task, encode, special, Number.POSITIVE_INFINITY);
  return Math.max(...sequences.map(({ length }) => length));
}

function tokenStatistics(items: readonly FileItem[], maxLength: number): TrainingDataPreview["tokens"] {
  const lengths = Uint32Array.from(items, ({ measure }) => measure).sort();
  return {
    median: lengths[lengths.length >> 1] ?? 0,
    longest: lengths.at(-1) ?? 0,
    truncated: lengths.reduce((count, length) => count + (length > maxLength ? 1 : 0), 0),
  };
}

function cutWarnings(tokens: TrainingDataPreview["tokens"], used: readonly FileItem[]): string[] {
  if (!tokens || tokens.truncated === 0) return [];
  const share = Math.max(1, Math.round((100 * tokens.truncated) / used.length));
  return [l10n.t("Items that are too long and will be cut: {0} ({1} %).", tokens.truncated, share)];
}

/** The first items of the file to train on that are used: read once more, as far as they reach. */
async function firstItems(
  { files: { train }, parts }: ArrangedData,
  { data }: Omit<TrainingPreviewParams, "model">,
  { signal }: LoadOptions,
): Promise<TrainingDataPreview["items"]> {
  const ownFile = { train: false, dev: data.dev !== undefined, test: data.test !== undefined };
  const candidates = splitNames
    .filter((name) => !ownFile[name])
    .flatMap((split) => parts[split].slice(0, shownItems).map(({ line }) => ({ line, split })));
  const wanted = new Map(
    candidates
      .sort((a, b) => a.line - b.line)
      .slice(0, shownItems)
      .map((item) => [item.line, item]),
  );
  const items: TrainingDataPreview["items"][number][] = [];
  const read = itemReader(data);
  for await (const rows of streamRows(train.path, basename(train.path), signal ? { signal } : {})) {
    for (const row of rows) {
      const place = wanted.get(row.line);
      const item = place && "fields" in row ? read(row.fields) : null;
      if (place && item && "fields" in item) items.push({ ...place, fields: shownFields(item) });
    }
    if (items.length === wanted.size) break;
  }
  return items;
}

/** Texts to show; the label of a multiple choice is the right choice. */
function shownFields({ fields, label }: NamedItem): Record<string, string> {
  const { choices } = fields;
  const shown: ItemFields = { ...fields, label: choices ? (choices[Number(label)] ?? label) : label };
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => {
      const text = typeof value === "string" ? value : value.join(" | ");
      return [name, text.length > maxShown ? `${text.slice(0, maxShown)}…` : text];
    }),
  );
}
