/** Hazards of a prompt file that only a tokenizer sees. */
import * as l10n from "@vscode/l10n";
import { CancelledError } from "../errors";
import type { PromptSource } from "../promptProtocol";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { type AssembledPrompt, type Encoder, PromptAssembler } from "./assemble";
import { saidAt } from "./lintPlaces";
import { type LoadedPrompt, loadPrompt } from "./loadPrompt";
import { pacer } from "./pacer";
import { type PromptProblem, type PromptReading, readPromptText, type YamlPath } from "./promptText";

/** Most inputs that are put together: a data file's first ones. */
const mostInputs = 200;

/** What is looked at. */
interface Looked {
  readonly loaded: LoadedPrompt;
  readonly reading: PromptReading;
  readonly encoder: Encoder;
  /** Number of the variant in the file. */
  readonly variant: number;
  readonly prompts: readonly AssembledPrompt[];
}

/**
 * Problems, by variant; what is wrong with the file or its data comes first and alone, as an error that is thrown: `invalidPrompt`,
 * `invalidDataset`. Throws `CancelledError`.
 */
export async function tokenLint(source: PromptSource, encoder: Encoder, signal: AbortSignal): Promise<PromptProblem[]> {
  const reading = readPromptText(source.text);
  const loaded = await loadPrompt(source, { limit: mostInputs, skipBadRows: true });
  // Nearest demonstrations hang on the model's states; which ones are drawn does not matter here.
  const embed = async (texts: readonly string[]) => texts.map((_, i) => Float32Array.of(Math.cos(i), Math.sin(i)));
  const breathe = pacer();
  const problems: PromptProblem[] = [];
  for (const variant of loaded.variants.keys()) {
    const assembler = new PromptAssembler(loaded, variant, { ...encoder, embed });
    const prompts: AssembledPrompt[] = [];
    for (const item of loaded.items.keys()) {
      await breathe();
      if (signal.aborted) throw new CancelledError("cancelled");
      prompts.push(await assembler.assemble(item));
    }
    const looked: Looked = { loaded, reading, encoder, variant, prompts };
    problems.push(...labelTokens(looked), ...boundaries(looked), ...tooLong(looked));
  }
  const unique = new Map(problems.map((problem) => [`${problem.code} ${problem.start} ${problem.message}`, problem]));
  return [...unique.values()];
}

/** Label words that share their first token, or have more tokens than others. */
function labelTokens({ loaded, reading, encoder, variant, prompts }: Looked): PromptProblem[] {
  const path = saidAt(loaded.file, variant, "labels");
  const [prompt] = prompts;
  const resolved = loaded.variants[variant];
  if (!path || !resolved?.labels || !prompt?.candidates) return [];
  const words = prompt.candidates.flatMap(({ answer, words }) =>
    words.map((word) => ({ answer, word, ids: encoder.tokenizer.encode(word) })),
  );
  const problems: PromptProblem[] = [];
  for (const [index, one] of words.entries()) {
    const other = words.slice(0, index).find(({ answer, ids }) => answer !== one.answer && ids[0] === one.ids[0]);
    if (!other) continue;
    const message = l10n.t(
      'The label words "{0}" and "{1}" begin with the same token: the first token does not tell them apart.',
      other.word.trim(),
      one.word.trim(),
    );
    problems.push(reading.problemAt([...path, one.answer], { severity: "warning", code: "lint.firstToken", message }));
  }
  const counts = words.map(({ ids }) => ids.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least !== most && resolved.scoring.rule === "sum") {
    const message = l10n.t(
      "Label words have from {0} to {1} tokens: by the rule sum, longer ones are less probable. Choose words of one length, or perToken.",
      least,
      most,
    );
    const problem = { severity: "warning", code: "lint.tokenCount", message } as const;
    problems.push({ ...reading.problemAt(path, problem), ...reading.keyRangeOf(path) });
  }
  return problems;
}

/** Where the last token of the prompt becomes another one together with an answer, what is scored is not only the answer. */
function boundaries({ reading, encoder, variant, prompts }: Looked): PromptProblem[] {
  for (const { text, candidates, goldWords } of prompts) {
    const words = candidates?.flatMap((candidate) => candidate.words) ?? goldWords ?? [];
    const word = words.find((one) => !beginsWith(encoder.tokenizer, text, one));
    if (word === undefined || text === "") continue;
    const message = l10n.t(
      'The end of the prompt and "{0}" share a token: the model reads other tokens with the answer than without it. End the prompt with a word or a mark, and begin the answer with white space.',
      word.trim(),
    );
    return [templateProblem(reading, variant, "lint.tokenBoundary", message)];
  }
  return [];
}

function beginsWith(tokenizer: Tokenizer, text: string, word: string): boolean {
  const alone = tokenizer.encode(text);
  const joint = tokenizer.encode(text + word);
  return alone.every((id, index) => joint[index] === id);
}

function tooLong({ reading, encoder, variant, prompts, loaded }: Looked): PromptProblem[] {
  const path: YamlPath = saidAt(loaded.file, variant, "demonstrations") ?? ["variants", variant, "template"];
  const cut = prompts.filter(({ truncated }) => truncated > 0);
  const shortened = prompts.filter(({ dropped }) => dropped > 0);
  const problems: PromptProblem[] = [];
  if (cut.length > 0) {
    const message = l10n.t(
      "{0} of {1} prompts are longer than the context of {2} tokens even without demonstrations: their beginning is cut.",
      cut.length,
      prompts.length,
      encoder.contextTokens,
    );
    problems.push(templateProblem(reading, variant, "lint.overContext", message, "error"));
  }
  if (shortened.length > 0) {
    const most = Math.max(...shortened.map(({ dropped }) => dropped));
    const message = l10n.t(
      "{0} of {1} prompts do not hold all demonstrations in {2} tokens: up to {3} are left out, those farthest from the query first.",
      shortened.length,
      prompts.length,
      encoder.contextTokens,
      most,
    );
    const problem = { severity: "warning", code: "lint.dropped", message } as const;
    problems.push({ ...reading.problemAt(path, problem), ...reading.keyRangeOf(path) });
  }
  return problems;
}

function templateProblem(
  reading: PromptReading,
  variant: number,
  code: string,
  message: string,
  severity: PromptProblem["severity"] = "warning",
): PromptProblem {
  return reading.problemAt(["variants", variant, "template"], { severity, code, message });
}
