/** Entry of the throw-away process that tries a device: `probe.js DEVICE`. Sends one `ProbeResult` to its parent. */
import type { ProbeResult } from "./engine/probeProcess";
import { float32Tensor, readFloat32, Session } from "./engine/session";
import { GraphBuilder } from "./graph/graph";
import { type Device, deviceNames } from "./protocol";

/** Rows and columns of the first product: small, so that a software driver answers soon. */
const smallSize = 192;
/** Rows and columns of the product that is compared: large enough that a real GPU wins. */
const largeSize = 1024;
/** A small product that takes longer than this, ms, is a software driver's: its large one is estimated. */
const slow = 20;

async function measure(device: Device): Promise<ProbeResult> {
  const small = await timeProduct(device, smallSize);
  if (small === null) return { kind: "fails", reason: "a test product came out wrong" };
  if (small > slow) return { kind: "works", ms: small * (largeSize / smallSize) ** 3 };
  const large = await timeProduct(device, largeSize);
  return large === null ? { kind: "fails", reason: "a test product came out wrong" } : { kind: "works", ms: large };
}

/** Milliseconds of one product of two size × size matrices, median of three; null when its result is wrong. */
async function timeProduct(device: Device, size: number): Promise<number | null> {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", "float32", [size, size]), g.input("b", "float32", [size, size])];
  g.outputAs("sums", g.sumLast(g.matMul(a, b))); // [size]: only the sums of the rows come back from the device
  // Nothing may fall back to the CPU: it would pass for the device.
  const session = await Session.create(g.build(), { name: "probe", device, strict: device !== "cpu" });
  // The identity times rows that count from 0: every row sums to size (size − 1) / 2, here scaled by 1 / size.
  const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const counting = Float32Array.from({ length: size * size }, (_, i) => (i % size) / size);
  const feeds = { a: float32Tensor(identity, [size, size]), b: float32Tensor(counting, [size, size]) };
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const start = performance.now();
    const sums = readFloat32(await session.run(feeds, { sums: null }), "sums");
    times.push(performance.now() - start);
    if (sums.some((sum) => Math.abs(sum - (size - 1) / 2) > 1e-2)) return null;
  }
  await session.release();
  return times.slice(1).sort((x, y) => x - y)[1] ?? 0; // the first run compiles the kernels
}

/** onnxruntime puts the place in its source before what happened: "… was false. Failed to get an adapter". */
function briefly(message: string): string {
  return (message.split(" was false. ").at(-1) ?? message).trim();
}

async function main(device: Device): Promise<void> {
  const fails = (error: unknown): ProbeResult => ({
    kind: "fails",
    reason: briefly(error instanceof Error ? error.message : String(error)),
  });
  process.send?.(await measure(device).catch(fails));
}

process.on("disconnect", () => process.exit(0));
void main(deviceNames.find((name) => name === process.argv[2]) ?? "cpu");
