/** `gpt-workbench.json`: what the store knows of one of its models. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { storeFailed } from "../errors";
import type { ModelOrigin } from "../modelsProtocol";
import { readJsonFile } from "../textFile";

/** Name of the file. */
export const recordName = "gpt-workbench.json";

const origin = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("folder") }),
  z.object({ kind: z.literal("hub"), endpoint: z.string(), repo: z.string(), revision: z.string() }),
  z.object({
    kind: z.literal("quantized"),
    source: z.string(),
    sourceSha256: z.string(),
    bits: z.union([z.literal(4), z.literal(8)]),
    blockSize: z.union([z.literal(32), z.literal(128)]),
    embeddingBits: z.literal(8).exactOptional(),
  }),
  z.object({ kind: z.literal("merged"), adapter: z.string(), base: z.string() }),
]) satisfies z.ZodType<ModelOrigin>;

const recordSchema = z.object({
  version: z.literal(1),
  name: z.string().min(1).max(200),
  origin,
  /** ISO 8601. */
  addedAt: z.string(),
  /** Absolute path of a user's folder; absent when the model lies beside the record. */
  path: z.string().optional(),
});

/** The content of the file. */
export type ModelRecord = z.output<typeof recordSchema>;

/** A record of now. */
export function newRecord(name: string, of: ModelOrigin, path?: string): ModelRecord {
  return { version: 1, name, origin: of, addedAt: new Date().toISOString(), ...(path !== undefined && { path }) };
}

/** The record in `folder`; null when there is none. Throws `storeFailed` when it cannot be read. */
export async function readRecord(folder: string): Promise<ModelRecord | null> {
  const file = join(folder, recordName);
  const json = await readJsonFile(file, 1_000_000, (problem) => storeFailed(file, problem));
  if (json === undefined) return null;
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const key = parsed.error.issues[0]?.path.join(".") ?? "";
  throw storeFailed(file, l10n.t('"{0}" is missing or wrong', key), l10n.t("Remove the model and add it again."));
}

/** Writes the record of `folder`, whole or not at all. */
export async function writeRecord(folder: string, record: ModelRecord): Promise<void> {
  await writeFileAtomic(join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`);
}
