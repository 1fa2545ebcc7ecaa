import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds";
import { Emitter } from "../emitter";
import type { ReliabilitySource } from "../panels/reliabilityPanel";
import type { Settings } from "../settings";
import type { InlineCompletions } from "./inlineCompletions";
import { reliabilityState } from "./reliability";
import { openStatistics } from "./statisticsView";

/** Ties the panel to the counts and the settings. */
export function reliabilitySource({ statistics }: InlineCompletions, settings: Settings): ReliabilitySource {
  const changed = new Emitter<void>();
  statistics.onDidChange(() => changed.fire());
  settings.onDidChange(() => changed.fire());
  const reset: CommandId = "gptWorkbench.resetInlineCompletionStatistics";
  return {
    onDidChange: changed.event,
    state: () => reliabilityState(statistics.statistics, current(settings)),
    setThreshold: (threshold) => settings.update("inlineCompletions.minConfidence", threshold),
    turnOn: () => settings.update("inlineCompletions.enabled", true),
    reset: () => vscode.commands.executeCommand(reset),
    openAsText: openStatistics,
  };
}

/** Settings that cannot be used suggest nothing. */
function current(settings: Settings): { enabled: boolean; threshold: number } {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return { enabled: false, threshold: 0 };
  const { enabled, minConfidence } = resolved.config.inlineCompletions;
  return { enabled, threshold: minConfidence };
}
