/** The part of the service that uses what was fine-tuned. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { mergeAdapter, mergeIntoStore } from "./checkpoint/merge";
import type { Classifier } from "./engine/classifier";
import type { LoadedModel } from "./engine/loadedModel";
import type { ModelSlot } from "./engine/modelSlot";
import { invalidRequest } from "./errors";
import { absolutePath, modelReference, parseRequest, priority, requireTokenizer } from "./requests";
import type { RequestContext } from "./service";
import { encodeItem } from "./training/inputTransforms";
import type { Classification, ClassifyParams, MergeParams } from "./trainingProtocol";

const classifyParams = z.object({
  model: modelReference,
  items: z.array(z.record(z.string(), z.union([z.string(), z.array(z.string())]))).max(1_000_000),
  priority,
}) satisfies z.ZodType<ClassifyParams>;

const mergeParams = z.object({
  adapter: absolutePath,
  base: absolutePath.exactOptional(),
  into: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("folder"), folder: absolutePath }),
    z.object({ kind: z.literal("store"), store: absolutePath, name: z.string().trim().min(1).max(200) }),
  ]),
}) satisfies z.ZodType<MergeParams>;

/** Answers requests to classifiers, with the slot's model. Every method throws `invalidRequest` for wrong parameters. */
export class ClassifierService {
  readonly #slot: ModelSlot;

  constructor(slot: ModelSlot) {
    this.#slot = slot;
  }

  /** Probabilities of every label, of each item. */
  async classify(params: ClassifyParams, context: RequestContext): Promise<readonly Classification[]> {
    const checked = parseRequest(classifyParams, params);
    return this.#slot.use(checked.model, context, (model) => classify(model, checked, context));
  }

  /** Merges an adapter into its base: gives the new folder. */
  async merge(params: MergeParams, { signal, onProgress }: RequestContext): Promise<string> {
    const { adapter, into, base } = parseRequest(mergeParams, params);
    const report = (done: number, total: number) => onProgress?.({ stage: "merging", done, total });
    const options = { signal, onProgress: report, ...(base !== undefined && { base }) };
    if (into.kind === "store") return (await mergeIntoStore(adapter, into, options)).folder;
    await mergeAdapter(adapter, into.folder, options);
    return into.folder;
  }
}

/** The model's classifier. Throws `invalidRequest` when it has none. */
export function requireClassifier({ classifier, info }: LoadedModel): Classifier {
  if (classifier) return classifier;
  throw invalidRequest(
    l10n.t("{0} is no fine-tuned classifier", info.name),
    l10n.t("Fine-tune a model on labelled data, or choose one that was."),
  );
}

async function classify(
  model: LoadedModel,
  { items, priority }: ClassifyParams,
  { signal, onProgress }: RequestContext,
): Promise<readonly Classification[]> {
  const classifier = requireClassifier(model);
  const tokenizer = requireTokenizer(model);
  const { task, labels, special } = classifier.info;
  const maxLength = Math.min(classifier.info.maxLength, model.config.nPositions);
  const encoded = items.map((fields) =>
    encodeItem({ fields, label: 0 }, task, (text) => tokenizer.encode(text), special, maxLength),
  );
  const probabilities = await classifier.probabilities(
    encoded.map(({ sequences }) => sequences),
    { signal, priority, onProgress: (done, total) => onProgress?.({ stage: "classifying", done, total }) },
  );
  return encoded.map(({ sequences, truncated }, i) => {
    const own = probabilities[i] ?? new Float64Array();
    const choices = items[i]?.choices;
    const names = task === "multipleChoice" && Array.isArray(choices) ? choices : labels;
    return {
      labels: Array.from(own, (probability, label) => ({ label: names[label] ?? String(label), probability })).sort(
        (a, b) => b.probability - a.probability,
      ),
      tokens: Math.max(...sequences.map(({ length }) => length)),
      truncated,
    };
  });
}
