/** `npm run bench -- soak`: random requests with random cancellations on the starter, up to four at a time. None may be lost; memory stays flat. */
import { join } from "node:path";
import { CancelledError, RuntimeError } from "../../src/runtime/errors";
import type { Priority } from "../../src/runtime/protocol";
import { longRandom, type Random } from "../../src/runtime/random";
import { RuntimeService } from "../../src/runtime/service";
import type { Row } from "./table";
import { median } from "./timing";

const requests = 2000;
const atOnce = 4;
/** Spread over five minutes. */
const pauseMs = 500;

const model = { folder: join(__dirname, "../../media/models/starter"), device: "cpu" } as const;
const words = "export function const return if ( ) { } the of and to a in is it = + ; \n import from value list".split(
  " ",
);
const priorities: readonly Priority[] = ["interactive", "normal", "batch"];

interface Tally {
  answered: number;
  cancelled: number;
  failed: number;
  readonly cancelMs: number[];
  readonly rssMB: number[];
}

/** Requests by how they ended, the slowest cancellation, and memory in the second and the last fifth. */
export async function benchSoak(): Promise<Row[]> {
  const service = new RuntimeService();
  const random = longRandom(1);
  const tally: Tally = { answered: 0, cancelled: 0, failed: 0, cancelMs: [], rssMB: [] };
  let left = requests;
  const worker = async () => {
    while (left-- > 0) {
      await request(service, random, tally);
      tally.rssMB.push(process.memoryUsage.rss() / 2 ** 20);
      await new Promise((done) => setTimeout(done, random() * 2 * pauseMs));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  await service.dispose();
  const fifth = requests / 5;
  const figures = {
    requests,
    answered: tally.answered,
    cancelled: tally.cancelled,
    failed: tally.failed,
    lost: requests - tally.answered - tally.cancelled - tally.failed,
    cancelMsMedian: median(tally.cancelMs),
    cancelMsMost: Math.max(...tally.cancelMs),
    memoryMBEarly: median(tally.rssMB.slice(fifth, 2 * fifth)),
    memoryMBLate: median(tally.rssMB.slice(-fifth)),
    minutes: (performance.now() - started) / 60_000,
  };
  return [{ model: "starter", what: "soak", figures }];
}

async function request(service: RuntimeService, random: Random, tally: Tally): Promise<void> {
  const controller = new AbortController();
  let cancelledAt = 0;
  const timer = setTimeout(
    () => {
      cancelledAt = performance.now();
      controller.abort();
    },
    random() < 0.4 ? random() * 80 : 1e6,
  );
  try {
    await send(service, random, controller.signal);
    if (cancelledAt > 0) tally.cancelled++;
    else tally.answered++;
  } catch (error) {
    if (error instanceof CancelledError) tally.cancelled++;
    else {
      tally.failed++;
      console.error(error instanceof RuntimeError ? error.message : error);
    }
  } finally {
    clearTimeout(timer);
    if (cancelledAt > 0) tally.cancelMs.push(performance.now() - cancelledAt);
  }
}

async function send(service: RuntimeService, random: Random, signal: AbortSignal): Promise<void> {
  const whole = (max: number) => Math.floor(random() * max);
  const text = Array.from({ length: 1 + whole(600) }, () => words[whole(words.length)]).join(" ");
  const priority = priorities[whole(3)] ?? "normal";
  if (random() < 0.3) {
    await service.score({ model, input: { kind: "text", text }, topK: whole(20), priority }, { signal });
    return;
  }
  const config = {
    maxNewTokens: 1 + whole(200),
    temperature: random() < 0.5 ? 0 : 1,
    topK: whole(50),
    topP: random() < 0.5 ? 1 : 0.9,
    seed: whole(1000),
    stop: random() < 0.3 ? ["\n"] : [],
  };
  await service.generate(
    { model, prompt: text, config, topAlternatives: whole(10), priority },
    { signal },
    () => undefined,
  );
}
