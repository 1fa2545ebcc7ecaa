/** What a runtime could answer about the texts of states.ts: plausible numbers, the same every time. */
import type { PanelAblation, PanelAnswer, PanelQuestion, PanelSalience } from "../../src/runtime/analysisPanelProtocol";
import type {
  Ablated,
  AblationEffects,
  AlignedTokens,
  Lens,
  LensParams,
  Salience,
} from "../../src/runtime/analysisProtocol";
import type { ComparisonSide, InspectorState } from "../../src/runtime/panelProtocol";
import type { Alternative, ModelInfo, ScoredToken } from "../../src/runtime/protocol";
import { seededRandom } from "../../src/runtime/random";
import { scoredTokens, scores } from "./states";

type Scores = Extract<InspectorState, { kind: "scores" }>;
type Comparison = Extract<InspectorState, { kind: "comparison" }>;

/** A scored text under a model of so many layers and heads. */
export function deepScores(layers = 12, heads = 12, text?: string): Scores {
  const state = text === undefined ? scores() : scores(text);
  return { ...state, model: { ...state.model, nLayer: layers, nHead: heads, nPositions: 2048 } };
}

/** Answers `analysis/lens` about `state`. The last row is what `state` says itself. */
export function lensAnswer(state: Scores): (params: unknown) => PanelAnswer<Lens> {
  return (params) => {
    const { places, topK } = params as PanelQuestion<LensParams>;
    return { kind: "ready", value: lens(state, places, topK) };
  };
}

function lens({ tokens, model }: Scores, places: readonly [number, number], topK: number): Lens {
  const rows = model.nLayer + 1;
  const count = places[1] - places[0];
  const vocabulary: Record<number, Pick<Alternative, "text" | "bytes">> = {};
  const made = {
    topIds: new Int32Array(rows * count * topK),
    topLogprobs: new Float32Array(rows * count * topK),
    divergence: new Float32Array(rows * count),
    logprobs: new Float32Array(rows * count).fill(Number.NaN),
    ranks: new Int32Array(rows * count),
    firstLeads: new Int32Array(count),
  };
  for (let column = 0; column < count; column++) {
    const place = places[0] + column;
    const random = seededRandom(place);
    const final = finalTop(tokens, place).slice(0, topK);
    const leads = Math.max(1, Math.round(model.nLayer * (0.35 + 0.6 * random())));
    made.firstLeads[column] = leads;
    for (const { id, text, bytes } of [...final, ...early])
      vocabulary[id] = bytes === undefined ? { text } : { text, bytes };
    for (let row = 0; row < rows; row++) {
      const at = row * count + column;
      const depth = row / model.nLayer;
      const top = row >= leads ? final : earlyTop(final, row, random);
      top.forEach(({ id, logprob }, rank) => {
        made.topIds[at * topK + rank] = id;
        made.topLogprobs[at * topK + rank] =
          row === model.nLayer ? logprob : logprob - (1 - depth) * (1.2 + 1.5 * random());
      });
      made.divergence[at] = row === model.nLayer ? 0 : (1 - depth) ** 1.5 * (7 + 5 * random());
      const own = tokens[place]?.prediction;
      if (!own) continue;
      made.logprobs[at] = own.logprob - (1 - depth) * 4 * random();
      made.ranks[at] = Math.round(own.rank * (1 + (1 - depth) ** 2 * 400 * random()));
    }
  }
  return { model, places, rows, topK, ...made, vocabulary, elapsedMs: 40 };
}

const early: readonly Alternative[] = [" the", ",", " and", ".", " of", "\n", " a"].map((text, index) => ({
  id: 8000 + index,
  text,
  logprob: -1 - index,
}));

function earlyTop(final: readonly Alternative[], row: number, random: () => number): readonly Alternative[] {
  const from = Math.floor(random() * early.length);
  const common = early.map((_, index) => early[(from + index) % early.length]).filter((one) => one !== undefined);
  const mixed = row < 2 ? common : [...common.slice(0, 2), ...final.slice(0, 2), ...common.slice(2)];
  return mixed.slice(0, final.length);
}

function finalTop(tokens: readonly ScoredToken[], place: number): readonly Alternative[] {
  return tokens[place]?.prediction?.top ?? early;
}

/** Answers `analysis/salience` about `state`: tokens near the prediction do most, every third one against it. */
export function salienceAnswer(state: Scores): (params: unknown) => PanelAnswer<Salience> {
  return (params) => {
    const question = params as PanelSalience;
    const place = question.kind === "token" ? question.place : state.tokens.length;
    const tokens = Array.from({ length: place }, (_, i) => {
      const size = 2 / (place - i);
      return { gradientTimesInput: i % 3 === 0 ? -size : size, norm: 2 * size };
    });
    const logprob = question.kind === "token" ? baselineOf(state.tokens[place], question.id) : -0.1;
    return { kind: "ready", value: { logprob, tokens } };
  };
}

/** Answers `analysis/ablation` about `state`: a few parts matter, most do little. */
export function ablationAnswer(state: Scores): (params: unknown) => PanelAnswer<AblationEffects> {
  return (params) => {
    const { items, sets } = params as PanelAblation;
    const effects = sets.map((set) => {
      const differences = items.map(({ place, id }) =>
        Math.fround(set.reduce((sum, part) => sum + partEffect(part, place + id), 0)),
      );
      const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
      const spread = Math.sqrt(differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / differences.length);
      const half = (2.04 * spread) / Math.sqrt(differences.length);
      return { differences, mean, interval: items.length < 2 ? null : ([mean - half, mean + half] as const) };
    });
    const baseline = items.map(({ place, id }) => baselineOf(state.tokens[place], id));
    return { kind: "ready", value: { model: state.model, baseline, effects, elapsedMs: 30 } };
  };
}

function baselineOf(token: ScoredToken | undefined, id: number): number {
  if (!token?.prediction) return -1;
  if (token.id === id) return token.prediction.logprob;
  return token.prediction.top.find((one) => one.id === id)?.logprob ?? -9;
}

/** Heavy tails: the cube of a number around 0, less often above. */
function partEffect(part: Ablated, subject: number): number {
  const head = part.kind === "head" ? part.head : 31;
  const random = seededRandom(part.layer * 97 + head * 7 + (subject % 5));
  const value = random() * 2 - 1.25;
  return value ** 3 * (part.kind === "mlp" ? 1.6 : 0.9);
}

const before =
  "The capital of France is a city on the river Seine.\nIts name is Paris, and it has two million inhabitants.\n";

/** One text and the same with a word changed and one added, under one model. */
export function comparison(): Comparison {
  const model = scores().model;
  const a = scoredTokens(before.repeat(2), false);
  const random = seededRandom(11);
  const b: ScoredToken[] = [];
  const alignment: AlignedTokens[] = [];
  let same: [number, number] = [0, 0];
  const close = (toA: number) => {
    if (toA > same[0]) alignment.push(run("same", [same[0], toA], [same[1], b.length], a, b));
  };
  for (const [index, token] of a.entries()) {
    if (token.text === " France" || (token.text === " two" && index > 40)) {
      close(index);
      const text = token.text === " France" ? " Germany" : " about";
      const at = b.length;
      b.push({ ...token, id: token.id + 1, text, prediction: shifted(token, -3 * random()) });
      if (text === " about") {
        alignment.push(run("onlyB", [index, index], [at, at + 1], a, b));
        same = [index, b.length];
        b.push({ ...token, prediction: shifted(token, 1.5) });
      } else {
        alignment.push(run("changed", [index, index + 1], [at, at + 1], a, b));
        same = [index + 1, b.length];
      }
      continue;
    }
    const far = token.text === " Paris" ? -4.2 : (random() - 0.55) ** 3 * 6;
    b.push({ ...token, prediction: shifted(token, far) });
  }
  close(a.length);
  const heads = { layers: 12, heads: 12, queries: a.length - 2, divergence: divergences(12 * 12) };
  return {
    kind: "comparison",
    title: "Comparison: france.txt and germany.txt",
    a: side("france.txt", a, model),
    b: side("germany.txt", b, model),
    alignment,
    heads,
    headsReason: null,
    elapsedMs: 88,
  };
}

function divergences(count: number): number[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => 0.4 * random() ** 5 + 0.002 * random());
}

function shifted({ prediction }: ScoredToken, nats: number): ScoredToken["prediction"] {
  if (!prediction) return null;
  return {
    ...prediction,
    logprob: Math.min(-1e-3, prediction.logprob + nats),
    rank: Math.max(1, prediction.rank + Math.round(-nats)),
  };
}

function run(
  kind: AlignedTokens["kind"],
  a: readonly [number, number],
  b: readonly [number, number],
  inA: readonly ScoredToken[],
  inB: readonly ScoredToken[],
): AlignedTokens {
  const bits = (tokens: readonly ScoredToken[], [start, end]: readonly [number, number]) =>
    bitsOf(tokens.slice(start, end));
  return { kind, a, b, bitsA: bits(inA, a), bitsB: bits(inB, b) };
}

function bitsOf(tokens: readonly ScoredToken[]): number {
  return tokens.reduce((sum, { prediction }) => sum + Math.max(0, -(prediction?.logprob ?? 0) * Math.LOG2E), 0);
}

function side(label: string, tokens: readonly ScoredToken[], model: ModelInfo): ComparisonSide {
  const bits = bitsOf(tokens);
  const count = tokens.length - 1;
  return {
    label,
    source: { uri: `file:///projects/${label}`, label, offset: 0 },
    model,
    tokens,
    summary: { tokens: count, bits, perplexity: 2 ** (bits / count), bitsPerByte: bits / (count * 4.2) },
    truncation: null,
  };
}
