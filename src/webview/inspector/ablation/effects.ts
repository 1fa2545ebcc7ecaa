/** What switching parts off did to the watched tokens of a text. Pure. */
import type { Ablated, AblationEffects } from "../../../runtime/analysisProtocol";

/** Which token is watched where. */
export interface Watched {
  /** 1 to T − 1. */
  readonly place: number;
  readonly id: number;
}

/** A part's key: unique in a model. */
export function partKey(part: Ablated): string {
  return part.kind === "head" ? `${part.layer}.${part.head}` : `${part.layer}.mlp`;
}

/** The parts of a layer: its heads, then its MLP. */
export function layerParts(layer: number, heads: number): readonly Ablated[] {
  const all = Array.from({ length: heads }, (_, head) => ({ kind: "head", layer, head }) as const);
  return [...all, { kind: "mlp", layer }];
}

/** A part and what its absence does. */
export interface PartEffect {
  readonly part: Ablated;
  /** ln p without it minus ln p with it. */
  readonly difference: number;
}

/** Several parts and what their common absence does. */
export interface TogetherEffect {
  readonly parts: readonly Ablated[];
  /** ln p without them minus ln p with them. */
  readonly difference: number;
}

/** Everything measured about one watched token. */
export class WatchedEffects {
  readonly #single = new Map<string, PartEffect>();
  readonly #together = new Map<string, TogetherEffect>();
  #baseline: number | null = null;

  /** ln p in the whole model; null before anything was measured. */
  get baseline(): number | null {
    return this.#baseline;
  }

  /** Takes the answer to a question about one token with these sets. */
  add(sets: readonly (readonly Ablated[])[], { baseline, effects }: AblationEffects): void {
    this.#baseline = baseline[0] ?? this.#baseline;
    for (const [index, parts] of sets.entries()) {
      const difference = effects[index]?.differences[0] ?? Number.NaN;
      const [part, ...others] = parts;
      if (!part) continue;
      if (others.length === 0) this.#single.set(partKey(part), { part, difference });
      else this.#together.set(parts.map(partKey).sort().join(" "), { parts, difference });
    }
  }

  /** What one part's absence does; undefined when it was not measured. */
  of(part: Ablated): number | undefined {
    return this.#single.get(partKey(part))?.difference;
  }

  /** Single parts, the largest effects first. */
  get strongest(): readonly PartEffect[] {
    return [...this.#single.values()].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
  }

  /** Sets that were switched off together, the newest first. */
  get together(): readonly TogetherEffect[] {
    return [...this.#together.values()].reverse();
  }
}

/** What is remembered of one text, by watched token. */
export class AblationMemory {
  readonly #watched = new Map<string, WatchedEffects>();

  /** Everything measured about a watched token so far. */
  effects({ place, id }: Watched): WatchedEffects {
    const key = `${place}:${id}`;
    const found = this.#watched.get(key) ?? new WatchedEffects();
    this.#watched.set(key, found);
    return found;
  }
}
