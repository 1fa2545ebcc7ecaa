/**
 * How GPT-1 cleans a text up and cuts it into words, as Hugging Face's tokenizer of `openai-gpt` does (BertNormalizer,
 * then BertPreTokenizer): control characters go, white space becomes blanks, Chinese characters stand alone, accents go,
 * letters become small, and every punctuation mark is a word of its own. Each character keeps its place in the text.
 *
 * OpenAI's own code (finetune-transformer-lm `text_utils.py`) differs: ftfy repairs broken encodings, `text_standardize`
 * turns dashes and `…` into ASCII and keeps line ends as a token `\n</w>`, spaCy cuts words (so `don't` is `do` `n't`), and
 * accents stay. Without ftfy and spaCy, Hugging Face's tokenizers have done the above ever since, and so do users.
 */

/** A word as it is looked up: its characters, and the UTF-16 units of the text that each stands for. */
export interface Word {
  readonly chars: readonly string[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The words of a text, in order. */
export function* cleanWords(text: string): Generator<Word, void> {
  const known = new Map<string, readonly Piece[]>();
  let word = new WordInProgress();
  for (let start = 0; start < text.length; ) {
    const char = String.fromCodePoint(text.codePointAt(start) ?? 0);
    const end = start + char.length;
    const pieces = known.get(char) ?? cleanCharacter(char);
    known.set(char, pieces);
    if (pieces.length === 0 && mark.test(char)) word.extend(end);
    for (const { kind, char: clean } of pieces) {
      if (kind !== "letter" && word.chars.length > 0) {
        yield word;
        word = new WordInProgress();
      }
      if (kind === "alone") yield { chars: [clean], starts: [start], ends: [end] };
      if (kind === "letter") word.add(clean, start, end);
    }
    start = end;
  }
  if (word.chars.length > 0) yield word;
}

/** What a character of the text becomes: nothing, or characters that go on a word, end it, or are words themselves. */
interface Piece {
  readonly kind: "letter" | "blank" | "alone";
  readonly char: string;
}

class WordInProgress implements Word {
  readonly chars: string[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(char: string, start: number, end: number): void {
    this.chars.push(char);
    this.starts.push(start);
    this.ends.push(end);
  }

  /** An accent that is dropped belongs to the letter before it. */
  extend(end: number): void {
    if (this.ends.length > 0) this.ends[this.ends.length - 1] = end;
  }
}

/**
 * The rules for one character. They were compared with `tokenizers` 0.23 on every code point: they are the same but for
 * characters that came to Unicode after its tables were made.
 */
function cleanCharacter(char: string): Piece[] {
  if (!/[\t\n\r]/.test(char) && /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u.test(char)) return [];
  if (/\p{White_Space}/u.test(char)) return [{ kind: "blank", char: " " }];
  const alone = chinese.test(char);
  const bare = char.normalize("NFD").replace(/\p{Mn}/gu, "");
  return Array.from(bare).flatMap((one) => Array.from(one.toLowerCase(), (small) => piece(small, alone)));
}

function piece(char: string, alone: boolean): Piece {
  return { kind: alone || punctuation.test(char) ? "alone" : "letter", char };
}

const mark = /\p{Mn}/u;

/** ASCII's signs such as `$` count as punctuation too. */
const punctuation = /[!-/:-@[-`{-~\p{P}]/u;

const chinese =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;
