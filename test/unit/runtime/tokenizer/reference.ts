/** What Hugging Face's `tokenizers` makes of texts: see makeReference.py, which wrote reference.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const fileSchema = z.object({
  texts: z.array(z.string()),
  tokenizers: z.record(
    z.string(),
    z.object({
      json: z.looseObject({
        model: z.looseObject({ vocab: z.unknown(), merges: z.array(z.tuple([z.string(), z.string()])).optional() }),
      }),
      cases: z.array(z.object({ ids: z.array(z.number()), offsets: z.array(z.number()) })),
      decoded: z.array(z.string()),
    }),
  ),
});

/** A text, its token ids, and the UTF-16 range of each. */
export interface ReferenceCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly places: readonly { readonly start: number; readonly end: number }[];
  readonly decoded: string;
}

/** One of the reference's tokenizers. */
export interface ReferenceTokenizer {
  /** Its tokenizer.json. */
  readonly json: {
    readonly model: { readonly vocab: unknown; readonly merges?: readonly [string, string][] | undefined };
  };
  readonly cases: readonly ReferenceCase[];
}

/** The reference's tokenizers by name. */
export function readReference(): ReadonlyMap<string, ReferenceTokenizer> {
  const { texts, tokenizers } = fileSchema.parse(JSON.parse(readFileSync(join(__dirname, "reference.json"), "utf8")));
  return new Map(
    Object.entries(tokenizers).map(([name, { json, cases, decoded }]) => {
      const full = cases.map(({ ids, offsets }, i) => {
        const text = texts[i] ?? "";
        return { text, ids, places: pairs(unitsOf(text), offsets), decoded: decoded[i] ?? "" };
      });
      return [name, { json, cases: full }];
    }),
  );
}

/** Where each code point begins, in UTF-16 units; the text's end too. */
function unitsOf(text: string): number[] {
  const units = [0];
  for (const char of text) units.push((units.at(-1) ?? 0) + char.length);
  return units;
}

function pairs(units: readonly number[], offsets: readonly number[]): { start: number; end: number }[] {
  return Array.from({ length: offsets.length / 2 }, (_, i) => ({
    start: units[offsets[2 * i] ?? 0] ?? -1,
    end: units[offsets[2 * i + 1] ?? 0] ?? -1,
  }));
}
