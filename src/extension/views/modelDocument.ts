/** A model's details as a Markdown document. Names in it come from files of others. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { MemoryNeed, ModelDescription, ModelDetails, TensorDescription } from "../../runtime/modelsProtocol";
import type { RuntimeErrorInfo } from "../../runtime/protocol";
import { attentionText, byteText, familyName, precisionText, visibleName } from "./modelTexts";

/** Everything about a model: description, memory on each device, every tensor. */
export function modelDocument(name: string, details: ModelDetails): string {
  const { description, tensors, folder } = details;
  return [
    `# ${codeSpan(name)}`,
    table([l10n.t("Property"), l10n.t("Value")], propertyRows(description, folder)),
    `## ${l10n.t("Memory")}`,
    table(
      [l10n.t("Device"), l10n.t("Weights"), l10n.t("Cache"), l10n.t("Workspace"), l10n.t("Total")],
      [memoryRow("cpu", description.memory.cpu), memoryRow("webgpu", description.memory.webgpu)],
    ),
    `## ${l10n.t("Tensors ({0})", tensors.length)}`,
    table([l10n.t("Name"), l10n.t("Shape"), l10n.t("Type"), l10n.t("File"), l10n.t("Bytes")], tensors.map(tensorRow)),
    "",
  ].join("\n\n");
}

/** What is wrong with a model that cannot be described. */
export function problemDocument(name: string, folder: string, { message, hint }: RuntimeErrorInfo): string {
  return [`# ${codeSpan(name)}`, codeSpan(folder), ...[message, hint].filter(Boolean).map(codeSpan), ""].join("\n\n");
}

function propertyRows(description: ModelDescription, folder: string): string[][] {
  const { modelType, precision, parameterCount, fileBytes, attention, hasTokenizer } = description;
  return [
    [l10n.t("Folder"), codeSpan(folder)],
    [l10n.t("Architecture"), `${codeSpan(familyName(modelType))} (${codeSpan(modelType)})`],
    [l10n.t("Parameters"), count(parameterCount)],
    [l10n.t("Precision"), precisionText(precision)],
    [l10n.t("Size on disk"), byteText(fileBytes)],
    [l10n.t("Layers"), count(description.nLayer)],
    [l10n.t("Heads"), count(description.nHead)],
    [l10n.t("Width"), count(description.nEmbd)],
    [l10n.t("Feed-forward width"), count(description.nInner)],
    [l10n.t("Context"), l10n.t("{0} tokens", count(description.nPositions))],
    [l10n.t("Vocabulary"), l10n.t("{0} tokens", count(description.vocabSize))],
    [l10n.t("Attention"), attentionText(attention)],
    [l10n.t("Tokenizer"), hasTokenizer ? l10n.t("yes") : l10n.t("no: only token ids can be scored")],
  ];
}

function memoryRow(device: string, { weights, cache, workspace, total }: MemoryNeed): string[] {
  return [device, ...[weights, cache, workspace, total].map(byteText)];
}

function tensorRow({ name, shape, dtype, file, byteLength }: TensorDescription): string[] {
  return [codeSpan(name), `[${shape.join(", ")}]`, codeSpan(dtype), codeSpan(file), count(byteLength)];
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** Longest name that is written out, UTF-16 code units. */
const longest = 200;

/** Any text as Markdown code within a table: nothing in it is markup, no line ends in it. */
export function codeSpan(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  const clean = visibleName(shown).replaceAll("|", "\\|");
  const runs = [...clean.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(0, ...runs) + 1);
  // Spaces, of which one on each side belongs to the fence, keep a backtick at the end apart from it.
  const padding = clean.startsWith("`") || clean.endsWith("`") || !clean.trim() ? " " : "";
  return `${fence}${padding}${clean}${padding}${fence}`;
}

/** Widest column that is padded, characters. */
const widest = 60;

/** A table, its columns padded so that the text reads well too. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) =>
    Math.min(
      widest,
      rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), Math.max(3, title.length)),
    ),
  );
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}
