/** What a prediction hangs on, as its request wants it: checked against the model. */
import * as l10n from "@vscode/l10n";
import type { Salience, SalienceParams } from "./analysisProtocol";
import { checkIndex, checkTarget } from "./analysisRequests";
import { requireClassifier } from "./classifierService";
import type { LoadedModel } from "./engine/loadedModel";
import { type SalienceRequest, salience as tokenSalience } from "./engine/salience";
import { invalidRequest } from "./errors";
import type { RequestContext } from "./service";
import { encodeItem } from "./training/inputTransforms";

/** A request, and where the text's own tokens lie in it: around them are special ones. */
interface Asked extends SalienceRequest {
  readonly own: readonly [number, number];
}

/** Gradient × input of every token before the prediction. Throws `checkTarget`'s, `invalidRequest`, `sessionFailed`, `CancelledError`. */
export async function salience(model: LoadedModel, params: SalienceParams, context: RequestContext): Promise<Salience> {
  const { config, info } = model;
  if (config.quantization)
    throw invalidRequest(
      l10n.t("{0} is quantized: its rounded weights have no gradients", info.name),
      l10n.t("Use the model that it was made from."),
    );
  checkTarget(model, params);
  const { own, ...asked } = request(model, params);
  const found = await tokenSalience(model, asked, {
    signal: context.signal,
    onProgress: (done, total) => context.onProgress?.({ stage: "analyzing", done, total }),
  });
  const norm = found.norm.slice(...own);
  return {
    logprob: found.logprob,
    tokens: Array.from(found.gradientTimesInput.slice(...own), (gradientTimesInput, i) => ({
      gradientTimesInput,
      norm: norm[i] ?? 0,
    })),
  };
}

function request(model: LoadedModel, { ids, followed }: SalienceParams): Asked {
  if (followed.kind === "label") return labelRequest(model, ids, followed.label);
  const { place, id } = followed;
  if (place > ids.length)
    throw invalidRequest(l10n.t('"{0}": {1} is not in {2} … {3}', "followed.place", place, 1, ids.length));
  checkIndex("followed.id", id, model.config.vocabSize);
  return { ids, place, followed: { kind: "token" }, target: id, own: [0, place] };
}

function labelRequest(model: LoadedModel, given: readonly number[], label: string): Asked {
  const { task, labels, special, maxLength, headBias } = requireClassifier(model).info;
  if (task !== "classification")
    throw invalidRequest(l10n.t("labels can be followed where one text has one label, not for {0}", task));
  const target = labels.indexOf(label);
  if (target < 0)
    throw invalidRequest(l10n.t('"{0}": there is no label {1}; there are {2}', "label", label, labels.join(", ")));
  const room = Math.min(maxLength, model.config.nPositions);
  const [ids = []] = encodeItem({ fields: { text: "" }, label: 0 }, task, () => given, special, room).sequences;
  return { ids, place: ids.length, followed: { kind: "label", headBias }, target, own: [1, ids.length - 1] };
}
