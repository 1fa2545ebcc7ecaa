/** `npm run bench -- train`: optimizer steps against PyTorch's with the same weights and batches, step by step in turns. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { peerPython } from "../../peers/environment";
import { trainBenchModel } from "../../randomModel";
import type { Row } from "../table";
import { median } from "../timing";
import type { TrainBenchSettings } from "./settings";

const warmUp = 2;
const rounds = 7;

const common = { rows: 8, length: 256, vocabSize: 8192, learningRate: 1e-3, dropout: 0, recompute: false };
const cases: Readonly<Record<string, TrainBenchSettings>> = {
  full: { ...common, what: "full" },
  "full, dropout 0.1": { ...common, what: "full", dropout: 0.1 },
  LoRA: { ...common, what: "lora" },
  head: { ...common, what: "head" },
};

const stepSchema = z.object({ seconds: z.number(), loss: z.number(), cpuSeconds: z.number() });
const endSchema = z.object({ peakMemoryMB: z.number() });
type Step = z.infer<typeof stepSchema>;

/** A line for each method and contender; ours has the ratios to the peer, above 1 where we are faster or take more memory. */
export async function benchTrain(device: string): Promise<Row[]> {
  const folder = await trainBenchModel();
  const peer = await peerPython();
  if (peer.kind === "missing") console.log(`!!! PyTorch is not measured: ${peer.reason}`);
  const rows: Row[] = [];
  for (const [name, settings] of Object.entries(cases)) {
    const arguments_ = [folder, JSON.stringify(settings)];
    const ours = new Contender("node", [
      "--import",
      "tsx",
      join(__dirname, "worker.ts"),
      folder,
      device,
      JSON.stringify(settings),
    ]);
    const theirs =
      peer.kind === "ready" ? new Contender(peer.python, [join(__dirname, "peer.py"), ...arguments_]) : null;
    rows.push(...(await measure(name, settings, ours, theirs)));
  }
  return rows;
}

async function measure(
  name: string,
  { rows, length, dropout }: TrainBenchSettings,
  ours: Contender,
  theirs: Contender | null,
): Promise<Row[]> {
  const contenders = theirs ? [ours, theirs] : [ours];
  for (const contender of contenders) await contender.ready();
  const steps = contenders.map((): Step[] => []);
  for (let round = 0; round < warmUp + rounds; round++)
    for (const [i, contender] of contenders.entries()) steps[i]?.push(await contender.step());
  const [our, their] = steps;
  if (our && their && name.startsWith("full") && dropout === 0) checkLosses(our, their);
  const figures: Record<string, number>[] = [];
  for (const [i, contender] of contenders.entries()) {
    const timed = (steps[i] ?? []).slice(warmUp);
    const seconds = median(timed.map((step) => step.seconds));
    const { peakMemoryMB } = await contender.end();
    figures.push({
      tokensPerSecond: (rows * length) / seconds,
      cpuSeconds: median(timed.map((step) => step.cpuSeconds)),
      peakMemoryMB,
    });
  }
  const [us, peer] = figures;
  if (us && peer) {
    us.speedRatio = (us.tokensPerSecond ?? 0) / (peer.tokensPerSecond ?? 1);
    us.memoryRatio = (us.peakMemoryMB ?? 0) / (peer.peakMemoryMB ?? 1);
  }
  return figures.map((found, i) => ({ model: name, what: i === 0 ? "ours" : "PyTorch", figures: found }));
}

/** The same work, or the comparison says nothing. */
function checkLosses(ours: readonly Step[], theirs: readonly Step[]): void {
  for (const [i, { loss }] of ours.entries())
    if (!(Math.abs(loss - (theirs[i]?.loss ?? Number.NaN)) < 1e-3))
      throw new Error(`step ${i}: our loss is ${loss}, PyTorch's ${theirs[i]?.loss}`);
}

/** A process that makes a step for each line that it is sent. */
class Contender {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, args: readonly string[]) {
    const env = { ...process.env, HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "2", OMP_WAIT_POLICY: "PASSIVE" };
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    while ((await this.#line()) !== "ready");
  }

  async step(): Promise<Step> {
    this.#child.stdin?.write("step\n");
    return stepSchema.parse(JSON.parse(await this.#line()));
  }

  async end(): Promise<z.infer<typeof endSchema>> {
    this.#child.stdin?.write("end\n");
    return endSchema.parse(JSON.parse(await this.#line()));
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`a process ended with ${this.#child.exitCode}`);
    return value;
  }
}
