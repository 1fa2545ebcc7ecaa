/** Sparse attention against fused dense attention, by length: time, memory, and how they grow. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { Row } from "./table";

const lengths = [1024, 2048, 4096, 8192, 16_384];

/** k ≈ √n makes a stride's window and its columns about equally long (Child et al. 2019 §4.2); multiples of 16 multiply well. */
const patterns: Readonly<Record<string, (n: number) => string>> = {
  dense: () => "dense",
  strided: (n) => `strided(${16 * Math.round(Math.sqrt(n) / 16)})`,
  banded: () => "banded(128)",
};

/** Measures every pattern at every length, each in a process of its own, and says how time grows. */
export async function benchSparse(device: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of lengths)
    for (const [kind, pattern] of Object.entries(patterns)) {
      const figures = await measure(pattern(n), n, device);
      const dense = rows.find(({ model, what }) => model === String(n) && what === "dense");
      const faster = (dense?.figures.medianMs ?? figures.medianMs ?? 0) / (figures.medianMs ?? 1);
      const what = kind === "dense" ? "dense" : pattern(n);
      rows.push({ model: String(n), what, figures: { ...figures, timesFaster: faster } });
    }
  for (const kind of Object.keys(patterns)) {
    const points = rows
      .filter(({ what }) => what.startsWith(kind))
      .map(({ model, figures }) => [Number(model), figures.medianMs ?? 0] as const);
    rows.push({ model: "growth", what: kind, figures: { exponent: slope(points) } });
  }
  return rows;
}

/** Exponent of the power law that fits best: least squares on logarithms. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

function measure(pattern: string, n: number, device: string): Promise<Record<string, number>> {
  return new Promise((done, fail) => {
    const child = fork(join(__dirname, "sparseWorker.ts"), [pattern, String(n), device]);
    child.on("message", (message) => done(z.record(z.string(), z.number()).parse(message)));
    child.on("error", fail);
    child.on("exit", (code, signal) => fail(new Error(`${pattern} at ${n} ended with ${signal ?? code}`)));
  });
}
