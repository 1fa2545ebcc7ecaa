/** How a block's matrices are stored in whole numbers of few bits, and what config.json says of it. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig, unsupportedModel } from "../errors";
import type { RawConfig } from "./config";
import { brief } from "./configKeys";

/**
 * A matrix [N, K] (N outputs) of a block as `qweight` and `scales`: along K, each `blockSize` values share a scale and are stored as
 * round(x / scale) + 2^(bits − 1). Position embeddings, norms and biases are not quantized; token embeddings [V, C] and a head of its
 * own only where `embeddingBits` says so: `tableQuantization`.
 */
export interface Quantization {
  readonly bits: 4 | 8;
  readonly blockSize: 32 | 128;
  /** Absent: token embeddings and head stay as they are. */
  readonly embeddingBits?: 8;
}

/** How token embeddings and a head of its own are quantized, null when they are not. */
export function tableQuantization(quantization: Quantization | null): Quantization | null {
  if (quantization?.embeddingBits === undefined) return null;
  return { bits: quantization.embeddingBits, blockSize: quantization.blockSize };
}

/** What `quant_method` says for our format. */
const method = "gpt-workbench";
const key = "quantization_config";

const objectError = () => l10n.t("must be a JSON object");
const bitsError = () => l10n.t("must be {0} or {1}", 4, 8);
const blockError = () => l10n.t("must be {0} or {1}", 32, 128);

const embeddingError = () => l10n.t("must be {0}", 8);

const methodSchema = z.looseObject(
  { quant_method: z.string({ error: () => l10n.t("must be text") }) },
  { error: objectError },
);
const sizesSchema = z.object({
  bits: z.literal([4, 8], { error: bitsError }),
  block_size: z.literal([32, 128], { error: blockError }),
  embedding_bits: z.literal(8, { error: embeddingError }).exactOptional(),
});

/**
 * The quantization that a config.json states, null when it states none.
 * @throws RuntimeError `invalidConfig`, or `unsupportedModel` for another program's format, naming the key.
 */
export function parseQuantization(root: RawConfig, file: string): Quantization | null {
  const raw = root[key] ?? null;
  if (raw === null) return null;
  const { quant_method: found } = parse(methodSchema, raw, file);
  if (found !== method) throw unsupportedModel(file, `${key}.quant_method`, brief(found), method);
  const { bits, block_size: blockSize, embedding_bits: embeddingBits } = parse(sizesSchema, raw, file);
  return { bits, blockSize, ...(embeddingBits && { embeddingBits }) };
}

/** The keys of config.json that `parseQuantization` reads back. */
export function formatQuantization(quantization: Quantization | null): RawConfig {
  if (quantization === null) return {};
  const { bits, blockSize, embeddingBits } = quantization;
  const embeddings = embeddingBits && { embedding_bits: embeddingBits };
  return { [key]: { quant_method: method, bits, block_size: blockSize, ...embeddings } };
}

/** Shapes in which a matrix of `N` outputs and `K` inputs is stored. A last block that is not full is filled up with zeros. */
export function quantizedShapes(N: number, K: number, { bits, blockSize }: Quantization) {
  const blocks = Math.ceil(K / blockSize);
  return { qweight: [N, blocks, (blockSize * bits) / 8], scales: [N, blocks] } as const;
}

function parse<T>(schema: z.ZodType<T>, raw: unknown, file: string): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [key, ...(issue?.path ?? [])].join(".");
  throw invalidConfig(file, path, issue?.message ?? l10n.t("is invalid"));
}
