/** Scores of generated text against references, each by the definition and to the digits of the program that papers give it by. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { checkCounts } from "./checkInputs";

/**
 * An answer without what SQuAD's evaluation ignores (Rajpurkar et al. 2016, §6.1; `normalize_answer` of its evaluate-v1.1.py): lower case,
 * without ASCII punctuation and the words a, an and the, one space between words.
 */
export function normaliseAnswer(text: string): string {
  const bare = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "");
  // Not \b, which knows only ASCII's letters: "éa" ends in no article.
  return splitWords(bare.replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ")).join(" ");
}

/** 1 where the prediction is one of the references after `normaliseAnswer`, 0 otherwise. Throws `invalidRequest` without references. */
export function exactMatch(prediction: string, references: readonly string[]): 0 | 1 {
  checkReferences(references);
  const answer = normaliseAnswer(prediction);
  return references.some((reference) => normaliseAnswer(reference) === answer) ? 1 : 0;
}

/**
 * F1 of the words, as bags, after `normaliseAnswer`: the best over the references, 0 … 1. Where prediction or reference has no words it is 1
 * if both have none and 0 otherwise (evaluate-v2.0.py; Rajpurkar et al. 2018). Throws `invalidRequest` without references.
 */
export function tokenF1(prediction: string, references: readonly string[]): number {
  checkReferences(references);
  const words = splitWords(normaliseAnswer(prediction));
  return Math.max(...references.map((reference) => bagF1(words, splitWords(normaliseAnswer(reference)))));
}

function bagF1(prediction: readonly string[], reference: readonly string[]): number {
  if (prediction.length === 0 || reference.length === 0) return prediction.length === reference.length ? 1 : 0;
  const common = matches(countNgrams(prediction, 1), countNgrams(reference, 1));
  return fMeasure(common, prediction.length, reference.length);
}

/** BLEU of a corpus, and what it comes from. */
export interface BleuScore {
  /** 0 … 100. */
  readonly score: number;
  /** Modified precisions of 1-grams to 4-grams in percent, smoothed. */
  readonly precisions: readonly number[];
  /** 0 … 1. */
  readonly brevityPenalty: number;
  /** Tokens of the predictions. */
  readonly predictionLength: number;
  /** Tokens of the references, of each item the closest in length to the prediction. */
  readonly referenceLength: number;
}

/** Lengths of n-grams. */
const bleuOrders = [1, 2, 3, 4] as const;

/**
 * BLEU-4 of all predictions together (Papineni et al. 2002, §2.3) by sacrebleu's defaults (Post 2018), signature
 * `case:mixed|eff:no|tok:13a|smooth:exp`: of n-gram orders without a match the k-th counts as 2⁻ᵏ matches (Chen and Cherry 2014, method 3).
 * 0 where nothing matches or no prediction has four tokens. It is not the mean of the items' BLEU. Throws `invalidRequest` for unequal
 * lengths, without items and for an item without references.
 */
export function corpusBleu(predictions: readonly string[], references: readonly (readonly string[])[]): BleuScore {
  checkCounts(references.length, predictions.length);
  const segments = predictions.map((prediction, item) => bleuCounts(prediction, references[item] ?? []));
  const total = (of: (counts: BleuCounts) => number) => segments.reduce((sum, counts) => sum + of(counts), 0);
  return bleuOf({
    matched: bleuOrders.map((n) => total(({ matched }) => matched[n - 1] ?? 0)),
    ngrams: bleuOrders.map((n) => total(({ ngrams }) => ngrams[n - 1] ?? 0)),
    predictionLength: total((counts) => counts.predictionLength),
    referenceLength: total((counts) => counts.referenceLength),
  });
}

/** BLEU from what all items add to it together. */
export function bleuOf({ matched, ngrams, predictionLength, referenceLength }: BleuCounts): BleuScore {
  const precisions = smoothedPrecisions(matched, ngrams);
  const brevityPenalty = penaltyOf(predictionLength, referenceLength);
  const logs = precisions.reduce((sum, precision) => sum + Math.log(precision), 0); // −∞ where one is 0
  const score = brevityPenalty * Math.exp(logs / bleuOrders.length);
  return { score, precisions, brevityPenalty, predictionLength, referenceLength };
}

/** What one item adds to BLEU; both arrays are by n − 1. */
export interface BleuCounts {
  readonly matched: readonly number[];
  readonly ngrams: readonly number[];
  readonly predictionLength: number;
  readonly referenceLength: number;
}

/** What a prediction adds to BLEU. Throws `invalidRequest` without references. */
export function bleuCounts(prediction: string, references: readonly string[]): BleuCounts {
  checkReferences(references);
  const tokens = tokenize13a(prediction);
  const others = references.map(tokenize13a);
  return {
    matched: bleuOrders.map((n) =>
      matches(countNgrams(tokens, n), largestCounts(others.map((t) => countNgrams(t, n)))),
    ),
    ngrams: bleuOrders.map((n) => Math.max(0, tokens.length - n + 1)),
    predictionLength: tokens.length,
    referenceLength: closest(
      tokens.length,
      others.map(({ length }) => length),
    ),
  };
}

function smoothedPrecisions(matched: readonly number[], ngrams: readonly number[]): number[] {
  if (matched.every((count) => count === 0)) return matched.map(() => 0);
  let halvings = 1;
  return matched.map((count, n) => {
    const all = ngrams[n] ?? 0;
    if (all === 0) return 0;
    if (count > 0) return (100 * count) / all;
    halvings *= 2;
    return 100 / (halvings * all);
  });
}

function penaltyOf(predictionLength: number, referenceLength: number): number {
  if (predictionLength >= referenceLength) return 1;
  return predictionLength === 0 ? 0 : Math.exp(1 - referenceLength / predictionLength);
}

/** The length nearest to `length`; of two as near the shorter. */
function closest(length: number, lengths: readonly number[]): number {
  const distance = (other: number) => Math.abs(other - length);
  return lengths.reduce((best, next) => {
    const nearer = distance(next) - distance(best);
    return nearer < 0 || (nearer === 0 && next < best) ? next : best;
  });
}

/** Tokens by the rules of WMT's mteval-v13a.pl, as sacrebleu's `13a` has them. Keeps case. */
export function tokenize13a(text: string): string[] {
  const line = text.trimEnd().replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  const plain = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  const parted = ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ") // a period or comma that no digit precedes,
    .replace(/([.,])([^0-9])/gu, " $1 $2") // or that no digit follows
    .replace(/([0-9])(-)/gu, "$1 $2 "); // a dash after a digit
  return splitWords(parted);
}

/** ROUGE-L of one item, each 0 … 1. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * ROUGE-L (Lin 2004, §3.1) as Google's rouge-score computes `rougeL` without stemmer: the longest common subsequence of the words of the
 * whole text, which are runs of a–z and 0–9 after lowering the case; precision and recall weigh the same. Of several references the one with
 * the best F1 (`score_multi`). 0 where either has no words. A text's words of other scripts are not seen. A corpus's score is the mean of its
 * items'. Throws `invalidRequest` without references.
 */
export function rougeL(prediction: string, references: readonly string[]): RougeScore {
  checkReferences(references);
  const tokens = rougeTokens(prediction);
  const scores = references.map((reference) => rougeOf(tokens, rougeTokens(reference)));
  return scores.reduce((best, next) => (next.f1 > best.f1 ? next : best));
}

function rougeOf(prediction: readonly string[], reference: readonly string[]): RougeScore {
  if (prediction.length === 0 || reference.length === 0) return { precision: 0, recall: 0, f1: 0 };
  const common = longestCommonSubsequence(prediction, reference);
  return {
    precision: common / prediction.length,
    recall: common / reference.length,
    f1: fMeasure(common, prediction.length, reference.length),
  };
}

function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Its length. Row by row of the table, of which only the last is kept. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let above = new Int32Array(b.length + 1);
  for (const word of a) {
    const row = new Int32Array(b.length + 1);
    for (const [j, other] of b.entries()) {
      row[j + 1] = word === other ? (above[j] ?? 0) + 1 : Math.max(above[j + 1] ?? 0, row[j] ?? 0);
    }
    above = row;
  }
  return above[b.length] ?? 0;
}

/** The log-likelihood of one text. */
export interface TextLikelihood {
  /** Sum of ln p of its tokens, in nats. */
  readonly logprob: number;
  /** How many tokens that is, or whatever unit the perplexity shall be of: words, bytes. */
  readonly tokens: number;
}

/**
 * exp of the mean of −ln p over all tokens of all texts together (Jelinek et al. 1977): long texts weigh more. Comparable only between models
 * of one tokenizer, or by word or byte. Infinite where a token has probability 0. Throws `invalidRequest` without tokens.
 */
export function perplexity(texts: readonly TextLikelihood[]): number {
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  if (!(tokens > 0)) throw invalidRequest(l10n.t("there are no tokens"));
  return Math.exp(-texts.reduce((sum, text) => sum + text.logprob, 0) / tokens);
}

/** 2 · common / (a + b), the harmonic mean of common / a and common / b. */
function fMeasure(common: number, a: number, b: number): number {
  return (2 * common) / (a + b);
}

/** How often each n-gram stands in the tokens, which hold no space. */
function countNgrams(tokens: readonly string[], n: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join(" ");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams both have, as bags. */
function matches(counts: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): number {
  return Array.from(counts).reduce((sum, [ngram, count]) => sum + Math.min(count, others.get(ngram) ?? 0), 0);
}

function largestCounts(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const counts of all) {
    for (const [ngram, count] of counts) largest.set(ngram, Math.max(count, largest.get(ngram) ?? 0));
  }
  return largest;
}

function checkReferences(references: readonly string[]): void {
  if (references.length === 0) throw invalidRequest(l10n.t("an item has no reference"));
}

function splitWords(text: string): string[] {
  return text.split(/\p{White_Space}+/u).filter((word) => word !== "");
}
