/** Answers about one text, so that what was asked once is not asked again. Holds no more than its limit: the longest unused go first. */
export class AnswerCache {
  readonly #answers = new Map<string, { readonly value: unknown; readonly bytes: number }>();
  #text: unknown;
  #bytes = 0;

  /** `limit` in bytes. */
  constructor(private readonly limit: number) {}

  /** Forgets everything when `text` is another one than before. */
  about(text: unknown): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#answers.clear();
    this.#bytes = 0;
  }

  /** The answer to `question`. Its type is the question's: one kind of question, one prefix of its key. */
  get<T>(question: string): T | undefined {
    const found = this.#answers.get(question);
    if (!found) return undefined;
    this.#answers.delete(question);
    this.#answers.set(question, found);
    return found.value as T;
  }

  /** Keeps an answer. */
  set<T>(question: string, value: T, bytes: number): void {
    this.#remove(question);
    this.#answers.set(question, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.limit || oldest === question) break;
      this.#remove(oldest);
    }
  }

  #remove(question: string): void {
    this.#bytes -= this.#answers.get(question)?.bytes ?? 0;
    this.#answers.delete(question);
  }
}
