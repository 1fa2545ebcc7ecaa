/** States of the inspector as the host sends them, with plausible numbers. */
import type { InspectorState } from "../../src/runtime/panelProtocol";
import type { GeneratedToken, ModelInfo, ScoredToken, TokenPrediction, TokenSpan } from "../../src/runtime/protocol";
import { seededRandom } from "../../src/runtime/random";

const model: ModelInfo = {
  folder: "/models/starter",
  name: "starter",
  modelType: "gpt2",
  device: "cpu",
  parameterCount: 3_451_008,
  nLayer: 4,
  nHead: 3,
  nEmbd: 192,
  nPositions: 512,
  vocabSize: 8192,
  hasTokenizer: true,
  loadMs: 120,
};

const source = { uri: "file:///projects/distance.ts", label: "distance.ts", offset: 0 };

const code = `/** Distance between two points, in metres. */
export function distance(a: Point, b: Point): number {
\tconst dx = a.x - b.x;
\tconst dy = a.y - b.y;
\treturn Math.sqrt(dx * dx + dy * dy);
}

// Call me Ishmael. Some years ago - never mind how long precisely - I thought I would sail about a little.
`;

/** Words with the space before them, punctuation, line ends: about what a tokenizer gives. */
function pieces(text: string): string[] {
  return text.match(/ ?\w+|[^\S\n]+|\n|[^\w\s]+/g) ?? [];
}

/** A token's text, and its bytes where they are no characters. */
interface Piece {
  readonly text: string;
  readonly bytes?: string;
}

/** Zipf's law over the vocabulary, from nearly certain to nearly flat: `cumulative[r - 1]` is the probability of ranks 1 to r. */
const distributions = [4, 3, 2.4, 1.9, 1.5, 1.2, 1, 0.8].map((exponent) => {
  const weights = Array.from({ length: model.vocabSize }, (_, index) => (index + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight);
  const probabilities = weights.map((weight) => weight / total);
  let sum = 0;
  return {
    probabilities,
    cumulative: probabilities.map((p) => (sum += p)),
    entropy: probabilities.reduce((bits, p) => bits - p * Math.log2(p), 0),
  };
});

/** Ranks that generation keeps: top-k. */
const topK = 40;

/** What a model could say of `piece`, drawn from one of `distributions`; `kept` is the probability that its first `ranks` have. */
function predict(piece: Piece, random: () => number, ranks = model.vocabSize) {
  const distribution = distributions[Math.floor(random() * distributions.length)];
  if (!distribution) throw new RangeError("a random number of 1 or more");
  const { probabilities, cumulative, entropy } = distribution;
  const kept = cumulative[ranks - 1] ?? 1;
  const drawn = random() * kept;
  const rank = Math.max(1, cumulative.findIndex((sum) => sum > drawn) + 1);
  const logprob = (r: number) => Math.log(probabilities[r - 1] ?? 0);
  const others = alternatives.filter((text) => text !== piece.text).map((text) => ({ text }));
  const top = Array.from({ length: 10 }, (_, index) => {
    const token = index + 1 === rank ? piece : (others[index] ?? { text: "?" });
    return { ...token, id: idOf(token), logprob: logprob(index + 1) };
  });
  return { prediction: { logprob: logprob(rank), rank, entropy, top } satisfies TokenPrediction, kept };
}

const alternatives = [" the", " return", "(", " {", "\n", ".", " const", " x", "<|endoftext|>", ";", " of"];

/** The same id for the same token, below the vocabulary's size. */
function idOf({ text, bytes = "" }: Piece): number {
  let id = 7;
  for (const character of text + bytes) id = (id * 31 + (character.codePointAt(0) ?? 0)) % model.vocabSize;
  return id;
}

/** Tokens of `text`, the first without a prediction. An emoji split over two tokens ends them when `emoji` is set. */
export function scoredTokens(text: string, emoji = true): ScoredToken[] {
  const random = seededRandom(3);
  const tokens: ScoredToken[] = spans(pieces(text)).map((span, i) => ({
    ...span,
    prediction: i === 0 ? null : predict(span, random).prediction,
  }));
  if (!emoji) return tokens;
  const halves = ["f09f", "9982"].map((bytes) => {
    const piece = { text: "\ufffd", bytes };
    const { prediction } = predict(piece, random);
    return { ...piece, id: idOf(piece), start: text.length, end: text.length + 2, prediction };
  });
  return [...tokens, ...halves];
}

function spans(texts: readonly string[]): TokenSpan[] {
  let start = 0;
  return texts.map((text) => {
    const span = { id: idOf({ text }), text, start, end: start + text.length };
    start = span.end;
    return span;
  });
}

/** Scores of a piece of TypeScript, the start of a longer one. */
export function scores(text = code): Extract<InspectorState, { kind: "scores" }> {
  const tokens = scoredTokens(text);
  const bits = tokens.reduce((sum, token) => sum - (token.prediction?.logprob ?? 0) * Math.LOG2E, 0);
  const count = tokens.length - 1;
  const bytes = Buffer.byteLength(text) + 4 - (tokens[0]?.text.length ?? 0);
  return {
    kind: "scores",
    title: "Token probabilities: distance.ts",
    source,
    model,
    reference: { folder: model.folder, device: "auto" },
    text: 1,
    segments: [],
    tokens,
    summary: { tokens: count, bits, perplexity: 2 ** (bits / count), bitsPerByte: bits / bytes },
    slides: 0,
    truncation: { total: 2048, kept: tokens.length, keptEnd: "start" },
    elapsedMs: 96,
  };
}

/** Tokens as generation with top-k gives them. */
export function generatedTokens(text: string): GeneratedToken[] {
  const random = seededRandom(9);
  return spans(pieces(text)).map((span) => {
    const { prediction, kept } = predict(span, random, topK);
    return { ...span, prediction, truncatedProbability: Math.exp(prediction.logprob) / kept };
  });
}

/** A completion in one of its stages. */
export function completion(stage: "running" | "finished" | "failed"): Extract<InspectorState, { kind: "completion" }> {
  const text = " const dx = a.x - b.x;\n  return Math.abs(dx);\n}\n";
  const tokens = generatedTokens(text);
  const result = {
    text,
    tokens: tokens.length,
    finishReason: "maxNewTokens",
    dropped: 0,
    elapsedMs: 118,
    tokensPerSecond: 212,
  } as const;
  const error = {
    code: "runtimeExited",
    message: "The runtime process ended (SIGKILL) before it could answer.",
    hint: "Run the command again: the runtime starts anew.",
  } as const;
  const statuses = {
    running: { kind: "running" },
    finished: { kind: "finished", reason: "maxNewTokens", result },
    failed: { kind: "failed", error },
  } as const;
  return {
    kind: "completion",
    title: "Completion: distance.ts",
    source,
    model,
    reference: { folder: model.folder, device: "auto" },
    run: 2,
    prompt: code,
    promptTokens: 120,
    truncation: null,
    dropped: 0,
    text,
    tokens,
    status: statuses[stage],
  };
}

/** Work under way. */
export const loading: InspectorState = {
  kind: "loading",
  title: "Token probabilities: distance.ts",
  message: "Scoring the tokens…",
  fraction: 0.4,
};

/** A run that gave nothing. */
export const failed: InspectorState = {
  kind: "failed",
  title: "Completion: distance.ts",
  error: {
    code: "tensorShape",
    message: 'model.safetensors: tensor "wte.weight" has shape [10, 4], expected [8192, 192].',
    hint: "config.json and the checkpoint do not belong together.",
  },
};
