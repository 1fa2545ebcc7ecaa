/** Looking inside: every head at a glance and one head's matrix, against scoring the same text through the inference graph. */
import { attentionMatrix } from "../../src/runtime/engine/attentionMatrix";
import { attentionOverview } from "../../src/runtime/engine/attentionOverview";
import type { LoadedModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import { median, timed } from "./timing";
import type { Measurement } from "./worker";

const tokens = 1024;
const repetitions = 3;
const turn = { signal: new AbortController().signal };

/** Medians of runs that take turns, each with a text of its own; and how much memory looking inside took at its peak. */
export async function benchTrace(model: LoadedModel): Promise<Measurement> {
  const length = Math.min(tokens, model.config.nPositions);
  const loadedMB = peakMB();
  const seconds = { forward: [] as number[], capture: [] as number[], overview: [] as number[], head: [] as number[] };
  let insideMB = 0;
  for (let run = 0; run < repetitions; run++) {
    const ids = Array.from({ length }, (_, i) => (i * 7919 + 1009 * run) % model.config.vocabSize);
    seconds.capture.push(await timed(() => model.captures.get(ids, turn)));
    const capture = await model.captures.get(ids, turn);
    seconds.overview.push(
      await timed(() => attentionOverview(model, capture, { thumbnailSize: 128, segments: [] }, turn)),
    );
    const source = { kind: "head", layer: 1, head: run % model.config.nHead } as const;
    seconds.head.push(await timed(() => attentionMatrix(model, capture, source, [0, length], turn)));
    // Before anything is scored, which needs memory of its own.
    if (run === 0) insideMB = peakMB() - loadedMB;
    const options = { topK: 10, describe: (id: number) => ({ id, text: "" }), ...turn };
    seconds.forward.push(await timed(() => scoreTokens(model, ids, options)));
  }
  const [forward, capture, overview, head] = [seconds.forward, seconds.capture, seconds.overview, seconds.head].map(
    (list) => 1000 * median(list),
  ) as [number, number, number, number];
  return {
    forwardMs: forward,
    overviewMs: capture + overview,
    ofWhichCaptureMs: capture,
    overviewPerForward: (capture + overview) / forward,
    headMs: head,
    memoryBesidesLoadedMB: insideMB,
  };
}

function peakMB(): number {
  return process.resourceUsage().maxRSS / 1024;
}
