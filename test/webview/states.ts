/** States of the inspector as the host sends them, with plausible numbers. */
import type { InspectorState } from "../../src/runtime/panelProtocol";
import type { GeneratedToken, ModelInfo, ScoredToken, TokenPrediction } from "../../src/runtime/protocol";
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

const source = { uri: "file:///work/distance.ts", label: "distance.ts", offset: 0 };

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

/** A prediction with ten alternatives, the token itself among them when its rank is at most ten. */
export function prediction(text: string, random: () => number): TokenPrediction {
  const logprob = -(random() ** 3) * 12;
  const rank = 1 + Math.floor((Math.exp(-logprob) - 1) * 0.4);
  const others = [" the", " return", "(", " {", "\n", ".", " const", " x", "<|endoftext|>", ";", " of"];
  const top = others.slice(0, 10).map((other, i) => {
    const own = i + 1 === rank;
    return { id: own ? 500 : 1000 + i, text: own ? text : other, logprob: own ? logprob : -1.2 - i * 0.5 };
  });
  return { logprob, rank, entropy: 2 + random() * 6, top };
}

/** Tokens of `text`, the first without a prediction. An emoji split over two tokens ends them when `emoji` is set. */
export function scoredTokens(text: string, emoji = true): ScoredToken[] {
  const random = seededRandom(3);
  let start = 0;
  const tokens: ScoredToken[] = pieces(text).map((piece, i) => {
    const token = {
      id: i === 0 ? 1 : 500,
      text: piece,
      start,
      end: start + piece.length,
      prediction: i === 0 ? null : prediction(piece, random),
    };
    start = token.end;
    return token;
  });
  if (!emoji) return tokens;
  const halves = ["f09f", "9982"].map((bytes) => ({
    id: 700,
    text: "\ufffd",
    bytes,
    start,
    end: start + 2,
    prediction: prediction("\ufffd", random),
  }));
  return [...tokens, ...halves];
}

/** Scores of a piece of TypeScript. */
export function scores(text = code): Extract<InspectorState, { kind: "scores" }> {
  const tokens = scoredTokens(text);
  const bits = tokens.reduce((sum, token) => sum - (token.prediction?.logprob ?? 0) * Math.LOG2E, 0);
  const summary = { tokens: tokens.length - 1, bits, perplexity: 2 ** (bits / (tokens.length - 1)), bitsPerByte: 1.71 };
  const truncation = { total: 2048, kept: 512, keptEnd: "start" } as const;
  return {
    kind: "scores",
    title: "Token probabilities: distance.ts",
    source,
    model,
    tokens,
    summary,
    truncation,
    elapsedMs: 96,
  };
}

/** Tokens as generation gives them. */
export function generatedTokens(text: string): GeneratedToken[] {
  const random = seededRandom(9);
  let start = 0;
  return pieces(text).map((piece) => {
    const token = {
      id: 500,
      text: piece,
      start,
      end: start + piece.length,
      prediction: prediction(piece, random),
      truncatedProbability: 0.42,
    };
    start = token.end;
    return token;
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
    elapsedMs: 310,
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
    prompt: code,
    promptTokens: 120,
    truncation: null,
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
