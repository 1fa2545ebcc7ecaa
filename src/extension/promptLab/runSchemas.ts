/** Files of a run's folder, read as untrusted input: somebody else's workspace may hold them. */
import * as z from "zod";
import { runRecord } from "../../runtime/prompt/runForm";

const count = z.int().min(0);
const text = z.string();

/** Inputs and variants that a run may have, so that a grid of them fits the memory. */
export const runLimits = { variants: 200, items: 1_000_000, cells: 2_000_000 } as const;

/** `run.json` of a run that can be shown. */
export const recordSchema = runRecord.extend({
  items: runRecord.shape.items.max(runLimits.items),
  variants: runRecord.shape.variants.min(1).max(runLimits.variants),
});

/** Longest note on a cell, UTF-16 code units. */
export const noteLimit = 10_000;

/** A mark as it comes from a panel or a file. */
export const markSchema = z.object({
  variant: count,
  item: count,
  rating: z.enum(["good", "bad"]).nullable(),
  note: text.max(noteLimit),
  pinned: z.boolean(),
});

/** `notes.json`: what the user thinks of the cells, and where the prompt file was. */
export const notesSchema = z.object({
  version: z.literal(1),
  /** The prompt file, relative to the run's folder or absolute, and the folder that its data lies in. */
  file: text.exactOptional(),
  root: text.exactOptional(),
  marks: z.array(markSchema),
});

/** What `notes.json` says. */
export type RunNotes = z.output<typeof notesSchema>;
