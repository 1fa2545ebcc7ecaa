/** The logit lens and ablation, as their requests want them: checked against the model. */
import * as l10n from "@vscode/l10n";
import type { Ablated, AblateParams, AblationEffects, Lens, LensParams } from "./analysisProtocol";
import { checkIndex, checkTarget } from "./analysisRequests";
import { ablate as ablateItems } from "./engine/ablation";
import { readLens } from "./engine/lens";
import type { LoadedModel } from "./engine/loadedModel";
import { invalidRequest } from "./errors";
import { meanInterval } from "./evaluation/studentT";
import { describer } from "./scoring";
import type { RequestContext } from "./service";

/** Every layer's state of a stretch of places, read as the last one is. Throws `checkTarget`'s, `invalidRequest`, `CancelledError`. */
export async function lens(model: LoadedModel, params: LensParams, context: RequestContext): Promise<Lens> {
  const started = performance.now();
  const { ids, places, topK } = params;
  checkTarget(model, params);
  checkPlaces(places, ids.length);
  const { nLayer } = model.config;
  const total = nLayer + places[1] - places[0];
  const report = (before: number) => (done: number) =>
    context.onProgress?.({ stage: "analyzing", done: before + done, total });
  const { signal } = context;
  const capture = await model.captures.get(ids, { signal, onProgress: report(0) });
  const cells = await readLens(model, capture, { places, topK }, { signal, onProgress: report(nLayer) });
  return {
    model: model.info,
    places,
    rows: nLayer + 1,
    ...cells,
    vocabulary: vocabularyOf(model, cells.topIds),
    elapsedMs: performance.now() - started,
  };
}

/** What switching off each set does to the watched tokens. Throws `checkTarget`'s, `invalidRequest`, `notEnoughMemory`, `CancelledError`. */
export async function ablate(
  model: LoadedModel,
  { items, sets }: AblateParams,
  { signal, onProgress }: RequestContext,
): Promise<AblationEffects> {
  const started = performance.now();
  for (const [i, { ids, place, id }] of items.entries()) {
    checkTarget(model, { ids });
    if (place < 1 || place > ids.length) throw outOfRange(`items.${i}.place`, place, 1, ids.length);
    checkIndex(`items.${i}.id`, id, model.config.vocabSize);
  }
  for (const [s, set] of sets.entries())
    for (const [i, ablated] of set.entries()) checkAblated(model, `sets.${s}.${i}`, ablated);
  const { baseline, differences } = await ablateItems(model, items, sets, {
    signal,
    onProgress: (done, total) => onProgress?.({ stage: "analyzing", done, total }),
  });
  return {
    model: model.info,
    baseline,
    effects: differences.map((ofSet) => ({ differences: ofSet, ...meanInterval(ofSet) })),
    elapsedMs: performance.now() - started,
  };
}

/** The lens reads this many places at most for one request. */
const mostPlaces = 256;

function checkPlaces([first, end]: readonly [number, number], tokens: number): void {
  if (first < 1 || first >= end || end > tokens + 1)
    throw invalidRequest(l10n.t('"{0}": {1} to {2} are no places of {3} tokens', "places", first, end, tokens));
  if (end - first > mostPlaces)
    throw invalidRequest(
      l10n.t('"{0}": {1} places are more than one request may ask', "places", end - first),
      l10n.t("Ask for {0} places at a time.", mostPlaces),
    );
}

function checkAblated({ config }: LoadedModel, key: string, ablated: Ablated): void {
  checkIndex(`${key}.layer`, ablated.layer, config.nLayer);
  if (ablated.kind === "head") checkIndex(`${key}.head`, ablated.head, config.nHead);
}

function outOfRange(key: string, value: number, first: number, last: number): Error {
  return invalidRequest(l10n.t('"{0}": {1} is not in {2} … {3}', key, value, first, last));
}

function vocabularyOf({ tokenizer }: LoadedModel, ids: Int32Array): Lens["vocabulary"] {
  const describe = describer(tokenizer);
  return Object.fromEntries(
    Array.from(new Set(ids), (id) => {
      const { id: _, ...named } = describe(id);
      return [id, named];
    }),
  );
}
