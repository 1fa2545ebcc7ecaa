/**
 * How long trainings take, and what memory they need: operations are counted, and a few passes of the model tell how long one takes. A
 * backward pass takes twice a forward pass' operations, of which half are the parameters' gradients (Kaplan et al. 2020 §2.1).
 */
import { parameterShapes } from "../checkpoint/parameterNames";
import { openModelFolder } from "../checkpoint/store";
import type { ComparisonUnit } from "../comparisonRecord";
import { deviceMemory } from "../engine/deviceMemory";
import type { LoadedModel } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { scoreTokens } from "../engine/score";
import { notAModelFolder } from "../errors";
import type { GPTConfig } from "../model/config";
import type { ItemSize } from "../training/batchPlan";
import { lengthStep } from "../training/batchPlan";
import { fineTuneMemory } from "../training/fineTuneEstimate";
import { itemSizes } from "../training/fineTuneModel";
import { encodeItem } from "../training/inputTransforms";
import { specialTokens } from "../training/specialTokens";
import type { FineTuneSettings } from "../trainingProtocol";
import type { ComparisonInput, ResolvedArm } from "./comparisonInput";
import { spread, type UnitTime } from "./promptTimes";
import { trainingKey } from "./trainedModels";
import { mean } from "./unitRun";

/** Items whose tokens are counted. */
const sampled = 200;
/** Tokens of the pass that is measured, at most. */
const measuredTokens = 128;
/** Times that a model is loaded for a training: to train, to write what came of it, to answer. */
const loads = 3;
/** Milliseconds of a look at dev beside its passes: the best parameters and a checkpoint are written. */
const lookMs = 100;

/** How fast a model is. An operation is a product or a sum. */
export interface ModelSpeed {
  /** Milliseconds of an operation of the blocks: many small products, and all that lies between them. */
  readonly blockMs: number;
  /** Milliseconds of an operation of the predictions: one large product. */
  readonly vocabularyMs: number;
  /** Milliseconds to load it. */
  readonly loadMs: number;
}

/** The large product is faster than the small ones, but hardly by more than this, whatever noise says. */
const mostFaster = 10;
/** By so much longer an operation of the blocks takes where they train: every step of them for itself, kept and taken back. Measured. */
const trainingSlower = 2.5;

/** What the trainings of an arm need. */
export interface TrainingNeeds {
  readonly time: (unit: ComparisonUnit) => UnitTime;
  /** Of the choice that needs most. */
  readonly memory: ReturnType<typeof fineTuneMemory>;
}

/** Measures a model with a few passes over the first of some texts, with and without predictions. Throws `CancelledError`. */
export async function measureSpeed(model: LoadedModel, texts: readonly string[], turn: Turn): Promise<ModelSpeed> {
  const { config, tokenizer, info } = model;
  const encoded = tokenizer?.encode(texts.join("\n")) ?? [];
  const ids = (encoded.length > 1 ? [...encoded] : [0, 0]).slice(0, Math.min(config.nPositions, measuredTokens));
  const options = { ...turn, topK: 0, describe: (id: number) => ({ id, text: "" }) };
  const whole = await fastest(() => scoreTokens(model, ids, options));
  // Texts that were seen are not computed again.
  const blocks = await fastest((pass) => model.embeddings.get([ids.with(0, pass % config.vocabSize)], turn));
  const blockMs = blocks / (ids.length * blockOperations(config, ids.length));
  const vocabularyMs = (whole - blocks) / (ids.length * vocabularyOperations(config));
  return { blockMs, vocabularyMs: Math.max(vocabularyMs, blockMs / mostFaster), loadMs: info.loadMs };
}

/** The shortest time of a dozen passes, or of three where they are slow: the first also prepares. Milliseconds. */
async function fastest(run: (pass: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const began = performance.now();
  for (let pass = 0; pass < 3 || (pass < 12 && performance.now() - began < 300); pass++) {
    const started = performance.now();
    await run(pass);
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

/** Counts what the trainings of an arm need, by a sample of what they may learn from. Throws as `fineTune` does for models that cannot be trained. */
export async function trainingNeeds(
  input: ComparisonInput,
  arm: ResolvedArm,
  speed: ModelSpeed,
): Promise<TrainingNeeds> {
  const { data, devices, params } = input;
  const { task, labels } = data;
  if (task === "generation") throw new TypeError("a classifier writes no texts");
  const base = await openModelFolder(arm.model);
  const { tokenizer } = base;
  try {
    if (!tokenizer) throw notAModelFolder(arm.model, "vocab.json");
    const items = spread(data.train, sampled);
    const planned = settingsOf(arm).map((settings) => {
      const { special, config } = specialTokens(settings.specialTokens, base.config, tokenizer);
      const maxLength = Math.min(settings.maxLength, config.nPositions, params.contextLength ?? config.nPositions);
      const encoded = items.map(({ fields, label }) =>
        encodeItem({ fields, label: label ?? 0 }, task, (text) => tokenizer.encode(text), special, maxLength),
      );
      const sizes = itemSizes(encoded);
      const asked = { config, settings: { ...settings, maxLength }, labels, data: { task } };
      return {
        settings,
        config,
        sizes,
        maxLength,
        memory: fineTuneMemory(asked, sizes, devices.finetune, deviceMemory(devices.finetune)),
      };
    });
    const time = (unit: ComparisonUnit): UnitTime => {
      const { choice, labels: count, split } = unit;
      const own = planned[arm.choices.indexOf(choice)] ?? planned[0];
      if (!own) return { sharedKey: "", sharedMs: 0, ownMs: 0 };
      const counts = { train: Math.min(count, data.train.length), dev: data.dev.length };
      const epochs = likelyEpochs(own.settings, data.dev.length > 0);
      const { trained, looked, vocabulary } = trainingOperations({ ...own, ...counts, epochs });
      const blocks = trainingSlower * trained + looked;
      return {
        sharedKey: trainingKey(unit),
        sharedMs:
          (loads - 1) * speed.loadMs + epochs * lookMs + speed.blockMs * blocks + speed.vocabularyMs * vocabulary,
        ownMs: speed.loadMs + data[split].length * speed.blockMs * itemOperations(own),
      };
    };
    const memory = planned.map((own) => own.memory).reduce((a, b) => (b.memory.total > a.memory.total ? b : a));
    return { time, memory };
  } finally {
    tokenizer?.free();
  }
}

function settingsOf({ choices }: ResolvedArm): readonly FineTuneSettings[] {
  return choices.flatMap((choice) => (choice.kind === "finetune" ? [choice.settings] : []));
}

/**
 * Epochs that a training is likely to take. One that ends when looks at dev bring nothing better is reckoned to be at its best after a
 * quarter of its epochs.
 */
export function likelyEpochs(
  { epochs, patience }: Pick<FineTuneSettings, "epochs" | "patience">,
  hasDev: boolean,
): number {
  return patience > 0 && hasDev ? Math.min(epochs, Math.ceil(epochs / 4) + patience) : epochs;
}

interface Work {
  readonly settings: FineTuneSettings;
  readonly config: GPTConfig;
  readonly sizes: readonly ItemSize[];
  readonly maxLength: number;
  readonly epochs: number;
  /** Items to learn from, and to look at after every epoch. */
  readonly train: number;
  readonly dev: number;
}

/** Operations of a training: in the blocks that learn, in those that only look, and for predictions among the vocabulary. */
interface TrainingOperations {
  readonly trained: number;
  readonly looked: number;
  readonly vocabulary: number;
}

function trainingOperations(work: Work): TrainingOperations {
  const { settings, epochs, config, train, dev } = work;
  const { method, lmCoef, recompute } = settings;
  const forward = itemOperations(work);
  // Its states are computed once; what it learns from them is next to nothing.
  if (method.kind === "head") return { trained: 0, looked: (train + dev) * forward, vocabulary: 0 };
  const passes = (method.kind === "full" ? 3 : 2) + (recompute ? 1 : 0);
  const predicting = lmCoef > 0 ? itemTokens(work) * vocabularyOperations(config) : 0;
  return {
    trained: epochs * train * passes * forward,
    looked: epochs * dev * forward,
    vocabulary: epochs * train * passes * predicting,
  };
}

/** Of an item in the blocks, forward. */
function itemOperations(work: Pick<Work, "config" | "sizes" | "maxLength">): number {
  const length = mean(work.sizes.map((size) => padded(work, size)));
  return itemTokens(work) * blockOperations(work.config, length);
}

/** Tokens of an item, padding counted. */
function itemTokens(work: Pick<Work, "sizes" | "maxLength">): number {
  return mean(work.sizes.map((size) => size.sequences * padded(work, size)));
}

function padded({ maxLength }: Pick<Work, "maxLength">, { length }: ItemSize): number {
  return Math.min(maxLength, Math.ceil(length / lengthStep) * lengthStep);
}

/** Of a token in all blocks, forward: two for every parameter, and those of attention over half the sequence. */
function blockOperations(config: GPTConfig, length: number): number {
  const { nLayer, nEmbd } = config;
  let parameters = 0;
  for (const [name, shape] of parameterShapes(config))
    if (name.startsWith("h.") && shape.length > 1) parameters += shape.reduce((a, b) => a * b, 1);
  return 2 * parameters + nLayer * 4 * nEmbd * (length / 2);
}

/** Of a token's prediction among the whole vocabulary, forward. */
function vocabularyOperations({ vocabSize, nEmbd }: GPTConfig): number {
  return 2 * vocabSize * nEmbd;
}
