/** Values of a model's parameters, an adapter's changes in them. */
import type { LoraDelta } from "./adapterFolder";
import type { CheckpointTensor } from "./checkpoint";
import { readBytes } from "./safetensors";
import type { ModelFolder } from "./store";
import { widen } from "./widen";

/**
 * A parameter that is not quantized, as float32: row by row, in the shape of `parameterShapes`. Of a classifier also `score.weight` and
 * `score.bias`.
 * @throws RuntimeError `invalidCheckpoint`; TypeError for a name that is none.
 */
export async function parameterValues(
  { parameters, head, adapter, config }: ModelFolder,
  name: string,
): Promise<Float32Array<ArrayBuffer>> {
  const table = adapter?.tables.get(name);
  if (table) return table.slice();
  const ofHead = head.get(name);
  if (ofHead) return ofHead.slice();
  const tensor = parameters.get(name);
  if (!tensor) throw new TypeError(`${name} is no parameter of the model`);
  const values = await readValues(tensor);
  const delta = adapter?.deltas.get(name);
  if (delta) addDelta(values, delta, config.matrixLayout);
  return values;
}

/** A tensor's values as float32. Throws `invalidCheckpoint`; TypeError for a type that is not widened. */
export async function readValues(tensor: CheckpointTensor): Promise<Float32Array<ArrayBuffer>> {
  const convert = widen[tensor.dtype];
  if (!convert) throw new TypeError(`${tensor.name} is no tensor of floating-point values`);
  return Float32Array.from(
    convert(await readBytes({ path: tensor.file }, tensor.name, tensor.offset, tensor.byteLength)),
  );
}

/** values += scale · Aᵀ · Bᵀ, in the matrix's own layout; the product is summed up first, as PEFT does. */
function addDelta(values: Float32Array, delta: LoraDelta, layout: "inOut" | "outIn"): void {
  const { a, b, r, inputs, outputs, scale } = delta;
  const [rows, columns] = layout === "inOut" ? [inputs, outputs] : [outputs, inputs];
  // The factor of a row as it lies, the other with a row of columns for each rank.
  const left = (row: number, rank: number) => (layout === "inOut" ? a[rank * inputs + row] : b[row * r + rank]) ?? 0;
  const right = layout === "inOut" ? transposed(b, outputs, r) : a; // [r, columns]
  const sum = new Float32Array(columns);
  for (let row = 0; row < rows; row++) {
    sum.fill(0);
    for (let rank = 0; rank < r; rank++) {
      const factor = left(row, rank);
      const start = rank * columns;
      for (let column = 0; column < columns; column++)
        sum[column] = (sum[column] ?? 0) + factor * (right[start + column] ?? 0);
    }
    const start = row * columns;
    for (let column = 0; column < columns; column++)
      values[start + column] = (values[start + column] ?? 0) + scale * (sum[column] ?? 0);
  }
}

/** [rows, columns] as [columns, rows]. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = matrix[row * columns + column] ?? 0;
  return turned;
}
