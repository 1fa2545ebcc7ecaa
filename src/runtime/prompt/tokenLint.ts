/** Hazards of a prompt file that only a tokenizer sees. What the text alone shows, `staticLint.ts` says. */
import * as l10n from "@vscode/l10n";
import { sharedLength } from "../engine/choiceTrie";
import { describeToken, type Tokenizer } from "../tokenizer/tokenizer";
import { type AssembledPrompt, PromptAssembler } from "./assemble";
import type { LoadedPrompt } from "./loadPrompt";
import type { ResolvedVariant } from "./promptFile";
import type { PromptProblem, PromptReading, YamlPath } from "./promptText";

/** Inputs that are put together; more would keep the editor waiting. */
export const maxLintedItems = 200;

/** What the model brings. */
export interface LintEncoder {
  readonly tokenizer: Tokenizer;
  readonly contextTokens: number;
}

type Found = Pick<PromptProblem, "severity" | "code" | "message">;

/** A prompt, and the tokens of a text after it. */
interface Continued {
  readonly text: string;
  /** The tokens that the prompt has when nothing follows it. */
  readonly before: readonly number[];
  /** Together with the text. */
  readonly whole: readonly number[];
}

/**
 * Finds problems of the first `maxLintedItems` inputs, in the order of the text. Codes begin with `token.`. `loaded` has all variants of the
 * file that `reading` is of. Throws as `PromptAssembler.assemble` does, and the signal's reason when it is aborted.
 */
export async function lintTokens(
  reading: PromptReading,
  loaded: LoadedPrompt,
  encoder: LintEncoder,
  signal?: AbortSignal,
): Promise<readonly PromptProblem[]> {
  const found: PromptProblem[] = [];
  for (const index of loaded.variants.keys()) {
    found.push(...(await new VariantLint(reading, loaded, index, encoder).problems(signal)));
  }
  // What the file says for all variants is looked at with each of them.
  const unique = new Map(found.map((problem) => [`${problem.code} ${problem.start} ${problem.message}`, problem]));
  return [...unique.values()].sort((a, b) => a.start - b.start);
}

class VariantLint {
  readonly #variant: ResolvedVariant;

  constructor(
    private readonly reading: PromptReading,
    private readonly loaded: LoadedPrompt,
    private readonly index: number,
    private readonly encoder: LintEncoder,
  ) {
    const variant = loaded.variants[index];
    if (!variant) throw new RangeError(`there is no variant ${index}`);
    this.#variant = variant;
  }

  async problems(signal?: AbortSignal): Promise<PromptProblem[]> {
    const prompts: AssembledPrompt[] = [];
    const assembler = this.#assembler();
    for (const item of this.loaded.items.slice(0, maxLintedItems).keys()) {
      signal?.throwIfAborted();
      prompts.push(await assembler.assemble(item));
      if (item % 20 === 19) await new Promise(setImmediate);
    }
    const [first] = prompts;
    return [
      ...(first && this.#variant.labels ? this.#labelProblems(first) : []),
      ...this.#boundary(prompts),
      ...this.#context(prompts),
      ...this.#answers(prompts),
    ];
  }

  /** Nearest demonstrations would need the whole pool read by the model: here others of the pool stand for them. */
  #assembler(): PromptAssembler {
    const { variants } = this.loaded;
    const { demonstrations } = this.#variant;
    const drawn = demonstrations?.sampler === "nearest" ? { ...demonstrations, sampler: "random" as const } : null;
    const own = drawn ? { ...this.#variant, demonstrations: drawn } : this.#variant;
    const loaded = { ...this.loaded, variants: variants.with(this.index, own) };
    const embed = () => Promise.reject(new Error("nothing is embedded here"));
    return new PromptAssembler(loaded, this.index, { ...this.encoder, embed });
  }

  #labelProblems({ text, candidates }: AssembledPrompt): PromptProblem[] {
    const words = (candidates ?? []).flatMap(({ answer, words: own }) =>
      own.map((word) => ({ label: answer, ...this.#continued(text, word) })),
    );
    const [one] = words;
    if (!one) return [];
    // A word has a token of its own, even if the prompt's last one stands for both.
    const most = Math.min(...words.map(({ whole }) => whole.length)) - 1;
    let shared = Math.min(most, ...words.map(({ before, whole }) => sharedLength([before, whole])));
    // White space that is a token by itself is no part of the words.
    const alike = Math.min(most, sharedLength(words.map(({ whole }) => whole)));
    while (shared < alike && this.#isSpace(one.whole[shared])) shared++;
    const own = words.map(({ label, text: word, whole }) => ({ label, word, ids: whole.slice(shared) }));
    return [...this.#alike(own), ...this.#lengths(own)];
  }

  /** Label words of two labels that are the same tokens, or begin with the same one. */
  #alike(words: readonly LabelWord[]): PromptProblem[] {
    return words.flatMap((word, at) => {
      const others = words.slice(0, at).filter(({ label }) => label !== word.label);
      const same = others.find(({ ids }) => ids.length === word.ids.length && ids.every((id, i) => id === word.ids[i]));
      const other = same ?? others.find(({ ids }) => ids[0] === word.ids[0]);
      if (!other) return [];
      const [a, b] = [other.word.trim(), word.word.trim()];
      return [this.#at(this.#labelPath(word.label), same ? sameTokens(a, b) : this.#sameFirst(a, b, word.ids[0] ?? 0))];
    });
  }

  #sameFirst(a: string, b: string, id: number): Found {
    const { text } = describeToken(this.encoder.tokenizer, id);
    const message = l10n.t(
      'The label words "{0}" and "{1}" begin with the same token, {2}: only what follows it tells them apart.',
      ...[a, b, JSON.stringify(text)],
    );
    return { severity: "warning", code: "token.sharedFirst", message };
  }

  #lengths(words: readonly LabelWord[]): PromptProblem[] {
    const lengths = new Set(words.map(({ ids }) => ids.length));
    if (lengths.size < 2) return [];
    const list = words.map(({ word, ids }) => `${word.trim()}: ${ids.length}`).join(", ");
    const { rule } = this.#variant.scoring;
    const message =
      rule === "sum"
        ? l10n.t('Label words differ in their number of tokens ({0}). The rule "sum" favours the short ones.', list)
        : l10n.t("Label words differ in their number of tokens ({0}).", list);
    const severity = rule === "sum" ? "warning" : "info";
    return [this.#at(this.#labelPath(null), { severity, code: "token.lengths", message })];
  }

  /** Answers that change the last token of what stands before them: the prompt alone is then read otherwise than with its answer. */
  #boundary(prompts: readonly AssembledPrompt[]): PromptProblem[] {
    const hit = prompts.flatMap(({ text, candidates, goldWords }) => {
      const words = candidates?.flatMap((candidate) => candidate.words) ?? goldWords ?? [];
      const moved = words
        .map((word) => this.#continued(text, word))
        .filter(({ before, whole }) => sharedLength([before, whole]) < before.length);
      return moved.slice(0, 1);
    });
    const [first] = hit;
    if (!first) return [];
    const message = l10n.t(
      "The answer {0} joins the last token of the prompt, {1} (in {2} of {3} inputs). Put a space or a line break between them.",
      ...[JSON.stringify(first.text), JSON.stringify(this.#last(first.before)), hit.length, prompts.length],
    );
    return [this.#at(["variants", this.index, "template"], { severity: "warning", code: "token.boundary", message })];
  }

  #isSpace(id: number | undefined): boolean {
    return id !== undefined && describeToken(this.encoder.tokenizer, id).text.trim() === "";
  }

  #last(ids: readonly number[]): string {
    const id = ids.at(-1);
    return id === undefined ? "" : describeToken(this.encoder.tokenizer, id).text;
  }

  /** Prompts that do not fit the context. */
  #context(prompts: readonly AssembledPrompt[]): PromptProblem[] {
    const numbered = prompts.map((prompt, item) => ({ ...prompt, item }));
    const template: YamlPath = ["variants", this.index, "template"];
    const cut = numbered.filter(({ truncated }) => truncated > 0);
    const short = numbered.filter(({ dropped, truncated }) => dropped > 0 && truncated === 0);
    const found: PromptProblem[] = [];
    if (cut.length > 0) {
      const message = l10n.t(
        "{0} of {1} prompts are longer than the context of {2} tokens even without demonstrations: their beginning is cut off (inputs {3}).",
        ...[cut.length, prompts.length, this.encoder.contextTokens, this.#numbers(cut)],
      );
      found.push(this.#at(template, { severity: "warning", code: "token.truncated", message }));
    }
    if (short.length > 0) {
      const message = l10n.t(
        "In {0} of {1} prompts not all demonstrations fit the context of {2} tokens; up to {3} are left out (inputs {4}).",
        ...[short.length, prompts.length, this.encoder.contextTokens, Math.max(...short.map(({ dropped }) => dropped))],
        this.#numbers(short),
      );
      found.push(this.#at(this.#said("demonstrations", "k"), { severity: "warning", code: "token.dropped", message }));
    }
    return found;
  }

  /** Right answers, in free text, that are longer than what may be written. */
  #answers(prompts: readonly AssembledPrompt[]): PromptProblem[] {
    if (this.#variant.labels || this.#variant.choices !== null) return [];
    const { maxNewTokens } = this.#variant.decoding;
    const long = prompts
      .map(({ text, goldWords }, item) => {
        const lengths = (goldWords ?? []).map((word) => {
          const { before, whole } = this.#continued(text, word);
          return whole.length - sharedLength([before, whole]);
        });
        return { item, tokens: Math.min(...lengths) };
      })
      .filter(({ tokens }) => tokens > maxNewTokens && tokens < Number.POSITIVE_INFINITY);
    if (long.length === 0) return [];
    const message = l10n.t(
      "{0} of {1} right answers have more tokens than may be written: up to {2}, where maxNewTokens is {3} (inputs {4}).",
      ...[long.length, prompts.length, Math.max(...long.map(({ tokens }) => tokens)), maxNewTokens],
      this.#numbers(long),
    );
    return [this.#at(this.#said("decoding", "maxNewTokens"), { severity: "warning", code: "token.answer", message })];
  }

  /** The first few, as people count. */
  #numbers(prompts: readonly { readonly item: number }[]): string {
    const shown = prompts.slice(0, 5).map(({ item }) => String((this.loaded.numbers[item] ?? item) + 1));
    return shown.join(", ") + (prompts.length > shown.length ? ", …" : "");
  }

  #continued(prompt: string, text: string): Continued {
    const { tokenizer } = this.encoder;
    return { text, before: tokenizer.encode(prompt), whole: tokenizer.encode(prompt + text) };
  }

  #labelPath(label: string | null): YamlPath {
    const own = this.loaded.file.variants[this.index]?.labels !== undefined;
    return [...(own ? ["variants", this.index] : []), "labels", ...(label === null ? [] : [label])];
  }

  /** Where a key is said, the variant's before the file's. */
  #said(section: "demonstrations" | "decoding", key: string): YamlPath {
    const { file } = this.loaded;
    const says = (all: object | undefined) => all !== undefined && key in all;
    if (says(file.variants[this.index]?.[section])) return ["variants", this.index, section, key];
    return says(file[section]) ? [section, key] : ["variants", this.index, "template"];
  }

  #at(path: YamlPath, problem: Found): PromptProblem {
    return this.reading.problemAt(path, problem);
  }
}

interface LabelWord {
  readonly label: string;
  /** With its white space. */
  readonly word: string;
  readonly ids: readonly number[];
}

function sameTokens(a: string, b: string): Found {
  const message = l10n.t('The label words "{0}" and "{1}" are the same tokens: nothing can tell them apart.', a, b);
  return { severity: "error", code: "token.same", message };
}
