/** What the status bar item says. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { DeviceChoice, ModelInfo } from "../runtime/protocol";
import type { ModelState, RuntimeState } from "./states";

/** How inline completions stand: on, or why not. */
export type InlineStatus =
  | { readonly kind: "on" | "off" | "untrusted" | "language" | "document" }
  | { readonly kind: "snoozed"; readonly minutes: number }
  | { readonly kind: "failed"; readonly problem: string };

/** Everything the item speaks of. */
export interface StatusInput {
  readonly runtime: RuntimeState;
  readonly model: ModelState;
  /** Whether a run is under way. */
  readonly running: boolean;
  /** The model and device of the settings, or what is wrong with them. */
  readonly settings:
    | { readonly kind: "ok"; readonly model: { readonly folder: string; readonly device: DeviceChoice } }
    | { readonly kind: "invalid"; readonly problems: readonly string[] };
  readonly inline: InlineStatus;
  /** The training under way; null when there is none. */
  readonly training: TrainingProgress | null;
  /** The comparison under way; null when there is none. */
  readonly comparison: ComparisonProgress | null;
}

/** How far a training is. */
export interface TrainingProgress {
  readonly name: string;
  readonly step: number;
  /** 0 while it is not known. */
  readonly steps: number;
  readonly leftMs: number | null;
}

/** How far a comparison is. */
export interface ComparisonProgress {
  readonly title: string;
  /** Units of work. */
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  readonly leftMs: number | null;
}

/** The item's text, and the rows of its tooltip. */
export interface StatusText {
  /** With a codicon: `$(sparkle) starter · cpu`. */
  readonly text: string;
  /** The same in words, for a screen reader. */
  readonly spoken: string;
  readonly rows: readonly { readonly label: string; readonly value: string }[];
}

/** Says which model, on what device, in what state. */
export function statusText(input: StatusInput): StatusText {
  const name = modelName(input);
  const device = deviceName(input);
  const state = describeState(input);
  const training = input.training && describeTraining(input.training);
  const comparison = input.comparison && describeComparison(input.comparison);
  const work = [training && `  $(mortar-board) ${training.short}`, comparison && `  $(law) ${comparison.short}`];
  return {
    text: `$(${state.icon}) ${[name, device].filter(Boolean).join(" · ")}${work.filter(Boolean).join("")}`,
    spoken: ["GPT Workbench", name, device, state.words, spokenInline(input.inline), training?.words, comparison?.words]
      .filter(Boolean)
      .join(", "),
    rows: [
      ...(training ? [{ label: l10n.t("Training"), value: training.words }] : []),
      ...(comparison ? [{ label: l10n.t("Comparison"), value: comparison.words }] : []),
      { label: l10n.t("State"), value: state.words },
      { label: l10n.t("Runtime"), value: describeRuntime(input.runtime) },
      ...modelRows(input),
      { label: l10n.t("Inline completions"), value: describeInline(input.inline) },
    ],
  };
}

/** In whole percent: a bar that moves with every step would draw the eye. */
function describeTraining({ name, step, steps, leftMs }: TrainingProgress): { short: string; words: string } {
  if (steps === 0) return { short: "…", words: l10n.t("preparing {0}", name) };
  const words = l10n.t("{0}, step {1} of {2}{3}", name, step, steps, describeLeft(leftMs));
  return { short: percent(step, steps), words };
}

function describeComparison({ title, done, total, leftMs }: ComparisonProgress): { short: string; words: string } {
  if (total === 0) return { short: "…", words: l10n.t("preparing {0}", title) };
  const words = l10n.t("{0}, {1} of {2} units{3}", title, done, total, describeLeft(leftMs));
  return { short: percent(done, total), words };
}

function percent(done: number, total: number): string {
  return `${Math.floor((100 * done) / total)} %`;
}

function describeLeft(leftMs: number | null): string {
  return leftMs === null ? "" : l10n.t(", {0} min left", Math.ceil(leftMs / 60_000));
}

function describeState({ runtime, model, running, settings, inline }: StatusInput): { icon: string; words: string } {
  if (settings.kind === "invalid") return { icon: "warning", words: settings.problems.join(" ") };
  if (runtime.kind === "starting" || runtime.kind === "waiting") {
    return { icon: "sync~spin", words: l10n.t("starting the runtime") };
  }
  if (model.kind === "loading") return { icon: "sync~spin", words: l10n.t("loading the model") };
  if (running) return { icon: "sync~spin", words: l10n.t("running") };
  if (runtime.kind === "crashed") return { icon: "error", words: l10n.t("the runtime ended unexpectedly") };
  if (model.kind === "failed" && model.folder === settings.model.folder) {
    return { icon: "error", words: model.error.message };
  }
  if (inline.kind === "failed") return { icon: "warning", words: inline.problem };
  if (inline.kind === "snoozed") return { icon: "bell-slash", words: l10n.t("ready") };
  return loadedAsSet(model, settings.model)
    ? { icon: "sparkle", words: l10n.t("ready") }
    : { icon: "sparkle", words: l10n.t("the model is loaded with the first command") };
}

/** What the item's text itself does not say: most people leave inline completions off. */
function spokenInline(inline: InlineStatus): string {
  const shown = inline.kind === "on" || inline.kind === "snoozed";
  return shown ? l10n.t("inline completions {0}", describeInline(inline)) : "";
}

function describeInline(inline: InlineStatus): string {
  switch (inline.kind) {
    case "on":
      return l10n.t("on");
    case "off":
      return l10n.t("off");
    case "untrusted":
      return l10n.t("off: this workspace is not trusted");
    case "language":
      return l10n.t("off for this language");
    case "document":
      return l10n.t("off in this document");
    case "snoozed":
      return l10n.t("snoozed, {0} min left", inline.minutes);
    case "failed":
      return inline.problem;
    default:
      return inline satisfies never;
  }
}

function loadedAsSet(model: ModelState, { folder, device }: { folder: string; device: DeviceChoice }): boolean {
  if (model.kind !== "loaded" || model.info.folder !== folder) return false;
  return device === "auto" || model.info.device === device || model.info.failure?.device === device;
}

function modelName({ model, settings }: StatusInput): string {
  if (settings.kind === "invalid") return "GPT";
  if (model.kind === "loaded" && model.info.folder === settings.model.folder) return model.info.name;
  return settings.model.folder.split(/[\\/]/).filter(Boolean).at(-1) ?? settings.model.folder;
}

/** The device in use; before the model is loaded the one asked for, unless that is left to the runtime. */
function deviceName({ model, settings }: StatusInput): string {
  if (settings.kind === "invalid") return "";
  if (loadedAsSet(model, settings.model) && model.kind === "loaded") return model.info.device;
  return settings.model.device === "auto" ? "" : settings.model.device;
}

function describeRuntime(runtime: RuntimeState): string {
  switch (runtime.kind) {
    case "stopped":
      return l10n.t("not started");
    case "waiting":
      return l10n.t("starts again in {0} s", runtime.delayMs / 1000);
    case "starting":
      return l10n.t("starting");
    case "ready":
      return l10n.t("process {0}", runtime.pid);
    case "crashed":
      return l10n.t("ended unexpectedly ({0})", runtime.reason);
    default:
      return runtime satisfies never;
  }
}

function modelRows({ model, settings }: StatusInput): StatusText["rows"] {
  const folder = settings.kind === "ok" ? [{ label: l10n.t("Model folder"), value: settings.model.folder }] : [];
  if (model.kind !== "loaded") return folder;
  const { failure } = model.info;
  const failed = failure ? [{ label: l10n.t("Failed"), value: `${failure.device}: ${failure.reason}` }] : [];
  return [...folder, { label: l10n.t("Loaded"), value: describeModel(model.info) }, ...failed];
}

function describeModel({
  name,
  modelType,
  parameterCount,
  nLayer,
  nHead,
  nEmbd,
  nPositions,
  device,
}: ModelInfo): string {
  const size = `${(parameterCount / 1e6).toFixed(1)} M`;
  return l10n.t(
    "{0} ({1}): {2} parameters, {3} layers, {4} heads, width {5}, context of {6} tokens, on {7}",
    ...[name, modelType, size, nLayer, nHead, nEmbd, nPositions, device],
  );
}
