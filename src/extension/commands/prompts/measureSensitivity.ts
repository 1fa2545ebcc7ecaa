/** Measures how much a prompt's success hangs on what should not matter. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../../runtime/errors";
import { type PromptFile, resolveVariant } from "../../../runtime/prompt/promptFile";
import type { SensitivityAxis } from "../../../runtime/promptProtocol";
import type { Dialogs } from "../../dialogs";
import { errorText } from "../../errorText";
import type { Messages } from "../../messages";
import type { PromptClient } from "../../promptLab/promptClient";
import type { LabHost } from "../../promptLab/promptLab";
import { axisTexts, type SensitivityReport, sensitivityDocument } from "../../promptLab/sensitivityText";
import type { ChosenPrompt } from "./promptParts";

/** What it works with. */
export interface SensitivityParts {
  readonly messages: Pick<Messages, "info" | "error">;
  readonly dialogs: Pick<Dialogs, "input" | "choose" | "withProgress">;
  readonly prompts: Pick<PromptClient, "sensitivity">;
  readonly host: Pick<LabHost, "model">;
  /** Shows a Markdown text under a name. */
  show(name: string, text: string): Promise<void>;
}

/** Arrangements that are tried when the user says nothing else: all orders of four demonstrations. */
const usualSamples = 24;
/** Most that can be asked for: each one is a run over all inputs. */
const mostSamples = 1000;
/** Of the arrangements: the same are tried each time, so that prompts can be compared. */
const seed = 0;

/** Asks what to vary and how often, measures, and shows the result. */
export async function measureSensitivity(
  parts: SensitivityParts,
  prompt: ChosenPrompt,
  variant: string,
): Promise<void> {
  const { dialogs, messages } = parts;
  const axes = sensitivityAxes(prompt.file, variant);
  if (axes.length === 0) {
    const text = l10n.t(
      'The variant "{0}" has nothing to vary: no labels, no demonstrations to choose from, and there is no other variant.',
      variant,
    );
    return messages.info(text);
  }
  const choices = axes.map((axis) => ({ ...axisTexts(axis), value: axis }));
  const axis = await dialogs.choose(l10n.t("Sensitivity of {0}: What Varies?", variant), choices);
  if (axis === undefined) return;
  const samples = axis === "template" ? prompt.file.variants.length : await askSamples(parts, axis);
  if (samples === undefined) return;
  const report = await measure(parts, prompt, { variant, axis, samples });
  if (!report) return;
  const name = [prompt.name, ...(report.variant === null ? [] : [variant]), axisTexts(axis).label].join(" · ");
  await parts.show(name, sensitivityDocument(report));
}

/** What can be varied of a variant: where there is more than one arrangement, as far as the file tells. */
export function sensitivityAxes(file: PromptFile, name: string): readonly SensitivityAxis[] {
  const own = file.variants.find((one) => one.name === name);
  if (!own) return [];
  const { demonstrations, labels } = resolveVariant(file, own);
  // How many rows a data file has is not known here.
  const count = Array.isArray(demonstrations?.from) ? demonstrations.from.length : Number.POSITIVE_INFINITY;
  const k = Math.min(demonstrations?.k ?? 0, count);
  return [
    ...(k >= 2 ? (["order"] as const) : []),
    ...(k >= 1 && k < count && demonstrations ? (["demonstrations"] as const) : []),
    ...(labels ? (["labelWords"] as const) : []),
    ...(file.variants.length >= 2 ? (["template"] as const) : []),
  ];
}

async function askSamples({ dialogs }: SensitivityParts, axis: SensitivityAxis): Promise<number | undefined> {
  const typed = await dialogs.input({
    title: axisTexts(axis).label,
    prompt: l10n.t(
      "Arrangements to try at most, 2 to {0}. Each one is run over all inputs. When there are no more, all are tried.",
      mostSamples,
    ),
    value: `${usualSamples}`,
    problem: (text) =>
      samplesOf(text) === undefined ? l10n.t("A whole number from 2 to {0}", mostSamples) : undefined,
  });
  return typed === undefined ? undefined : samplesOf(typed);
}

function samplesOf(text: string): number | undefined {
  const number = /^\d{1,4}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return number >= 2 && number <= mostSamples ? number : undefined;
}

interface Asked {
  readonly variant: string;
  readonly axis: SensitivityAxis;
  readonly samples: number;
}

/** Undefined when it failed, which is told, or was cancelled. */
async function measure(
  { dialogs, messages, host, prompts }: SensitivityParts,
  { source, name }: ChosenPrompt,
  { variant, axis, samples }: Asked,
): Promise<SensitivityReport | undefined> {
  const all = axis === "template";
  try {
    return await dialogs.withProgress(l10n.t("Measuring the sensitivity of {0}", name), async (onProgress, signal) => {
      const model = await host.model(source);
      const asked = { model, source, axis, samples, seed, ...(all ? {} : { variant }) };
      const result = await prompts.sensitivity(asked, { signal, onProgress });
      return { file: name, variant: all ? null : variant, model: basename(model.folder), result };
    });
  } catch (error) {
    const info = toErrorInfo(error);
    if (!(error instanceof CancelledError) && info.code !== "runtimeExited") messages.error(errorText(info));
    return undefined;
  }
}
