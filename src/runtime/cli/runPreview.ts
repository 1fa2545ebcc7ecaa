/** `gptw run --preview`: prompts as the model would read them, and what they cost; nothing is computed. */
import * as l10n from "@vscode/l10n";
import { loadPrompt } from "../prompt/loadPrompt";
import type { PromptPreview, PromptPreviewParams } from "../promptProtocol";
import type { ExitCode } from "./commandLine";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";

/** Writes the prompt of every chosen variant for one input, with its counts. */
export async function showPreview(params: Omit<PromptPreviewParams, "variant">, terminal: Terminal): Promise<ExitCode> {
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    const { variants } = await loadPrompt(params.source, params.overrides);
    for (const [variant] of variants.entries()) {
      const preview = await service.prompts.preview({ ...params, variant }, context);
      const candidates = preview.candidates.map((candidate) => `  ${JSON.stringify(candidate)}\n`).join("");
      terminal.out(`${variant > 0 ? "\n" : ""}${heading(preview)}\n\n${preview.prompt}\n${candidates}`);
    }
    return 0;
  });
}

function heading(preview: PromptPreview): string {
  const { variant, promptTokens, answerTokens, contextTokens, demonstrations, dropped, truncated } = preview;
  const tokens = l10n.t("{0} + {1} of {2} tokens", promptTokens, answerTokens, contextTokens);
  const shots = l10n.t("{0} demonstrations, {1} left out", demonstrations.length, dropped);
  const cut = truncated > 0 ? `; ${l10n.t("{0} tokens cut off", truncated)}` : "";
  const parts = preview.segments
    .filter(({ kind }) => kind !== "label")
    .map(({ name, start, end }) => `${name} ${end - start}`);
  return `${variant}: ${tokens}; ${shots}${cut}\n  ${parts.join(", ")}`;
}
