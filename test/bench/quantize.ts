/** `npm run bench -- quantize`: what 8 and 4 bits save and cost, against the same model in float32. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writeQuantized } from "../../src/runtime/checkpoint/quantize";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import type { Quantization } from "../../src/runtime/model/quantization";
import { runWorker } from "./runWorker";
import type { Row } from "./table";

const quantizations: readonly Quantization[] = [
  { bits: 8, blockSize: 32 },
  { bits: 8, blockSize: 128 },
  { bits: 4, blockSize: 32 },
  { bits: 4, blockSize: 128 },
  { bits: 8, blockSize: 32, embeddingBits: 8 },
  { bits: 8, blockSize: 128, embeddingBits: 8 },
  { bits: 4, blockSize: 32, embeddingBits: 8 },
  { bits: 4, blockSize: 128, embeddingBits: 8 },
];

/** Each folder as it is (the peer) and in each quantized form, one after the other. */
export async function benchQuantize(folders: readonly string[], device: string): Promise<Row[]> {
  const temporary = await mkdtemp(join(tmpdir(), "gptw-bench-"));
  try {
    const rows: Row[] = [];
    for (const folder of folders) {
      const peer = await measure(folder, basename(folder), "float32 (peer)", device);
      rows.push(peer);
      for (const quantization of quantizations)
        rows.push(compared(await measureQuantized(folder, join(temporary, "model"), quantization, device), peer));
    }
    return rows;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** With the change of perplexity, where it was measured. */
function compared(row: Row, peer: Row): Row {
  const [after, before] = [row.figures.perplexity, peer.figures.perplexity];
  if (after === undefined || before === undefined) return row;
  return { ...row, figures: { ...row.figures, perplexityChangePercent: 100 * (after / before - 1) } };
}

async function measureQuantized(source: string, target: string, quantization: Quantization, device: string) {
  const opened = await openModelFolder(source);
  opened.tokenizer?.free();
  const started = performance.now();
  await writeQuantized(opened, target, { quantization, sourceSha256: "", signal: new AbortController().signal });
  const quantizeMs = performance.now() - started;
  const row = await measure(target, basename(source), nameOf(quantization), device);
  await rm(target, { recursive: true });
  return { ...row, figures: { ...row.figures, quantizeMs } };
}

function nameOf({ bits, blockSize, embeddingBits }: Quantization): string {
  return `Q${bits}, ${blockSize}${embeddingBits ? ", embeddings" : ""}`;
}

async function measure(folder: string, model: string, what: string, device: string): Promise<Row> {
  const { size } = await stat(join(folder, "model.safetensors"));
  return { model, what, figures: { fileMB: size / 1e6, ...(await runWorker("quantize", folder, device)) } };
}
