/** Branches of texts, laid out for one pass: every token once, after the one it follows. */
import type { ForwardRequest } from "./forward";

/** A text of which some tokens' probabilities are asked. */
export interface Text {
  readonly ids: readonly number[];
  /** Place of the first token that is asked. */
  readonly start: number;
}

/** A token whose probability is asked, after the one at `position`, and whose texts it belongs to. */
export interface Wanted<T extends Text> {
  /** Place in the texts; in a tree, place in the pass. */
  readonly position: number;
  readonly target: number;
  readonly items: readonly T[];
}

/** What one pass may hold. */
export interface TreeLimits {
  readonly tokens: number;
  /** Rows whose distribution is asked. */
  readonly rows: number;
}

/** Tokens of several branches that all follow what is cached. */
export class TokenTree<T extends Text> {
  readonly #ids: number[] = [];
  readonly #parents: number[] = [];
  readonly #wanted: Wanted<T>[] = [];

  constructor(private readonly limits: TreeLimits) {}

  /** How many tokens there are. */
  get size(): number {
    return this.#ids.length;
  }

  /** What is asked, in the order of the request's rows. */
  get wanted(): readonly Wanted<T>[] {
    return this.#wanted;
  }

  /** Adds texts that are one up to place `at`, the token there included; all of them or, where there is no room, none. */
  add(items: readonly T[], at: number): boolean {
    const [tokens, rows] = [this.#ids.length, this.#wanted.length];
    if (this.#grow(items, at, -1)) return true;
    this.#ids.length = tokens;
    this.#parents.length = tokens;
    this.#wanted.length = rows;
    return false;
  }

  /** The pass. */
  request(): ForwardRequest {
    const none = this.#wanted.length === 0;
    return {
      ids: this.#ids,
      parents: this.#parents,
      rows: none ? [0] : this.#wanted.map(({ position }) => position),
      targets: none ? [0] : this.#wanted.map(({ target }) => target),
      topK: 1,
    };
  }

  #grow(items: readonly T[], at: number, parent: number): boolean {
    const place = this.#ids.length;
    this.#ids.push(items[0]?.ids[at] ?? 0);
    this.#parents.push(parent);
    this.#wanted.push(...wantedAfter(items, at).map((wanted) => ({ ...wanted, position: place })));
    if (place >= this.limits.tokens || this.#wanted.length > this.limits.rows) return false;
    return nextGroups(items, at + 1).every((group) => this.#grow(group, at + 1, place));
  }
}

/** What is asked of the token at `position`, for texts that are one up to there. */
export function wantedAfter<T extends Text>(items: readonly T[], position: number): Wanted<T>[] {
  const asking = items.filter(({ ids, start }) => start <= position + 1 && position + 1 < ids.length);
  return groupBy(asking, ({ ids }) => ids[position + 1] ?? 0).map((group) => ({
    position,
    target: group[0]?.ids[position + 1] ?? 0,
    items: group,
  }));
}

/** Texts that go on with the same token at `at`, together. Of a text's last token nothing is asked, so that it need not be read. */
export function nextGroups<T extends Text>(items: readonly T[], at: number): T[][] {
  return groupBy(
    items.filter(({ ids }) => ids.length - 1 > at),
    ({ ids }) => ids[at] ?? 0,
  );
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): T[][] {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}
