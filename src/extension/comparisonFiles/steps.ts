/** Questions one after the other, with a way back. Knows nothing of VS Code. */
import type { Choice } from "../dialogs";

/** An answer, the wish to go back to the question before, or to stop. */
export type Answer<T> =
  | { readonly kind: "answer"; readonly value: T }
  | { readonly kind: "back" }
  | { readonly kind: "stop" };

/** What is asked with every question. */
export interface Question {
  readonly title: string;
  /** What a good answer is, in a sentence. */
  readonly hint: string;
  /** Number of the question: from 2 on there is a way back. */
  readonly step: number;
}

/** Asks the user. Escape stops. */
export interface Asker {
  /** One of several. The first is proposed, or `active`. */
  pick<T>(question: Question, choices: readonly Choice<T>[], active?: number): Promise<Answer<T>>;
  /** Any of several, at least one. */
  pickMany<T>(
    question: Question,
    choices: readonly (Choice<T> & { readonly picked: boolean })[],
  ): Promise<Answer<readonly T[]>>;
  /** A line of text. `problem` says what is wrong with it. */
  input(question: Question, value: string, problem: (text: string) => string | undefined): Promise<Answer<string>>;
}

/** A question about a state, which the answer adds to, with its number; null where there is nothing to ask. */
export type Step<S> = (state: S, step: number) => Promise<Answer<S> | null>;

/** Asks all questions, and gives what is known then; undefined when the user stopped, or went back before the first one. */
export async function askAll<S>(steps: readonly Step<S>[], start: S): Promise<S | undefined> {
  const before: { readonly at: number; readonly state: S }[] = [];
  let state = start;
  for (let at = 0; at < steps.length; ) {
    const answer = await steps[at]?.(state, before.length + 1);
    if (answer?.kind === "stop") return undefined;
    if (answer?.kind === "back") {
      const last = before.pop();
      if (!last) return undefined;
      ({ at, state } = last);
      continue;
    }
    if (answer) {
      before.push({ at, state });
      state = answer.value;
    }
    at++;
  }
  return state;
}
