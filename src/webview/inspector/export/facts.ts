/** What an export says of the run behind it. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import type { ComparisonSide } from "../../../runtime/panelProtocol";
import type { ModelInfo } from "../../../runtime/protocol";
import type { NumberFormats } from "../../shared/format";
import type { Comparison } from "../comparison/units";
import { deviceName, textTruncation } from "../texts";
import type { Scores } from "../viewContext";

/** A name and its value, in words. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Model, settings, sums and the time of the export. */
export function exportFacts(state: Scores | Comparison, exported: Date, formats: NumberFormats): readonly Fact[] {
  const date = { name: l10n.t("Exported"), value: exported.toISOString() };
  if (state.kind === "scores") return [...modelFacts(state.model, ""), ...scoreFacts(state, formats), date];
  return [
    ...sideFacts("A", state.a, formats),
    ...sideFacts("B", state.b, formats),
    ...difference(state, formats),
    date,
  ];
}

function modelFacts(model: ModelInfo, side: string): Fact[] {
  const { name, modelType, device, nLayer, nHead, nPositions } = model;
  const shape = l10n.t("{0}, {1} layers, {2} heads, context {3}", modelType, nLayer, nHead, nPositions);
  return [
    { name: `${side}${l10n.t("Model")}`, value: `${name} (${shape})` },
    { name: `${side}${l10n.t("Device")}`, value: deviceName(device) },
  ];
}

function scoreFacts({ reference, tokens, summary, truncation }: Scores, formats: NumberFormats): Fact[] {
  const { contextLength } = reference;
  return [
    { name: l10n.t("Settings"), value: settingsText(reference.device, contextLength) },
    { name: l10n.t("Tokens"), value: formats.count(tokens.length) },
    { name: l10n.t("Bits in total"), value: formats.decimal(summary.bits) },
    { name: l10n.t("Perplexity"), value: formats.decimal(summary.perplexity) },
    { name: l10n.t("Bits per byte"), value: formats.decimal(summary.bitsPerByte) },
    ...(truncation ? [{ name: l10n.t("Left out"), value: textTruncation(truncation, formats) }] : []),
  ];
}

function settingsText(device: string, contextLength: number | undefined): string {
  return contextLength === undefined
    ? l10n.t("device {0}, the model's own context", device)
    : l10n.t("device {0}, context {1}", device, contextLength);
}

function sideFacts(
  name: string,
  { label, model, tokens, summary, truncation }: ComparisonSide,
  formats: NumberFormats,
) {
  return [
    { name, value: label },
    ...modelFacts(model, `${name}: `),
    { name: `${name}: ${l10n.t("Tokens")}`, value: formats.count(tokens.length) },
    { name: `${name}: ${l10n.t("Bits in total")}`, value: formats.decimal(summary.bits) },
    ...(truncation ? [{ name: `${name}: ${l10n.t("Left out")}`, value: textTruncation(truncation, formats) }] : []),
  ];
}

function difference({ a, b }: Comparison, formats: NumberFormats): Fact[] {
  return [{ name: l10n.t("Bits more in B than in A"), value: formats.signed(b.summary.bits - a.summary.bits) }];
}
