/** What a row of the Models view says and offers. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ModelDescription } from "../../runtime/modelsProtocol";
import type { DeviceChoice } from "../../runtime/protocol";
import { sameFolder } from "../modelFolder";
import { isInStore, type ListedModel } from "../modelStore";
import type { ModelState } from "../states";
import { expectedDevice, fitOn, fitText, type MachineMemory } from "./fit";
import {
  attentionText,
  byteText,
  familyName,
  originText,
  parameterText,
  precisionText,
  trainedFacts,
  visibleName,
} from "./modelTexts";

/** A model, and everything that its row depends on. */
export interface ModelRowInput {
  readonly model: ListedModel;
  readonly state: ModelState;
  /** Folder and device of the settings; null when a setting is wrong. */
  readonly selected: { readonly folder: string; readonly device: DeviceChoice } | null;
  readonly memory: MachineMemory;
}

/** A line below a model, and of its tooltip. */
export interface DetailRow {
  /** Unique among the lines of a model. */
  readonly key: string;
  readonly label: string;
  readonly value: string;
}

/** A row of the view. */
export interface ModelRow {
  readonly label: string;
  readonly description: string;
  /** A codicon, and the id of its colour if it has one. */
  readonly icon: { readonly id: string; readonly color?: string };
  /** Words for the menus' `when`: what can be done with this model. */
  readonly contextValue: string;
  /** The row in words, for a screen reader. */
  readonly spoken: string;
  readonly tooltip: readonly DetailRow[];
}

/** How a model is, the most telling first. */
type Status =
  | { readonly kind: "broken" | "failed"; readonly problem: string; readonly remedy: string }
  | { readonly kind: "loading" }
  | { readonly kind: "loaded"; readonly device: string }
  | { readonly kind: "selected" }
  | { readonly kind: "idle" };

/** The row of a model. */
export function modelRow(input: ModelRowInput): ModelRow {
  const { model } = input;
  const status = statusOf(input);
  const words = [...nature(model), statusWords(status, input)];
  return {
    label: visibleName(model.name),
    description: words.join(" · "),
    icon: icons[status.kind],
    contextValue: ["model", ...abilities(model, status)].join(" "),
    spoken: [visibleName(model.name), ...words, ...(status.kind === "selected" ? [l10n.t("selected")] : [])].join(", "),
    tooltip: [{ key: "state", label: l10n.t("State"), value: statusSentence(status, input) }, ...detailRows(model)],
  };
}

/** The lines below a model. */
export function detailRows(model: ListedModel): DetailRow[] {
  const place = [
    { key: "origin", label: l10n.t("Origin"), value: originText(model.origin) },
    { key: "folder", label: l10n.t("Folder"), value: model.folder },
  ];
  if (model.state.kind === "ready") return [...describedRows(model.state.description), ...place];
  const { message, hint } = model.state.error;
  const remedy = hint ? [{ key: "remedy", label: l10n.t("Remedy"), value: hint }] : [];
  return [{ key: "problem", label: l10n.t("Problem"), value: message }, ...remedy, ...place];
}

function describedRows(description: ModelDescription): DetailRow[] {
  const { modelType, parameterCount, nLayer, nHead, nEmbd, nPositions, vocabSize, memory } = description;
  const architecture = l10n.t("{0}, {1} layers, {2} heads, width {3}", familyName(modelType), nLayer, nHead, nEmbd);
  const vocabulary = l10n.t("{0} tokens", vocabSize);
  return [
    { key: "architecture", label: l10n.t("Architecture"), value: architecture },
    ...trainedFacts(description),
    { key: "attention", label: l10n.t("Attention"), value: attentionText(description.attention) },
    { key: "context", label: l10n.t("Context"), value: l10n.t("{0} tokens", nPositions) },
    {
      key: "vocabulary",
      label: l10n.t("Vocabulary"),
      value: description.hasTokenizer ? vocabulary : l10n.t("{0}, without a tokenizer", vocabulary),
    },
    {
      key: "weights",
      label: l10n.t("Weights"),
      value: l10n.t(
        "{0} parameters, {1}, {2} on disk",
        parameterText(parameterCount),
        precisionText(description.precision),
        byteText(description.fileBytes),
      ),
    },
    {
      key: "memory",
      label: l10n.t("Memory"),
      value: l10n.t("{0} on cpu, {1} on webgpu", byteText(memory.cpu.total), byteText(memory.webgpu.total)),
    },
  ];
}

function statusOf({ model, state, selected }: ModelRowInput): Status {
  if (model.state.kind === "broken") return problem("broken", model.state.error);
  if (state.kind === "loaded" && sameFolder(state.info.folder, model.folder)) {
    return { kind: "loaded", device: state.info.device };
  }
  if (state.kind === "loading" && sameFolder(state.folder, model.folder)) return { kind: "loading" };
  if (state.kind === "failed" && sameFolder(state.folder, model.folder)) return problem("failed", state.error);
  return { kind: selected && sameFolder(selected.folder, model.folder) ? "selected" : "idle" };
}

function problem(kind: "broken" | "failed", { message, hint }: { message: string; hint: string }): Status {
  return { kind, problem: message, remedy: hint };
}

const icons: { readonly [K in Status["kind"]]: ModelRow["icon"] } = {
  broken: { id: "error", color: "list.errorForeground" },
  failed: { id: "error", color: "list.errorForeground" },
  loading: { id: "loading~spin" },
  loaded: { id: "pass-filled", color: "testing.iconPassed" },
  selected: { id: "circle-filled" },
  idle: { id: "circle-outline" },
};

/** Family, size and precision, of a model that can be read. */
function nature({ state }: ListedModel): string[] {
  if (state.kind !== "ready") return [];
  const { modelType, parameterCount, precision } = state.description;
  return [familyName(modelType), parameterText(parameterCount), precisionText(precision)];
}

function statusWords(status: Status, input: ModelRowInput): string {
  switch (status.kind) {
    case "broken":
      return l10n.t("cannot be read");
    case "failed":
      return l10n.t("could not be loaded");
    case "loading":
      return l10n.t("loading");
    case "loaded":
      return l10n.t("loaded on {0}", status.device);
    case "selected":
    case "idle":
      return fitWords(input);
    default:
      return status satisfies never;
  }
}

function fitWords({ model, state, selected, memory }: ModelRowInput): string {
  if (model.state.kind !== "ready") return "";
  const device = expectedDevice(selected?.device ?? "auto", state);
  return fitText(fitOn(device, model.state.description.memory, memory));
}

function statusSentence(status: Status, input: ModelRowInput): string {
  if (status.kind === "broken" || status.kind === "failed") {
    return [status.problem, status.remedy].filter(Boolean).join(" ");
  }
  const words = statusWords(status, input);
  return status.kind === "selected" ? l10n.t("selected in the settings; {0}", words) : words;
}

/** Words that package.json's menus look for. */
function abilities({ origin, state }: ListedModel, status: Status): string[] {
  const loaded = status.kind === "loaded";
  const ready = state.kind === "ready";
  const whole = state.kind === "ready" && state.description.precision !== "Q8" && state.description.precision !== "Q4";
  return [
    ...(ready && !loaded && status.kind !== "loading" ? ["loadable"] : []),
    ...(loaded ? ["unloadable"] : []),
    ...(whole ? ["quantizable"] : []),
    ...(isInStore(origin) ? ["deletable"] : []),
    ...(origin.kind === "setting" && ready ? ["addable"] : []),
  ];
}
