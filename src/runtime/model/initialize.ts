/** Values of a model's parameters before training. */
import { fillNormal, type Random } from "../random";
import type { GPTConfig } from "./config";

/** Standard deviation of matrices and embeddings (GPT-1 §4.1; Hugging Face takes it for positions too). */
const spread = 0.02;
/** Values a piece holds at most: a piece of 4 MB. */
const pieceLength = 1 << 20;

/**
 * The parameter `name` (canonical, of so many values) in pieces: gains 1, biases 0, the rest normal with standard deviation 0.02. Where
 * norms come first, projections back into the residual stream are scaled by 1/√(2 · layers), one for each time they add to it
 * (GPT-2 §2.3).
 */
export function* initialValues(
  name: string,
  count: number,
  config: GPTConfig,
  random: Random,
): Generator<Float32Array<ArrayBuffer>> {
  const deviation = initialDeviation(name, config);
  for (let done = 0; done < count; done += pieceLength) {
    const piece = new Float32Array(Math.min(pieceLength, count - done));
    if (deviation > 0) fillNormal(piece, deviation, random);
    else if (name.endsWith(".weight")) piece.fill(1);
    yield piece;
  }
}

/** 0 for gains and biases. */
function initialDeviation(name: string, { normPlacement, nLayer }: GPTConfig): number {
  if (name.endsWith(".bias") || /(^|\.)ln_/.test(name)) return 0;
  const intoResidual = normPlacement === "pre" && name.endsWith(".c_proj.weight");
  return intoResidual ? spread / Math.sqrt(2 * nLayer) : spread;
}
