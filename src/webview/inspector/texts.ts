/** Sentences about a run. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import type { Branches, InspectorState } from "../../runtime/panelProtocol";
import type { Device, FinishReason, Truncation } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { spokenToken } from "../shared/tokenText";

/** What was left out of a scored text, in words. */
export function textTruncation({ total, kept, keptEnd }: Truncation, formats: NumberFormats): string {
  const numbers = [formats.count(kept), formats.count(total)] as const;
  return keptEnd === "start"
    ? l10n.t("Too long for the model: only the first {0} of {1} tokens were scored; the end was left out.", ...numbers)
    : l10n.t(
        "Too long for the model: only the last {0} of {1} tokens were scored; the start was left out.",
        ...numbers,
      );
}

/** What was left out of a prompt, in words. */
export function promptTruncation({ total, kept, keptEnd }: Truncation, formats: NumberFormats): string {
  const numbers = [formats.count(kept), formats.count(total)] as const;
  return keptEnd === "end"
    ? l10n.t(
        "Prompt too long for the model: only its last {0} of {1} tokens were read; its start was left out.",
        ...numbers,
      )
    : l10n.t(
        "Prompt too long for the model: only its first {0} of {1} tokens were read; its end was left out.",
        ...numbers,
      );
}

/** What was left out while generating. */
export function droppedTokens(count: number, formats: NumberFormats): string {
  return l10n.t(
    "The model's context was full: the first {0} tokens of prompt and text were dropped on the way.",
    formats.count(count),
  );
}

/** Why generation ended, in words. */
export function finishText(reason: FinishReason): string {
  switch (reason) {
    case "maxNewTokens":
      return l10n.t("Reached the limit of new tokens");
    case "stop":
      return l10n.t("Reached a stop string");
    case "endOfText":
      return l10n.t("The model ended the text");
    case "contextFull":
      return l10n.t("The model's context is full");
    case "cancelled":
      return l10n.t("Stopped");
    default:
      return reason satisfies never;
  }
}

/** A device's name. */
export function deviceName(device: Device): string {
  return { cpu: "CPU", webgpu: "WebGPU", cuda: "CUDA", directml: "DirectML", coreml: "Core ML" }[device];
}

/** `1 token`, `1,024 tokens`. */
export function tokenCount(count: number, formats: NumberFormats): string {
  return count === 1 ? l10n.t("1 token") : l10n.t("{0} tokens", formats.count(count));
}

/** What to say to a screen reader when `before` becomes `after`: a stream's start and end. A failure's notice is an alert itself. */
export function announcement(before: InspectorState, after: InspectorState, formats: NumberFormats): string | null {
  const wasRunning = isRunning(before);
  if (!wasRunning && isRunning(after)) return l10n.t("Generating…");
  if (!wasRunning || after.kind !== "completion") return null;
  const { status } = after;
  return status.kind === "finished"
    ? l10n.t("{0}. {1}.", finishText(status.reason), tokenCount(after.tokens.length, formats))
    : null;
}

/** What to say when a branch began or ended between `before` and `after`; null when none did. */
export function branchAnnouncement(before: Branches, after: Branches, formats: NumberFormats): string | null {
  for (const branch of after.items) {
    const was = before.items.find(({ id }) => id === branch.id);
    const name = spokenToken(branch.alternative);
    if (!was) return l10n.t("Continuing with {0}…", name);
    if (was.status.kind !== "running" || branch.status.kind !== "finished") continue;
    const count = tokenCount(branch.tokens.length + 1, formats);
    return l10n.t("Branch with {0}: {1}. {2}.", name, finishText(branch.status.reason), count);
  }
  return null;
}

function isRunning(state: InspectorState): boolean {
  return state.kind === "completion" && state.status.kind === "running";
}
