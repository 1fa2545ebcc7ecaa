/** What a prediction hangs on, as its request wants it: checked against the model, in places of the text. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { requireClassifier } from "./classifierService";
import type { LoadedModel } from "./engine/loadedModel";
import { type SalienceRequest, salience as tokenSalience } from "./engine/salience";
import { checkTokenIds } from "./engine/score";
import { invalidRequest } from "./errors";
import { modelReference, priority, requireTokenizer, textIds } from "./requests";
import { describer } from "./scoring";
import type { RequestContext } from "./service";
import { encodeItem } from "./training/inputTransforms";
import type { Salience, SalienceParams } from "./trainingProtocol";

/** The parameters of the request, for `parseRequest`. */
export const salienceParams = z.object({
  model: modelReference,
  text: z.string(),
  ids: z.array(z.int().min(0)).exactOptional(),
  position: z.int().min(1),
  target: z.int().min(0).exactOptional(),
  label: z.string().exactOptional(),
  priority,
}) satisfies z.ZodType<SalienceParams>;

/** A request, and which of its tokens are the text's: those before are special ones. */
interface Asked extends SalienceRequest {
  readonly skipped: number;
  readonly textIds: readonly number[];
}

/** Gradient × input of every token before the prediction. Throws `invalidRequest`, `CancelledError`, `sessionFailed`. */
export async function salience(model: LoadedModel, params: SalienceParams, context: RequestContext): Promise<Salience> {
  const started = performance.now();
  const { config, info } = model;
  if (config.quantization)
    throw invalidRequest(
      l10n.t("{0} is quantized: its rounded weights have no gradients", info.name),
      l10n.t("Use the model that it was made from."),
    );
  const tokenizer = requireTokenizer(model);
  const asked = params.label === undefined ? tokenRequest(model, params) : labelRequest(model, params, params.label);
  const found = await tokenSalience(model, asked, {
    signal: context.signal,
    priority: params.priority,
    onProgress: (done, total) => context.onProgress?.({ stage: "analyzing", done, total }),
  });
  const places = params.ids ? [] : tokenizer.places(params.text, asked.textIds);
  const describe = describer(tokenizer);
  return {
    target: {
      id: found.target,
      text: params.label ?? describe(found.target).text,
      logprob: found.logprob,
    },
    tokens: asked.textIds.map((id, i) => ({
      text: describe(id).text,
      from: places[i]?.start ?? 0,
      to: places[i]?.end ?? 0,
      gradientTimesInput: found.gradientTimesInput[asked.skipped + i] ?? 0,
      norm: found.norm[asked.skipped + i] ?? 0,
    })),
    elapsedMs: performance.now() - started,
  };
}

function tokenRequest(model: LoadedModel, params: SalienceParams): Asked {
  const { position, target } = params;
  const { ids } = textIds(model, params.ids ? { kind: "ids", ids: params.ids } : { kind: "text", text: params.text });
  if (position < 2 || position > ids.length + 1)
    throw invalidRequest(
      l10n.t('"{0}": {1} is not in {2} … {3}', "position", position, 2, ids.length + 1),
      l10n.t("Nothing stands before the first token."),
    );
  if (target !== undefined && target >= model.config.vocabSize)
    throw invalidRequest(l10n.t('"{0}": {1} is not in {2} … {3}', "target", target, 0, model.config.vocabSize - 1));
  const before = ids.slice(0, position - 1);
  const followed = { kind: "token" } as const;
  return { ids: before, followed, target: target ?? ids[position - 1] ?? null, skipped: 0, textIds: before };
}

function labelRequest(model: LoadedModel, { text, ids: given }: SalienceParams, label: string): Asked {
  const { task, labels, special, maxLength, headBias } = requireClassifier(model).info;
  if (task !== "classification")
    throw invalidRequest(l10n.t("labels can be followed where one text has one label, not for {0}", task));
  const target = labels.indexOf(label);
  if (target < 0)
    throw invalidRequest(l10n.t('"{0}": there is no label {1}; there are {2}', "label", label, labels.join(", ")));
  const tokenizer = requireTokenizer(model);
  const room = Math.min(maxLength, model.config.nPositions);
  if (given) checkTokenIds(given, model.config.vocabSize);
  const encode = (part: string) => given ?? tokenizer.encode(part);
  const [ids = []] = encodeItem({ fields: { text }, label: 0 }, task, encode, special, room).sequences;
  return { ids, followed: { kind: "label", headBias }, target, skipped: 1, textIds: ids.slice(1, -1) };
}
