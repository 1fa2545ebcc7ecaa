/** Puts prompts together: instruction, demonstrations, query; as many demonstrations as the context holds. */
import * as l10n from "@vscode/l10n";
import { invalidPrompt } from "../errors";
import type { PromptSegment } from "../promptProtocol";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { answerTexts, choicesOf, goldOf, possibleAnswers } from "./answers";
import { DemonstrationSampler, type Embed } from "./demonstrations";
import { inputFields, type PromptParts } from "./loadPrompt";
import type { Item, ResolvedVariant } from "./promptFile";
import { PromptTemplate, type RenderedExample } from "./template";

export type { Embed } from "./demonstrations";

/** A part of a prompt; `from` and `to` count UTF-16 code units. */
export interface AssembledSegment {
  readonly name: string;
  readonly kind: PromptSegment["kind"];
  readonly from: number;
  readonly to: number;
}

/** A prompt, and what may follow it. */
export interface AssembledPrompt {
  /** Never ends in white space: that in front of the answer belongs to the answer. */
  readonly text: string;
  readonly segments: readonly AssembledSegment[];
  /** Null for free answers; `words` with their white space in front. */
  readonly candidates: readonly { readonly answer: string; readonly words: readonly string[] }[] | null;
  /** Texts that stand for the right answer, with their white space; null when it is not known. */
  readonly goldWords: readonly string[] | null;
  readonly gold: string | null;
  /** Numbers in the pool, in the order of the prompt. */
  readonly demonstrations: readonly number[];
  /** Demonstrations that did not fit; those farthest from the query were left out first. */
  readonly dropped: number;
  /** Tokens by which even the query and the instruction alone are too long: the beginning is cut. */
  readonly truncated: number;
  readonly promptTokens: number;
  /** Tokens that are kept free for the answer. */
  readonly answerTokens: number;
}

/** The model's side of it. */
export interface Encoder {
  readonly tokenizer: Tokenizer;
  readonly contextTokens: number;
  readonly embed: Embed;
}

/** Puts the prompts of one variant together. */
export class PromptAssembler {
  readonly #variant: ResolvedVariant;
  readonly #template: PromptTemplate;
  readonly #instruction: string;
  readonly #pool: readonly Item[];
  readonly #sampler: DemonstrationSampler | null;
  readonly #fields: readonly string[];
  /** Demonstrations as text, once they were asked for. */
  readonly #texts = new Map<number, Demonstration>();

  /** Throws `RangeError` for a variant that there is not. */
  constructor(
    private readonly loaded: PromptParts,
    variant: number,
    private readonly encoder: Encoder,
  ) {
    const own = loaded.variants[variant];
    if (!own) throw new RangeError(`there is no variant ${variant}`);
    this.#variant = own;
    this.#template = new PromptTemplate(own.template, true);
    this.#instruction = new PromptTemplate(own.instruction, false).text(this.#names()).trimEnd();
    this.#fields = inputFields(own.template);
    this.#pool = loaded.pools[variant] ?? [];
    const pool = {
      size: this.#pool.length,
      label: (index: number) => this.#goldOf(this.#demonstrated(index)) ?? "",
      text: (index: number) => this.#example(this.#demonstrated(index)).before,
    };
    this.#sampler = own.demonstrations ? new DemonstrationSampler(pool, own.demonstrations, encoder.embed) : null;
  }

  /**
   * The prompt of an input. Throws `invalidPrompt` when its item cannot be rendered.
   * @param options.contentFree stands for the text fields of the input (Zhao et al. 2021).
   * @param options.demonstrations forces these numbers of the pool, in this order.
   */
  async assemble(
    item: number,
    options: { readonly contentFree?: string; readonly demonstrations?: readonly number[] } = {},
  ): Promise<AssembledPrompt> {
    const input = this.loaded.items[item];
    if (!input) throw new RangeError(`there is no input ${item}`);
    const { contentFree } = options;
    const query = this.#example(contentFree === undefined ? input : this.#emptied(input, contentFree));
    const drawn = options.demonstrations ?? (await this.#draw(item, input, this.#example(input)));
    const answers = this.#answers(input, query.space);
    const answerTokens = this.#answerTokens(answers.candidates, query);
    return { ...this.#fitted(query.before, drawn, answerTokens), ...answers, answerTokens };
  }

  #draw(item: number, input: Item, query: RenderedExample): Promise<readonly number[]> {
    const number = this.loaded.numbers[item] ?? item;
    const excludes = (index: number) => sameInput(this.#demonstrated(index), input, this.#fields);
    return this.#sampler?.draw({ number, text: query.before, excludes }) ?? Promise.resolve([]);
  }

  #answers(input: Item, space: string): Pick<AssembledPrompt, "candidates" | "gold" | "goldWords"> {
    const words = (answer: string) => answerTexts(answer, input, this.#variant).map((word) => space + word);
    const answers = possibleAnswers(input, this.#variant);
    const gold = this.#goldOf(input);
    return {
      candidates: answers?.map((answer) => ({ answer, words: words(answer) })) ?? null,
      gold,
      goldWords: gold === null || gold === "" ? null : words(gold),
    };
  }

  /** Tokens of the longest candidate; of a free answer as many as it may have, but never more than half of the context. */
  #answerTokens(candidates: AssembledPrompt["candidates"], { space }: RenderedExample): number {
    const { tokenizer, contextTokens } = this.encoder;
    const half = Math.floor(contextTokens / 2);
    if (!candidates) return Math.min(this.#variant.decoding.maxNewTokens, half);
    const lengths = candidates.flatMap(({ words }) => words.map((word) => tokenizer.encode(word || space).length));
    // One more: together with the prompt the last token before the answer may be another.
    return Math.min(Math.max(1, ...lengths) + 1, half);
  }

  /** The longest prompt that leaves room for the answer. */
  #fitted(
    query: string,
    drawn: readonly number[],
    answerTokens: number,
  ): Omit<AssembledPrompt, "candidates" | "gold" | "goldWords" | "answerTokens"> {
    const { tokenizer, contextTokens } = this.encoder;
    const room = contextTokens - answerTokens;
    const fixed = tokenizer.encode(this.#joined(query, []).text).length;
    const tokens = drawn.map((index) => this.#demonstration(index).tokens);
    let kept = [...drawn];
    for (let sum = fixed + total(tokens); kept.length > 0 && sum > room; kept = kept.slice(1)) {
      sum -= tokens[drawn.length - kept.length] ?? 0;
    }
    // Joined, texts may have a token more or less than apart.
    let joined = this.#joined(query, kept);
    let length = tokenizer.encode(joined.text).length;
    while (kept.length > 0 && length > room) {
      kept = kept.slice(1);
      joined = this.#joined(query, kept);
      length = tokenizer.encode(joined.text).length;
    }
    const promptTokens = Math.min(length, room);
    return {
      ...joined,
      demonstrations: kept,
      dropped: drawn.length - kept.length,
      truncated: length - promptTokens,
      promptTokens,
    };
  }

  #joined(query: string, demonstrations: readonly number[]): Pick<AssembledPrompt, "text" | "segments"> {
    const { separator } = this.#variant;
    const segments: AssembledSegment[] = [];
    let text = "";
    const add = (part: string, name: string, kind: AssembledSegment["kind"]) => {
      if (part === "") return text.length;
      if (text !== "") text += separator;
      const from = text.length;
      text += part;
      segments.push({ name, kind, from, to: text.length });
      return from;
    };
    add(this.#instruction, l10n.t("Instruction"), "instruction");
    for (const [place, index] of demonstrations.entries()) {
      const { text: part, label } = this.#demonstration(index);
      const from = add(part, l10n.t("Demonstration {0}", place + 1), "demonstration");
      const name = l10n.t("Label {0}", place + 1);
      if (label.to > label.from) segments.push({ name, kind: "label", from: from + label.from, to: from + label.to });
    }
    add(query, l10n.t("Query"), "query");
    return { text: text.trimEnd(), segments };
  }

  #demonstration(index: number): Demonstration {
    const known = this.#texts.get(index);
    if (known) return known;
    const item = this.#demonstrated(index);
    const { before, space, after } = this.#example(item);
    const [word = ""] = answerTexts(this.#goldOf(item) ?? "", item, this.#variant);
    const text = (before + space + word + after).trimEnd();
    const from = Math.min(before.length + space.length, text.length);
    const tokens = this.encoder.tokenizer.encode(this.#variant.separator + text).length;
    const made = { text, tokens, label: { from, to: Math.min(from + word.length, text.length) } };
    this.#texts.set(index, made);
    return made;
  }

  #demonstrated(index: number): Item {
    const item = this.#pool[index];
    if (!item) throw new RangeError(`there is no demonstration ${index}`);
    return item;
  }

  #example(item: Item): RenderedExample {
    try {
      const { choices } = this.#variant;
      // A list in a cell of CSV is a list to the template too.
      const list = choices === null ? null : choicesOf(item, choices);
      return this.#template.example(list && choices !== null ? { ...item, [choices]: [...list] } : item, this.#names());
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw invalidPrompt(this.loaded.path, 1, 1, l10n.t('Variant "{0}": {1}.', this.#variant.name, problem));
    }
  }

  #names(): Readonly<Record<string, unknown>> {
    return { labels: [...(this.#variant.labels?.keys() ?? [])] };
  }

  #goldOf(item: Item): string | null {
    return goldOf(item, this.#variant);
  }

  /** The item with `text` in place of every text that the template shows; choices stay. */
  #emptied(item: Item, text: string): Item {
    const shown = this.#fields.filter((name) => name !== this.#variant.choices && typeof item[name] === "string");
    return { ...item, ...Object.fromEntries(shown.map((name) => [name, text])) };
  }
}

interface Demonstration {
  readonly text: string;
  /** Together with the separator in front. */
  readonly tokens: number;
  /** Place of its answer in `text`. */
  readonly label: { readonly from: number; readonly to: number };
}

/** Whether two items show the same in a template. */
function sameInput(a: Item, b: Item, fields: readonly string[]): boolean {
  return fields.length > 0 && fields.every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
