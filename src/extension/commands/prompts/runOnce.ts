/** Runs a prompt file on one input, without a panel and without a record. Knows nothing of VS Code. */
import { CancelledError } from "../../../runtime/errors";
import type {
  PromptCell,
  PromptOverrides,
  PromptRunEvent,
  PromptSource,
  VariantSummary,
} from "../../../runtime/promptProtocol";
import type { PlainOptions } from "../../promptLab/promptClient";
import type { PromptParts } from "./promptParts";

/** What a variant answered. */
export interface VariantAnswer {
  readonly variant: Pick<VariantSummary, "name" | "rule">;
  readonly cell: PromptCell;
}

/**
 * The answers to the first input, one for each variant. Cells are kept in the cache, so that the compare panel has them at once. Throws
 * as `RuntimeClient.request`; `CancelledError` when it was stopped before its end.
 */
export async function runOnce(
  { host, prompts }: Pick<PromptParts, "host" | "prompts">,
  source: PromptSource,
  overrides: PromptOverrides,
  options: PlainOptions,
): Promise<readonly VariantAnswer[]> {
  const model = await host.model(source);
  const { cache } = host.folders(source);
  const cells = new Map<number, PromptCell>();
  const keep = (all: readonly PromptCell[]) => {
    for (const cell of all) if (cell.item === 0) cells.set(cell.variant, cell);
  };
  const onEvent = (event: PromptRunEvent) => event.kind === "cells" && keep(event.cells);
  const params = { model, source, overrides, priority: "interactive", cache } as const;
  const { record, recalibrated } = await prompts.run(params, { ...options, onEvent });
  if (!record.complete) throw new CancelledError();
  keep(recalibrated);
  return record.variants.flatMap((variant, number) => {
    const cell = cells.get(number);
    return cell ? [{ variant, cell }] : [];
  });
}
