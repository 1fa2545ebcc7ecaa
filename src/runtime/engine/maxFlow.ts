/** Maximum flow in a network (Dinic 1970): shortest augmenting paths, all of one length at a time. */

/** Capacities and flows are counted in these, whole numbers, so that no rounding keeps a path open. */
const unit = 2 ** -40;

/** A directed network. Flow runs along edges up to their capacity. */
export class FlowNetwork {
  /** Last edge of each node, then each edge's former one; −1 where there is none. Edge e and e ^ 1 are each other's reverse. */
  readonly #last: Int32Array;
  readonly #former: Int32Array;
  readonly #to: Int32Array;
  readonly #capacity: Float64Array;
  /** Capacity that is left. */
  readonly #rest: Float64Array;
  /** Edges on a shortest way to the sink, −1 where it cannot be reached. */
  readonly #distance: Int32Array;
  /** The edge of each node that is tried next. */
  readonly #current: Int32Array;
  readonly #queue: Int32Array;
  #edges = 0;

  constructor(nodes: number, edges: number) {
    this.#last = new Int32Array(nodes).fill(-1);
    this.#former = new Int32Array(2 * edges);
    this.#to = new Int32Array(2 * edges);
    this.#capacity = new Float64Array(2 * edges);
    this.#rest = new Float64Array(2 * edges);
    this.#distance = new Int32Array(nodes);
    this.#current = new Int32Array(nodes);
    this.#queue = new Int32Array(nodes);
  }

  /** Adds an edge; no more than the network was made for. */
  add(from: number, to: number, capacity: number): void {
    this.#half(from, to, Math.round(capacity / unit));
    this.#half(to, from, 0);
  }

  /** The most that can flow from `source` to `sink`, to 1e-9 or better; the network is as before afterwards. */
  maxFlow(source: number, sink: number): number {
    this.#rest.set(this.#capacity);
    let flow = 0;
    while (this.#measure(source, sink)) {
      this.#current.set(this.#last);
      for (let added = this.#augment(source, sink); added > 0; added = this.#augment(source, sink)) flow += added;
    }
    return flow * unit;
  }

  #half(from: number, to: number, capacity: number): void {
    const edge = this.#edges++;
    this.#to[edge] = to;
    this.#capacity[edge] = capacity;
    this.#former[edge] = this.#last[from] ?? -1;
    this.#last[from] = edge;
  }

  /** Distances to the sink, from the sink outwards: what cannot reach it is never looked at. Whether the source can. */
  #measure(source: number, sink: number): boolean {
    const distance = this.#distance.fill(-1);
    const queue = this.#queue;
    distance[sink] = 0;
    queue[0] = sink;
    for (let taken = 0, count = 1; taken < count; taken++) {
      const node = queue[taken] ?? 0;
      if (node === source) return true; // nothing nearer is left, and nothing farther is needed
      for (let edge = this.#last[node] ?? -1; edge >= 0; edge = this.#former[edge] ?? -1) {
        const before = this.#to[edge] ?? 0;
        if (distance[before] !== -1 || (this.#rest[edge ^ 1] ?? 0) <= 0) continue;
        distance[before] = (distance[node] ?? 0) + 1;
        queue[count++] = before;
      }
    }
    return false;
  }

  /** Sends what it can along one shortest way: how much, 0 when there is none left. */
  #augment(source: number, sink: number): number {
    const path: number[] = [];
    let node = source;
    while (node !== sink) {
      const edge = this.#nextEdge(node);
      if (edge >= 0) {
        path.push(edge);
        node = this.#to[edge] ?? 0;
        continue;
      }
      const wrong = path.pop();
      if (wrong === undefined) return 0;
      node = this.#to[wrong ^ 1] ?? 0;
      this.#current[node] = this.#former[wrong] ?? -1; // a dead end: not tried again
    }
    return this.#send(path);
  }

  #nextEdge(node: number): number {
    const wanted = (this.#distance[node] ?? 0) - 1;
    let edge = this.#current[node] ?? -1;
    while (edge >= 0 && ((this.#rest[edge] ?? 0) <= 0 || this.#distance[this.#to[edge] ?? 0] !== wanted))
      edge = this.#former[edge] ?? -1;
    this.#current[node] = edge;
    return edge;
  }

  #send(path: readonly number[]): number {
    const amount = path.reduce((least, edge) => Math.min(least, this.#rest[edge] ?? 0), Number.POSITIVE_INFINITY);
    for (const edge of path) {
      this.#rest[edge] = (this.#rest[edge] ?? 0) - amount;
      this.#rest[edge ^ 1] = (this.#rest[edge ^ 1] ?? 0) + amount;
    }
    return amount;
  }
}
