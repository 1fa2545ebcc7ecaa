/** The values a config.json may hold, each with the sentence that says what is wrong with another. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig, unsupportedModel } from "../errors";
import type { ActivationFunction, RawConfig } from "./config";

/** A whole number from 1 to `max`. The bounds are far beyond any real model: they keep products exact. */
export function size(max: number) {
  const error = () => l10n.t("must be a whole number from 1 to {0}", max);
  return z.int({ error }).min(1, { error }).max(max, { error });
}

/** True or false. */
export function flag() {
  return z.boolean({ error: () => l10n.t("must be true or false") });
}

/** A token id or null. */
export function tokenId() {
  const error = () => l10n.t("must be a token id or null");
  return z.int({ error }).min(0, { error }).nullable();
}

/** What is added to a variance. */
export function epsilon() {
  const error = () => l10n.t("must be a number greater than 0 and less than 1");
  return z.number({ error }).gt(0, { error }).lt(1, { error });
}

/** Text. */
export function text() {
  return z.string({ error: () => l10n.t("must be text") });
}

/** Largest sizes that are believed. */
export const limits = {
  layers: 1024,
  heads: 4096,
  width: 65_536,
  inner: 1_048_576,
  positions: 1_048_576,
  vocabulary: 4_194_304,
};

/** Other names for a key, used when the key itself is absent. */
export type Aliases = readonly (readonly [key: string, alias: string])[];

/**
 * Parses the keys that `schema` names.
 * @throws RuntimeError `invalidConfig`, naming the key or the alias that holds the bad value.
 */
export function parseKeys<T>(schema: z.ZodType<T>, root: RawConfig, aliases: Aliases, file: string): T {
  const named = new Map(Object.entries(root));
  const source = new Map<string, string>();
  for (const [key, alias] of aliases) {
    if (named.has(key) || !named.has(alias)) continue;
    named.set(key, named.get(alias));
    source.set(key, alias);
  }
  const parsed = schema.safeParse(Object.fromEntries(named));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? "");
  throw invalidConfig(file, source.get(key) ?? key, issue?.message ?? l10n.t("is invalid"));
}

/** Every name Hugging Face gives to one of our five functions. */
const activations: ReadonlyMap<string, ActivationFunction> = new Map([
  ["gelu_new", "gelu_new"],
  ["gelu_fast", "gelu_new"],
  ["gelu_pytorch_tanh", "gelu_new"],
  ["gelu", "gelu"],
  ["gelu_python", "gelu"],
  ["relu", "relu"],
  ["silu", "silu"],
  ["swish", "silu"],
  ["quick_gelu", "quick_gelu"],
]);

/** The activation called `name` at `key`. Throws `unsupportedModel` for one that is not ours. */
export function parseActivation(name: string, key: string, file: string): ActivationFunction {
  const activation = activations.get(name);
  if (activation !== undefined) return activation;
  throw unsupportedModel(file, key, brief(name), [...activations.keys()].join(", "));
}

/** Throws `invalidConfig` unless heads divide the width. */
export function checkHeads(
  sizes: { readonly nEmbd: number; readonly nHead: number },
  keys: { readonly width: string; readonly heads: string },
  file: string,
): void {
  if (sizes.nEmbd % sizes.nHead === 0) return;
  const problem = l10n.t("is {0}, which {1} = {2} does not divide", sizes.nEmbd, keys.heads, sizes.nHead);
  throw invalidConfig(file, keys.width, problem);
}

/** An id that no token has can never be generated, so it is as good as none. */
export function withinVocabulary(id: number | null, vocabSize: number): number | null {
  return id !== null && id < vocabSize ? id : null;
}

/** At most 60 characters of a foreign text. */
export function brief(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
