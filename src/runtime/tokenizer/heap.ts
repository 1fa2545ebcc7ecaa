/** A binary heap: the item that comes before all others on top. */
export class Heap<T> {
  readonly #items: T[] = [];

  /** @param isBefore a strict total order, so that the same items come out in the same order however they went in. */
  constructor(private readonly isBefore: (a: T, b: T) => boolean) {}

  /** Adds an item. */
  push(item: T): void {
    const items = this.#items;
    let hole = items.length;
    for (let parent = (hole - 1) >> 1; hole > 0; parent = (hole - 1) >> 1) {
      const above = items[parent];
      if (above === undefined || !this.isBefore(item, above)) break;
      items[hole] = above;
      hole = parent;
    }
    items[hole] = item;
  }

  /** Takes the first item away; null when there is none. */
  pop(): T | null {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return null;
    if (items.length > 0) this.#sink(last);
    return top;
  }

  /** Puts `item` on top and lets it sink to its place. */
  #sink(item: T): void {
    const items = this.#items;
    let hole = 0;
    for (let child = this.#firstChild(hole); child !== null; child = this.#firstChild(hole)) {
      const below = items[child];
      if (below === undefined || !this.isBefore(below, item)) break;
      items[hole] = below;
      hole = child;
    }
    items[hole] = item;
  }

  #firstChild(parent: number): number | null {
    const left = 2 * parent + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    if (a === undefined) return null;
    return b !== undefined && this.isBefore(b, a) ? left + 1 : left;
  }
}
