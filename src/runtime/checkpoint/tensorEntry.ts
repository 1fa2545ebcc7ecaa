/** One tensor's line of a safetensors header: `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidCheckpoint } from "../errors";
import { brief } from "./headerText";
import type { SafetensorsDType, TensorEntry } from "./safetensors";

/** Bits of one element. */
export const dtypeBits: Readonly<Record<SafetensorsDType, number>> = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
};

/**
 * Checks one tensor by itself; whether it lies within the file and overlaps none is for the caller to see.
 * @param dataStart where the data section begins, bytes from the beginning of the file.
 * @throws RuntimeError `invalidCheckpoint`, naming file and tensor.
 */
export function parseEntry(name: string, value: unknown, dataStart: number, file: string): TensorEntry {
  const fail = (problem: string) => invalidCheckpoint(file, problem, brief(name));
  const parsed = rawEntry.safeParse(value);
  if (!parsed.success) throw fail(parsed.error.issues[0]?.message ?? l10n.t("is not described"));
  const { dtype, shape } = parsed.data;
  const [begin, end] = parsed.data.data_offsets;
  if (!isDType(dtype)) throw fail(l10n.t('has the unknown type "{0}"', brief(dtype)));
  if (end < begin) throw fail(l10n.t("ends at {0}, before it begins at {1}", end, begin));
  const byteLength = shapeBytes(shape, dtype);
  if (byteLength === null) throw fail(l10n.t("has a shape of impossible size, [{0}]", brief(shape.join(", "))));
  if (end - begin !== byteLength) {
    throw fail(
      l10n.t("has {0} bytes, but its shape [{1}] of {2} takes {3}", end - begin, shape.join(", "), dtype, byteLength),
    );
  }
  return { name, dtype, shape, offset: dataStart + begin, byteLength };
}

function wholeNumber(error: () => string) {
  return z.int({ error }).min(0, { error }).max(Number.MAX_SAFE_INTEGER, { error });
}

const noShape = () => l10n.t("has no shape of whole numbers from 0");
const noOffsets = () => l10n.t("has no pair of data_offsets, whole numbers from 0");

const rawEntry = z.object(
  {
    dtype: z.string({ error: () => l10n.t("has no type") }),
    shape: z.array(wholeNumber(noShape), { error: noShape }),
    data_offsets: z.tuple([wholeNumber(noOffsets), wholeNumber(noOffsets)], { error: noOffsets }),
  },
  { error: () => l10n.t("is not described by a JSON object") },
);

function isDType(name: string): name is SafetensorsDType {
  return Object.hasOwn(dtypeBits, name);
}

/** Bytes of a tensor; null when they are beyond exact numbers or not whole. */
function shapeBytes(shape: readonly number[], dtype: SafetensorsDType): number | null {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) return null;
  }
  const bits = elements * dtypeBits[dtype];
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : null;
}
