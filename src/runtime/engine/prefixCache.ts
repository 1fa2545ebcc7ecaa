/** Keeps the caches of earlier texts, so that a text with the same beginning is read only from where it differs. */
import { RuntimeError } from "../errors";
import type { KVCache } from "./kvCache";

/** What a cache that was asked for saved. */
export interface PrefixCacheStatistics {
  /** Tokens that texts began with. */
  readonly asked: number;
  /** Of these, tokens that need not be read again. */
  readonly reused: number;
  /** Memory of the caches that wait, bytes. */
  readonly byteLength: number;
}

/** Fewer shared tokens than this are read again rather than looked after. */
const leastShared = 4;

/**
 * Caches that nobody uses at the moment, the last used first, up to `maxBytes` together. A cache that was taken belongs to the taker
 * alone until it is given back.
 */
export class PrefixCache {
  readonly #create: (tokens: number) => KVCache;
  readonly #maxBytes: number;
  #idle: KVCache[] = [];
  #asked = 0;
  #reused = 0;
  #disposed = false;

  constructor(create: (tokens: number) => KVCache, maxBytes: number) {
    this.#create = create;
    this.#maxBytes = maxBytes;
  }

  /** Sums since it was made. */
  get statistics(): PrefixCacheStatistics {
    return { asked: this.#asked, reused: this.#reused, byteLength: bytes(this.#idle) };
  }

  /**
   * A cache with the beginning of `ids`, as much of it as an earlier text shares, but never all: something has to be read for there to be
   * a prediction. It has room for `tokens` or the context.
   */
  take(ids: readonly number[], tokens: number): KVCache {
    this.#asked += ids.length;
    const found = this.#longest(ids);
    const cache = (found && this.#reuse(found.cache, found.shared, tokens)) ?? this.#create(tokens);
    this.#reused += cache.length;
    return cache;
  }

  /** Takes a cache back, or its first: what was used longest ago makes room. */
  give(cache: KVCache): void {
    this.#idle.unshift(cache);
    const most = this.#disposed ? 0 : this.#maxBytes;
    while (this.#idle.length > 0 && bytes(this.#idle) > most) this.#idle.pop()?.dispose();
  }

  /** Frees all that wait. */
  clear(): void {
    for (const cache of this.#idle) cache.dispose();
    this.#idle = [];
  }

  /** Frees all, and from now on what is given back. */
  dispose(): void {
    this.#disposed = true;
    this.clear();
  }

  /** A copy; null where there can be none, for want of memory too. What is copied is not freed meanwhile to make room. */
  #fork(cache: KVCache, shared: number, tokens: number): KVCache | null {
    this.#idle = this.#idle.filter((other) => other !== cache);
    try {
      return cache.fork(shared, tokens);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "notEnoughMemory") return null;
      throw error;
    } finally {
      this.#idle.unshift(cache);
    }
  }

  #longest(ids: readonly number[]): { readonly cache: KVCache; readonly shared: number } | null {
    let best: { readonly cache: KVCache; readonly shared: number } | null = null;
    for (const cache of this.#idle) {
      const shared = Math.min(sharedLength(cache.ids, ids), ids.length - 1);
      if (shared >= leastShared && shared > (best?.shared ?? 0)) best = { cache, shared };
    }
    return best;
  }

  /** A cache of which most is shared is gone on with; one that holds much else is left as it is, where that can be. */
  #reuse(cache: KVCache, shared: number, tokens: number): KVCache | null {
    const fits = cache.capacity >= tokens;
    const mostlyShared = cache.length - shared <= shared;
    if (!fits || !mostlyShared) {
      const fork = this.#fork(cache, shared, tokens);
      if (fork) return fork;
      if (!fits) return null;
    }
    this.#idle = this.#idle.filter((other) => other !== cache);
    cache.truncate(shared);
    return cache;
  }
}

/** How many tokens two texts begin with alike. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function bytes(caches: readonly KVCache[]): number {
  return caches.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
