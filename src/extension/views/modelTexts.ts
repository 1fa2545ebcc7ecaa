/** Words and numbers about models, as the views show them. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ModelDescription, Precision } from "../../runtime/modelsProtocol";
import type { ListedModel } from "../modelStore";

const families: Readonly<Record<string, string>> = {
  "openai-gpt": "GPT-1",
  gpt2: "GPT-2",
  gpt3: "GPT-3",
  gpt_neo: "GPT-Neo",
};

/** The family's own name: `GPT-2` for `gpt2`; an unknown model type as it is. */
export function familyName(modelType: string): string {
  return Object.hasOwn(families, modelType) ? (families[modelType] ?? modelType) : modelType;
}

// The field's way of writing sizes, in every language: 124M, 1.56B.
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** A count of parameters in three digits: `124M`. */
export function parameterText(count: number): string {
  return compact.format(count);
}

const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes in decimal units, with two digits or more: `6.2 GB`, `548 MB`. */
export function byteText(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** How weights are stored, in words a row has room for. */
export function precisionText(precision: Precision): string {
  switch (precision) {
    case "F32":
    case "F16":
    case "BF16":
      return precision;
    case "Q8":
      return l10n.t("8-bit");
    case "Q4":
      return l10n.t("4-bit");
    case "mixed":
      return l10n.t("mixed precision");
    default:
      return precision satisfies never;
  }
}

/** Where a model came from, in one sentence without its full stop. */
export function originText(origin: ListedModel["origin"]): string {
  switch (origin.kind) {
    case "starter":
      return l10n.t("ships with the extension");
    case "setting":
      return l10n.t("named by the setting “{0}” alone", "gptWorkbench.model");
    case "folder":
      return l10n.t("a folder of yours, used where it is");
    case "hub":
      return l10n.t("{0} at commit {1}, from {2}", origin.repo, origin.revision.slice(0, 10), origin.endpoint);
    case "quantized":
      return origin.embeddingBits
        ? l10n.t(
            "{0}, quantized to {1} bits in blocks of {2}, token embeddings too",
            origin.source,
            origin.bits,
            origin.blockSize,
          )
        : l10n.t("{0}, quantized to {1} bits in blocks of {2}", origin.source, origin.bits, origin.blockSize);
    case "merged":
      return l10n.t("the adapter in {0}, merged into {1}", origin.adapter, origin.base);
    default:
      return origin satisfies never;
  }
}

/** The attention patterns of the layers, each once, in order of first use: `dense, banded(256)`. */
export function attentionText(patterns: readonly string[]): string {
  return [...new Set(patterns)].join(", ");
}

/** Characters that would break a line or hide text: controls, line separators, bidirectional marks, lone surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A name from somebody else's file in one line, everything in it visible. */
export function visibleName(name: string): string {
  return name.replace(invisible, "\uFFFD");
}

/** What a fine-tuned model classifies, and whose weights an adapter changes; nothing of other models. */
export function trainedFacts({ classifier, adapterOf }: Pick<ModelDescription, "classifier" | "adapterOf">) {
  const facts: { readonly key: string; readonly label: string; readonly value: string }[] = [];
  if (classifier) {
    const { task, labels } = classifier;
    const named = [...labels.slice(0, 12), ...(labels.length > 12 ? ["…"] : [])].join(", ");
    facts.push({ key: "classifier", label: l10n.t("Classifies"), value: named === "" ? task : named });
  }
  if (adapterOf !== undefined) facts.push({ key: "adapter", label: l10n.t("LoRA adapter of"), value: adapterOf });
  return facts;
}
