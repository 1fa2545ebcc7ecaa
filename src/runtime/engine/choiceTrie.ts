/** The tokens of several strings, with the beginnings that they share written once. */

/** A place in the strings' tokens. */
export interface TrieNode {
  /** The string that ends here, by its number; null for none. */
  readonly choice: number | null;
  /** What follows, by token. */
  readonly children: ReadonlyMap<number, TrieNode>;
}

interface GrowingNode extends TrieNode {
  choice: number | null;
  readonly children: Map<number, GrowingNode>;
}

/** Two strings, by number, that have the same tokens. */
export class SameTokens extends Error {
  override readonly name = "SameTokens";
  constructor(readonly choices: readonly [number, number]) {
    super(`strings ${choices.join(" and ")} have the same tokens`);
  }
}

/** The trie of token sequences; their numbers are their places in the list. Throws `SameTokens`. */
export function buildTrie(sequences: readonly (readonly number[])[]): TrieNode {
  const root = newNode();
  for (const [choice, ids] of sequences.entries()) {
    let node = root;
    for (const id of ids) {
      const child: GrowingNode = node.children.get(id) ?? newNode();
      node.children.set(id, child);
      node = child;
    }
    if (node.choice !== null) throw new SameTokens([node.choice, choice]);
    node.choice = choice;
  }
  return root;
}

/** How many tokens all sequences begin with. */
export function sharedLength([first = [], ...others]: readonly (readonly number[])[]): number {
  const differs = (id: number, i: number) => others.some((other) => other[i] !== id);
  const at = first.findIndex(differs);
  return at < 0 ? first.length : at;
}

function newNode(): GrowingNode {
  return { choice: null, children: new Map() };
}
