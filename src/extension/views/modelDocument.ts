/**
 * A model's details as plain text in columns, which no editor wraps. Names in it come from files of others. Knows
 * nothing of VS Code.
 */
import * as l10n from "@vscode/l10n";
import type { MemoryNeed, ModelDescription, ModelDetails, TensorDescription } from "../../runtime/modelsProtocol";
import type { RuntimeErrorInfo } from "../../runtime/protocol";
import { attentionText, byteText, familyName, precisionText, trainedFacts } from "./modelTexts";
import { columns, oneLine, section, textDocument } from "./textColumns";

/** Everything about a model: description, memory on each device, every tensor. */
export function modelDocument(name: string, { description, tensors, folder }: ModelDetails): string {
  const { attention, memory } = description;
  const mixed = new Set(attention).size > 1;
  return textDocument(name, [
    columns(propertyRows(description, folder)),
    section(l10n.t("Memory"), memoryTable(memory)),
    ...(mixed ? [section(l10n.t("Attention of each layer"), attentionTable(attention))] : []),
    section(l10n.t("Tensors ({0})", count(tensors.length)), tensorTable(tensors)),
  ]);
}

/** What is wrong with a model that cannot be described. */
export function problemDocument(name: string, folder: string, { message, hint }: RuntimeErrorInfo): string {
  return textDocument(name, [folder, message, hint].filter(Boolean).map(oneLine));
}

function propertyRows(description: ModelDescription, folder: string): string[][] {
  const { modelType, precision, parameterCount, fileBytes, attention, hasTokenizer } = description;
  return [
    [l10n.t("Folder"), folder],
    [l10n.t("Architecture"), `${familyName(modelType)} (${modelType})`],
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
    ...trainedFacts(description).map(({ label, value }) => [label, oneLine(value)]),
    [l10n.t("Tokenizer"), hasTokenizer ? l10n.t("yes") : l10n.t("no: only token ids can be scored")],
  ];
}

function memoryTable({ cpu, webgpu }: ModelDescription["memory"]): string {
  const header = [l10n.t("Device"), l10n.t("Weights"), l10n.t("Cache"), l10n.t("Workspace"), l10n.t("Total")];
  return columns([header, memoryRow("cpu", cpu), memoryRow("webgpu", webgpu)], [1, 2, 3, 4]);
}

function memoryRow(device: string, { weights, cache, workspace, total }: MemoryNeed): string[] {
  return [device, ...[weights, cache, workspace, total].map(byteText)];
}

function attentionTable(patterns: readonly string[]): string {
  const rows = patterns.map((pattern, layer) => [count(layer), pattern]);
  return columns([[l10n.t("Layer"), l10n.t("Attention")], ...rows], [0]);
}

function tensorTable(tensors: readonly TensorDescription[]): string {
  const header = [l10n.t("Name"), l10n.t("Shape"), l10n.t("Type"), l10n.t("Bytes"), l10n.t("File")];
  const row = ({ name, shape, dtype, file, byteLength }: TensorDescription) => {
    return [name, `[${shape.join(", ")}]`, dtype, count(byteLength), file];
  };
  return columns([header, ...tensors.map(row)], [3]);
}

function count(value: number): string {
  return value.toLocaleString("en");
}
