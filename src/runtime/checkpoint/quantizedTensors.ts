/** The tensors of a model's quantized copy. */
import * as l10n from "@vscode/l10n";
import { CancelledError, invalidCheckpoint } from "../errors";
import { type Quantization, quantizedShapes, tableQuantization } from "../model/quantization";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { parameterShapes } from "./parameterNames";
import { type MatrixSource, panels, QuantizedMatrix } from "./quantizedMatrix";
import { readBytes, readTensor, type SafetensorsFile } from "./safetensors";
import type { TensorToWrite } from "./safetensorsWriter";
import type { ModelFolder } from "./store";

/** How to quantize, and whom to tell of bytes that were read. */
export interface TensorOptions {
  readonly quantization: Quantization;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

/**
 * What to write: matrices of blocks, and where it is asked token embeddings and head, as `qweight` and `scales`, all other parameters as they are. Tensors keep the names that the source
 * gives them; those that are no parameters are left out, but a classifier's head. 16-bit tensors come last, so that all others lie at multiples of 4 bytes.
 * While it is written, one quantized matrix is in memory and a few megabytes of its source.
 *
 * Their bytes throw RuntimeError `invalidCheckpoint` for a value that is no finite number, and `CancelledError`.
 */
export function quantizedTensors(
  { checkpoint, config, parameters, head }: ModelFolder,
  options: TensorOptions,
): readonly TensorToWrite[] {
  const kept = parameterShapes({ ...config, quantization: options.quantization });
  const tensors = Array.from(parameters, ([name, source]): readonly TensorToWrite[] => {
    if (kept.has(name)) return [{ ...source, bytes: () => copy(source, options) }];
    const [first = 0, second = 0] = source.shape;
    const isTable = name === "wte.weight" || name === "lm_head.weight";
    const layout = isTable ? "outIn" : config.matrixLayout;
    const [K, N] = layout === "inOut" ? [first, second] : [second, first];
    const quantization = (isTable && tableQuantization(options.quantization)) || options.quantization;
    return quantized(checkpoint, source, { N, K, layout }, { ...options, quantization });
  }).flat();
  const ofHead = Array.from(head, ([name, values]): TensorToWrite => {
    const shape = name === "score.bias" ? [values.length] : [values.length / config.nEmbd, config.nEmbd];
    return { name, dtype: "F32", shape, bytes: () => [new Uint8Array(values.buffer)] };
  });
  const narrow = ({ dtype }: TensorToWrite) => dtype === "F16" || dtype === "BF16";
  return [...tensors.filter((tensor) => !narrow(tensor)), ...ofHead, ...tensors.filter(narrow)];
}

const copyLength = 4 << 20;

async function* copy(source: CheckpointTensor, { signal, onBytes }: TensorOptions): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < source.byteLength; done += copyLength) {
    checkCancelled(signal);
    const length = Math.min(copyLength, source.byteLength - done);
    yield await readBytes({ path: source.file }, source.name, source.offset + done, length);
    onBytes(length);
  }
}

/** `qweight`, and after it `scales`, which are made with it. */
function quantized(
  checkpoint: Checkpoint,
  source: CheckpointTensor,
  matrix: MatrixSource,
  options: TensorOptions,
): readonly TensorToWrite[] {
  const { qweight, scales } = quantizedShapes(matrix.N, matrix.K, options.quantization);
  const stem = source.name.slice(0, -"weight".length);
  let made = new Uint8Array();
  async function* quantizeNow() {
    const output = await quantizeMatrix(fileOf(checkpoint, source), source, matrix, options);
    made = new Uint8Array(output.scales.buffer);
    yield output.qweight;
  }
  return [
    { name: `${stem}qweight`, dtype: "U8", shape: qweight, bytes: quantizeNow },
    { name: `${stem}scales`, dtype: "F32", shape: scales, bytes: () => [made] },
  ];
}

async function quantizeMatrix(
  file: SafetensorsFile,
  source: CheckpointTensor,
  matrix: MatrixSource,
  { quantization, signal, onBytes }: TensorOptions,
): Promise<QuantizedMatrix> {
  const output = new QuantizedMatrix(matrix, quantization);
  for (const panel of panels(matrix, quantization.blockSize)) {
    checkCancelled(signal);
    const values = await readTensor(file, source.name, panel);
    if (!output.fill(values, panel))
      throw invalidCheckpoint(source.file, l10n.t("holds a value that is no finite number"), source.name);
    onBytes((panel.count / (matrix.N * matrix.K)) * source.byteLength);
  }
  return output;
}

function fileOf({ files }: Checkpoint, { file, name }: CheckpointTensor): SafetensorsFile {
  const found = files.find(({ path }) => path === file);
  if (!found) throw new TypeError(`${name} lies in no file`);
  return found;
}

function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledError("cancelled while quantizing");
}
