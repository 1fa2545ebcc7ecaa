/** One prompt, put together and counted, before anything is computed. */
import * as l10n from "@vscode/l10n";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { invalidRequest } from "../errors";
import type { PromptPreview, PromptSegment } from "../promptProtocol";
import { type AssembledPrompt, PromptAssembler } from "./assemble";
import { promptEncoder } from "./encoder";
import type { LoadedPrompt } from "./loadPrompt";

/** The prompt of a variant for an input, by number. Throws `invalidRequest` where there is no such one, and as `PromptAssembler` does. */
export async function previewPrompt(
  model: LoadedModel,
  loaded: LoadedPrompt,
  { variant, item }: { readonly variant: number; readonly item: number },
  turn: Turn,
): Promise<PromptPreview> {
  const { config } = model;
  const encoder = promptEncoder(model, turn);
  const { tokenizer } = encoder;
  const [chosen, fields] = [loaded.variants[variant], loaded.items[item]];
  if (!chosen) throw invalidRequest(l10n.t('"variant": {0} is not below {1}', variant, loaded.variants.length));
  if (!fields) throw invalidRequest(l10n.t('"item": {0} is not below {1}', item, loaded.items.length));
  const assembler = new PromptAssembler(loaded, variant, encoder);
  const assembled = await assembler.assemble(item);
  const starts = tokenizer.places(assembled.text, tokenizer.encode(assembled.text)).map(({ start }) => start);
  const { text, promptTokens, answerTokens, dropped, truncated, demonstrations, candidates } = assembled;
  return {
    model: model.info,
    variant: chosen.name,
    prompt: text,
    segments: tokenSegments(assembled.segments, starts),
    ...{ promptTokens, answerTokens, dropped, truncated, demonstrations },
    contextTokens: config.nPositions,
    candidates: candidates?.flatMap(({ words }) => words) ?? [],
    item: fields,
  };
}

/** A token belongs to the segment that it begins in. `starts`: where each token begins, UTF-16 code units. */
function tokenSegments(segments: AssembledPrompt["segments"], starts: readonly number[]): PromptSegment[] {
  const before = (place: number) => {
    const at = starts.findIndex((start) => start >= place);
    return at < 0 ? starts.length : at;
  };
  return segments.map((segment) => ({ ...segment, start: before(segment.from), end: before(segment.to) }));
}
