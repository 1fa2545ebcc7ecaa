/** Runs a prompt file: every variant over every input, streaming cells as they come. */
import * as l10n from "@vscode/l10n";
import { endOfText } from "../engine/generate";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError, invalidRequest } from "../errors";
import type { PromptCell, PromptRunEvent, RunItem, VariantSummary } from "../promptProtocol";
import { goldOf } from "./answers";
import { PromptAssembler } from "./assemble";
import type { CellCache } from "./cellCache";
import { promptEncoder } from "./encoder";
import type { LoadedPrompt, PromptParts } from "./loadPrompt";
import { Measurer } from "./measure";
import type { FieldValue, ResolvedVariant } from "./promptFile";
import { summarize, variantRule } from "./summary";
import { VariantRun } from "./variantRun";

/** How to run. */
export interface RunPromptOptions extends Turn {
  readonly cache: CellCache;
  /** Is given every event; what it returns is waited for, so that the receiver sets the pace. */
  readonly onEvent: (event: PromptRunEvent) => unknown;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What came of it. */
export interface PromptOutcome {
  readonly variants: readonly VariantSummary[];
  readonly items: readonly RunItem[];
  /** Final cells that differ from those streamed. */
  readonly recalibrated: readonly PromptCell[];
  /** False when it was cancelled: then the summaries are of what there was. */
  readonly complete: boolean;
}

/** Milliseconds that a batch of inputs should take: cells come in a steady stream, and still share what they can. */
const batchMs = { least: 100, most: 400 };
const largestBatch = 256;
/** Inputs of one event. */
const itemStretch = 200;
/** UTF-16 code units of a field that panels are shown. */
const shownField = 2000;

/**
 * Runs all variants over all inputs, a batch of inputs at a time, in each batch one variant after the other. A cancelled run returns what
 * it had. Throws `notAModelFolder` without a tokenizer, and as `PromptAssembler` and `Measurer` do.
 */
export async function runPrompt(
  model: LoadedModel,
  loaded: LoadedPrompt,
  options: RunPromptOptions,
): Promise<PromptOutcome> {
  const run = new PromptRun(model, loaded, options);
  let complete = true;
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    complete = false;
  } finally {
    await options.cache.flush();
  }
  return { ...run.outcome(), complete };
}

/** The variants of a loaded file, ready to be run by the model. Throws `notAModelFolder` without a tokenizer, `invalidRequest` for a rule that the model cannot. */
export function variantRuns(
  model: LoadedModel,
  loaded: PromptParts,
  cache: CellCache,
  { signal, priority }: Turn,
): VariantRun[] {
  // What else the caller's options hold, such as a progress of its own, is not for the passes.
  const turn: Turn = { signal, priority };
  const encoder = promptEncoder(model, turn);
  for (const variant of loaded.variants) checkRule(model, variant);
  const measurer = new Measurer(model, cache, turn);
  return loaded.variants.map((variant, number) => {
    const assembler = new PromptAssembler(loaded, number, encoder);
    return new VariantRun({ number, variant, assembler, measurer });
  });
}

/** Texts begin after an end of text, or nothing says how probable their first token is. */
function checkRule(model: LoadedModel, { name, labels, choices, scoring }: ResolvedVariant): void {
  if (scoring.rule !== "pmi" || (!labels && choices === null) || endOfText(model) !== null) return;
  throw invalidRequest(
    l10n.t(
      'variant "{0}": the rule "pmi" needs a model with an end-of-text token, which {1} has not',
      name,
      model.info.name,
    ),
    l10n.t('Choose "pmiAnswer", which compares with the answers after a text of yours.'),
  );
}

/** The inputs as panels show them. */
export function runItems({ items, variants: [variant] }: LoadedPrompt): RunItem[] {
  return items.map((item) => {
    const shown = Object.entries(item).filter(([name]) => name !== variant?.answer);
    return {
      fields: Object.fromEntries(shown.map(([name, value]) => [name, shorten(fieldText(value))])),
      gold: variant ? goldOf(item, variant) : null,
    };
  });
}

class PromptRun {
  readonly #model: LoadedModel;
  readonly #loaded: LoadedPrompt;
  readonly #options: RunPromptOptions;
  readonly #runs: readonly VariantRun[];
  readonly #items: readonly RunItem[];
  /** By variant. */
  readonly #cells: readonly PromptCell[][];
  readonly #total: number;
  #done = 0;
  #recalibrated: readonly PromptCell[] = [];

  constructor(model: LoadedModel, loaded: LoadedPrompt, options: RunPromptOptions) {
    this.#model = model;
    this.#loaded = loaded;
    this.#options = options;
    this.#runs = variantRuns(model, loaded, options.cache, options);
    this.#items = runItems(loaded);
    this.#cells = loaded.variants.map(() => []);
    this.#total = loaded.items.length * loaded.variants.length;
  }

  async all(): Promise<void> {
    const { file, variants, notes, items } = this.#loaded;
    await this.#tell({
      kind: "begin",
      model: this.#model.info,
      task: file.task,
      variants: variants.map((variant) => ({ name: variant.name, rule: variantRule(variant) })),
      total: this.#total,
      notes,
    });
    for (let from = 0; from < items.length; from += itemStretch)
      await this.#tell({ kind: "items", from, items: this.#items.slice(from, from + itemStretch) });
    let size = 1;
    for (let from = 0; from < items.length; ) {
      const batch = items.slice(from, from + size).map((_, i) => from + i);
      const ms = await this.#batch(batch);
      from += batch.length;
      if (ms < batchMs.least) size = Math.min(largestBatch, 2 * size);
      else if (ms > batchMs.most) size = Math.max(1, size >> 1);
    }
    this.#recalibrate();
  }

  outcome(): Omit<PromptOutcome, "complete"> {
    const variants = this.#loaded.variants.map((variant, i) =>
      summarize(variant, this.#cells[i] ?? [], this.#runs[i]?.priors()),
    );
    return { variants, items: this.#items, recalibrated: this.#recalibrated };
  }

  /** Runs every variant over some inputs. Gives the time that the slowest one took, milliseconds. */
  async #batch(items: readonly number[]): Promise<number> {
    let slowest = 0;
    for (const [i, run] of this.#runs.entries()) {
      if (this.#options.signal.aborted) throw new CancelledError("cancelled");
      const started = performance.now();
      const cells = await run.cells(items);
      slowest = Math.max(slowest, performance.now() - started);
      this.#cells[i]?.push(...cells);
      await this.#options.cache.flush();
      await this.#tell({ kind: "cells", cells });
      this.#done += cells.length;
      this.#options.onProgress?.(this.#done, this.#total);
    }
    // Where everything was known, nothing has let messages in.
    await new Promise(setImmediate);
    return slowest;
  }

  #recalibrate(): void {
    this.#recalibrated = this.#runs.flatMap((run, i) => {
      const changed = run.recalibrated();
      const cells = this.#cells[i];
      const places = new Map(cells?.map(({ item }, place) => [item, place]));
      for (const cell of changed) if (cells) cells[places.get(cell.item) ?? cells.length] = cell;
      return changed;
    });
  }

  async #tell(event: PromptRunEvent): Promise<void> {
    await this.#options.onEvent(event);
    if (this.#options.signal.aborted) throw new CancelledError("cancelled");
  }
}

function fieldText(value: FieldValue): string {
  return Array.isArray(value) ? value.join("\n") : String(value);
}

function shorten(text: string): string {
  return text.length <= shownField ? text : `${text.slice(0, shownField)}…`;
}
