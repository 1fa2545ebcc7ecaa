/** The prompt of a new comparison file: what the papers ask a task with, in the words of the data. Pure. */
import type { NewComparison } from "./newComparisonFile";

/** A prompt that every arm of the file shares. */
export interface NewPrompt {
  readonly instruction: string | null;
  readonly template: string;
  /** Label → label word, where it is not the label's name. */
  readonly words: readonly (readonly [string, string])[] | null;
}

/** Most labels that an instruction lists. */
const mostListed = 20;
/** Names that templates have another meaning for. */
const reserved = new Set(
  "true false none True False None and or not in is if else elif endif for endfor set labels answer loop".split(" "),
);

/** The prompt for a task. */
export function promptFor(said: NewComparison): NewPrompt {
  const names = [...new Set(Object.values(said.labels))];
  switch (said.task) {
    case "classification":
      return {
        instruction: listing(names),
        template: `${cue(said, "text", "Text")}: {{ text }}\nAnswer: {{ answer }}`,
        words: null,
      };
    case "entailment":
      return pair(names, entailmentWords, {
        // As GPT-3 asks for RTE and CB (Brown et al. 2020, appendix G).
        template: (question) => `{{ premise }}\nQuestion: {{ hypothesis }} ${question}\nAnswer: {{ answer }}`,
        question: (words) => `${oneOf(words)}?`,
      });
    case "similarity":
      return pair(names, similarityWords, {
        template: (question) =>
          `First: {{ text_a }}\nSecond: {{ text_b }}\nQuestion: ${question}\nAnswer: {{ answer }}`,
        question: (words) => `Do both mean the same? ${oneOf(words)}?`,
      });
    case "multipleChoice":
      return {
        instruction: null,
        template: `${cue(said, "context", "Question")}: {{ context }}\nAnswer: {{ answer }}`,
        words: null,
      };
    case "generation":
      return { instruction: null, template: writtenTemplate(said), words: null };
    default:
      return said.task satisfies never;
  }
}

/** Which labels there are: by the variable where a label could break the template. */
function listing(names: readonly string[]): string | null {
  if (names.length < 2 || names.length > mostListed) return null;
  const plain = names.every((name) => /^[\p{L}\p{N}][\p{L}\p{N} _-]*$/u.test(name));
  return `Answer with one of these: ${plain ? names.join(", ") : "{{ labels | join(', ') }}"}.`;
}

interface PairTemplate {
  readonly template: (question: string) => string;
  readonly question: (words: readonly string[]) => string;
}

/** A question whose answers are words for the labels; the labels' own names where they are none that are known. */
function pair(
  names: readonly string[],
  known: ReadonlyMap<string, string>,
  { template, question }: PairTemplate,
): NewPrompt {
  const words = names.map((name) => known.get(name.toLowerCase().replace(/[\s_-]+/g, "")));
  const found = words.filter((word) => word !== undefined);
  const usable = found.length === names.length && new Set(found).size === names.length && names.length > 1;
  if (!usable)
    return { instruction: listing(names), template: template("").replace(/\nQuestion: (?=\n)/, ""), words: null };
  const asked = question([...known.values()].filter((word, i, all) => found.includes(word) && all.indexOf(word) === i));
  const entries = names.flatMap((name, i) => {
    const word = words[i];
    return word === undefined ? [] : [[name, word] as const];
  });
  return { instruction: null, template: template(asked), words: entries };
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const entailmentWords: ReadonlyMap<string, string> = new Map([
  ...["entailment", "entails", "entailed", "true"].map((name) => [name, "True"] as const),
  ...["contradiction", "contradicts", "notentailment", "false"].map((name) => [name, "False"] as const),
  ["neutral", "Neither"],
]);

const similarityWords: ReadonlyMap<string, string> = new Map([
  ...["paraphrase", "same", "equivalent", "duplicate", "similar", "true", "yes"].map((name) => [name, "yes"] as const),
  ...["different", "notequivalent", "notduplicate", "notparaphrase", "notsimilar", "other", "false", "no"].map(
    (name) => [name, "no"] as const,
  ),
]);

/** What a field is called in the prompt: its column's name, where that is a word. */
function cue({ columns }: NewComparison, field: string, usual: string): string {
  const column = Object.hasOwn(columns, field) ? columns[field] : undefined;
  if (column === undefined || !/^[a-z]{3,20}$/i.test(column)) return usual;
  return `${column[0]?.toUpperCase()}${column.slice(1).toLowerCase()}`;
}

/** Every column that can be named in a template, and then the answer. */
function writtenTemplate({ allColumns, columns }: NewComparison): string {
  const own = Object.keys(columns).filter((field) => field !== "answer");
  const answer = Object.hasOwn(columns, "answer") ? columns.answer : "answer";
  const rest = allColumns.filter((column) => column !== answer && !Object.values(columns).includes(column));
  const fields = [...new Set([...own, ...rest])].filter(
    (name) => /^[A-Za-z_]\w{0,40}$/.test(name) && !reserved.has(name),
  );
  return [...fields.slice(0, 5).map((name) => `${name}: {{ ${name} }}`), "answer: {{ answer }}"].join("\n");
}
