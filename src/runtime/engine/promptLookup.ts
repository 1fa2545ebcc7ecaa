/**
 * Guesses what comes next from the text itself: what followed the same few tokens before (prompt lookup decoding, Saxena 2023). The model
 * verifies a guess in one pass; a wrong one costs that pass' extra tokens.
 */

/** Tokens that have to be the same for a guess. */
const gram = 3;
/** Longest guess. */
const longest = 16;
const firstLength = 4;
/** After a guess of which nothing was right, so many tokens go by without one; doubled with each further such guess. */
const firstPause = 4;
const longestPause = 64;

/** The tokens of a text with the places of all triples. */
export class PromptLookup {
  readonly #ids: number[] = [];
  /** Place after the last occurrence of each triple, the end of the text excepted. */
  readonly #after = new Map<string, number>();
  #length = firstLength;
  #pause = firstPause;
  #wait = 0;
  /** Of the guess that is verified: how long it is, and how much of it was right so far. */
  #guessed = 0;
  #right = 0;

  constructor(ids: readonly number[]) {
    for (const id of ids) this.#append(id);
  }

  /** Appends the token that was chosen; `guessed` is what had been guessed there, if anything. */
  push(id: number, guessed?: number): void {
    this.#append(id);
    this.#wait = Math.max(0, this.#wait - 1);
    if (guessed === undefined) return;
    if (id !== guessed) this.#wrong();
    else if (++this.#right === this.#guessed) this.#length = Math.min(longest, 2 * this.#length);
  }

  /** At most `most` tokens that may come next; none where the text gives no reason to guess, or guesses were wrong lately. */
  guess(most: number): readonly number[] {
    const place = this.#wait > 0 ? undefined : this.#after.get(this.#key(this.#ids.length));
    const guess: number[] = [];
    // Where the text ends it is thought to go round: the guess goes on with its own beginning.
    for (let i = 0; place !== undefined && i < Math.min(most, this.#length); i++)
      guess.push(this.#ids[place + i] ?? guess[place + i - this.#ids.length] ?? 0);
    this.#guessed = guess.length;
    this.#right = 0;
    return guess;
  }

  /** Guesses less after this, or not at all for a while. */
  #wrong(): void {
    this.#length = Math.max(2, this.#right + 1);
    if (this.#right > 0) {
      this.#pause = firstPause;
    } else {
      this.#wait = this.#pause;
      this.#pause = Math.min(longestPause, 2 * this.#pause);
    }
  }

  #append(id: number): void {
    if (this.#ids.length >= gram) this.#after.set(this.#key(this.#ids.length), this.#ids.length);
    this.#ids.push(id);
  }

  /** The triple that ends before `end`. */
  #key(end: number): string {
    return end < gram ? "" : this.#ids.slice(end - gram, end).join(",");
  }
}
