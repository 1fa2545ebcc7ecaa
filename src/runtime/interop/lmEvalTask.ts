/**
 * What a task of lm-evaluation-harness asks of a model for a row: a faithful reading of `ConfigurableTask` of version 0.4.13
 * (`fewshot_context`, `build_qa_turn`, `construct_requests`) for what a YAML file alone can say. Pure.
 */
import * as l10n from "@vscode/l10n";
import { type ForeignTemplate, foreignTemplate, foreignValue } from "./foreignTemplate";
import { pythonList } from "./pythonLiteral";

/** A row of data, as JSON has it. */
export type Doc = Readonly<Record<string, unknown>>;

/** How a row becomes text: of the query, or of a demonstration. */
export interface DocForm {
  readonly docToText: string;
  /** A field, a template that gives a list, or the list; null without choices. */
  readonly docToChoice: string | readonly string[] | null;
  readonly docToTarget: string | number;
}

/** A task, as far as it makes prompts. */
export interface LmEvalTask extends DocForm {
  readonly description: string;
  readonly targetDelimiter: string;
  /** Demonstrations in their order; empty for zero-shot. */
  readonly samples: readonly Doc[];
  readonly fewshot: DocForm & { readonly targetDelimiter: string; readonly delimiter: string };
  /** Names of the columns: what names one of them is no template. */
  readonly features: ReadonlySet<string>;
}

/** What the model is asked. */
export interface LmEvalRequest {
  readonly context: string;
  /** Null for free answers. Each is asked for with `delimiter` in front. */
  readonly choices: readonly string[] | null;
  readonly delimiter: string;
  /** Numbers of the right choices, or a text. */
  readonly target: readonly number[] | string;
}

/** Asks rows as a task does. Its templates are read once. Throws `Error`, with a sentence, for templates that cannot be used. */
export class LmEvalReader {
  readonly #templates = new Map<string, ForeignTemplate>();
  #shots: string | undefined;

  constructor(private readonly task: LmEvalTask) {}

  /** Throws `Error`, with a sentence, for a row that the task cannot be asked of. */
  request(doc: Doc): LmEvalRequest {
    const { task } = this;
    const choices = this.#choices(doc, task);
    const context = this.#field(doc, task.description) + this.#fewshot() + this.#query(doc, task, choices !== null);
    return { context, choices, delimiter: task.targetDelimiter, target: this.#target(doc, task, choices) };
  }

  #fewshot(): string {
    const { fewshot, samples } = this.task;
    this.#shots ??= samples
      .map((doc) => {
        const choices = this.#choices(doc, fewshot);
        const target = this.#target(doc, fewshot, choices);
        const answer = typeof target === "string" ? target : (choices?.[target[0] ?? -1] ?? "");
        return this.#query(doc, fewshot, choices !== null) + fewshot.targetDelimiter + answer + fewshot.delimiter;
      })
      .join("");
    return this.#shots;
  }

  #query(doc: Doc, { docToText }: DocForm, hasChoices: boolean): string {
    if (this.task.features.has(docToText)) return text(doc[docToText]);
    const made = this.#render(docToText, doc);
    if (hasChoices && /^\p{N}+$/u.test(made))
      throw new Error(
        l10n.t('The text is a number ("{0}"): the choices would be contexts, which is not read here.', made),
      );
    return made;
  }

  #choices(doc: Doc, { docToChoice }: DocForm): readonly string[] | null {
    if (docToChoice === null || typeof docToChoice !== "string") return docToChoice;
    const list = this.task.features.has(docToChoice) ? doc[docToChoice] : this.#list(docToChoice, doc);
    if (Array.isArray(list) && list.length > 0 && list.every((choice) => typeof choice === "string")) return list;
    throw new Error(l10n.t('"{0}" gives no list of choices.', docToChoice));
  }

  /** Of an expression alone the value, which spares us to read it back from text. */
  #list(template: string, doc: Doc): unknown {
    const expression = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(template)?.[1];
    if (expression !== undefined && !/\{\{|\}\}/.test(expression)) return foreignValue(expression, doc);
    return pythonList(this.#render(template, doc));
  }

  #target(doc: Doc, { docToTarget }: DocForm, choices: readonly string[] | null): readonly number[] | string {
    const value = this.#targetValue(doc, docToTarget, choices !== null);
    if (!choices) return Array.isArray(value) ? text(value[0]) : text(value);
    const all = (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === "number" ? one : choices.indexOf(text(one)),
    );
    const [first] = all;
    if (first !== undefined && all.every((n) => Number.isInteger(n) && n >= 0 && n < choices.length)) return all;
    throw new Error(l10n.t('The right answer "{0}" is none of the choices.', JSON.stringify(value) ?? ""));
  }

  #targetValue(doc: Doc, target: string | number, hasChoices: boolean): unknown {
    if (typeof target === "number") return target;
    if (this.task.features.has(target)) return doc[target];
    // Python's list.index, which most tasks with letters for their answers use.
    const index = /^\s*\{\{\s*(.+)\.index\(([^()]+)\)\s*\}\}\s*$/s.exec(target);
    if (index) {
      const [list, wanted] = [index[1], index[2]].map((part) => foreignValue(part ?? "", doc));
      return Array.isArray(list) ? list.indexOf(wanted) : -1;
    }
    const made = this.#render(target, doc);
    return hasChoices && /^\d+$/.test(made) ? Number(made) : (pythonList(made) ?? made);
  }

  /** A text that a column, or else a template, gives. */
  #field(doc: Doc, field: string): string {
    if (field === "") return "";
    return Object.hasOwn(doc, field) ? text(doc[field]) : this.#render(field, doc);
  }

  #render(template: string, doc: Doc): string {
    const known = this.#templates.get(template) ?? foreignTemplate(template);
    this.#templates.set(template, known);
    return known.render(doc);
  }
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return foreignTemplate("{{ value }}").render({ value });
  throw new Error(l10n.t("A text is expected, not {0}.", JSON.stringify(value) ?? "nothing"));
}
