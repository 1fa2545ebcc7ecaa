/** The protocol, implemented: no transport, so that the runtime process and the command line share it. */

import { AnalysisService } from "./analysisService";
import { ClassifierService } from "./classifierService";
import { ComparisonService } from "./comparisonService";
import { beamSearch, choose, samples, scoreContinuations } from "./decoding";
import type {
  BeamSearchParams,
  BeamSearchResult,
  ChooseParams,
  ChooseResult,
  SampleEvent,
  SamplesParams,
  SamplesResult,
  ScoreContinuationsParams,
  ScoreContinuationsResult,
} from "./decodingProtocol";
import {
  checkBeamSearchParams,
  checkChooseParams,
  checkSamplesParams,
  checkScoreContinuationsParams,
} from "./decodingRequests";
import { CompletionWriter, writeCompletion } from "./engine/completion";
import { endOfText, generateTokens } from "./engine/generate";
import type { LoadedModel } from "./engine/loadedModel";
import { ModelSlot, type ModelSlotOptions } from "./engine/modelSlot";
import { passes } from "./engine/passes";
import { onnxruntimeVersion } from "./engine/session";
import { trace } from "./engine/trace";
import { writeTrace } from "./engine/traceFile";
import { CancelledError, cannotWrite } from "./errors";
import { InteropService } from "./interopService";
import { LongWork } from "./longWork";
import type { QuantizeParams, QuantizeResult } from "./modelsProtocol";
import { ModelsService } from "./modelsService";
import { PromptService } from "./promptService";
import type {
  DeviceInfo,
  DevicesParams,
  GenerateEvent,
  GenerateParams,
  GenerateResult,
  ModelInfo,
  ModelReference,
  RuntimeInfo,
  ScoreParams,
  ScoreResult,
  TokenCountParams,
  TokenCountResult,
  TraceParams,
  TraceResult,
  WorkProgress,
} from "./protocol";
import { quantizeModel } from "./quantizeModel";
import {
  checkDevicesParams,
  checkGenerateParams,
  checkModelReference,
  checkQuantizeParams,
  checkScoreParams,
  checkTokenCountParams,
  checkTraceParams,
  generationPrompt,
  promptRoom,
  requireTokenizer,
  textIds,
} from "./requests";
import { describer, score } from "./scoring";
import { TrainingService } from "./trainingService";
import { version } from "./version";

/** What a caller can pass along with a request. */
export interface RequestContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** Holds the loaded model and answers requests. One per process. */
export class RuntimeService {
  /** Model folders, the store, hubs. */
  readonly models = new ModelsService();
  /** The inside of the loaded model. */
  readonly analysis: AnalysisService;
  /** Prompt files. */
  readonly prompts: PromptService;
  /** Training runs and their data. */
  readonly training: TrainingService;
  /** What was fine-tuned. */
  readonly classifiers: ClassifierService;
  /** Prompting against fine-tuning. */
  readonly comparisons: ComparisonService;
  /** Other programs' evaluation files. */
  readonly interop: InteropService;
  readonly #slot: ModelSlot;

  constructor(options: ModelSlotOptions = {}) {
    const longWork = new LongWork();
    this.#slot = new ModelSlot(options);
    this.training = new TrainingService(longWork);
    this.analysis = new AnalysisService(this.#slot);
    this.prompts = new PromptService(this.#slot);
    this.classifiers = new ClassifierService(this.#slot);
    this.comparisons = new ComparisonService(this.#slot, longWork);
    this.interop = new InteropService(this.#slot);
  }

  /** Versions. */
  info(): RuntimeInfo {
    return { pid: process.pid, version, onnxruntime: onnxruntimeVersion, node: process.versions.node };
  }

  /** Every device, with what a probe of it told. */
  async devices(params: DevicesParams = {}): Promise<readonly DeviceInfo[]> {
    return this.#slot.devices(checkDevicesParams(params));
  }

  /** Loads a model, or finds it loaded. Throws `invalidRequest` for wrong parameters, like all below. */
  async load(reference: ModelReference, context: RequestContext): Promise<ModelInfo> {
    return this.#slot.use(checkModelReference(reference), context, async (model) => model.info);
  }

  /** Scores every token of a text or of given ids. */
  async score(params: ScoreParams, context: RequestContext): Promise<ScoreResult> {
    const checked = checkScoreParams(params);
    return this.#slot.use(checked.model, context, (model) => score(model, checked, context));
  }

  /** Counts the tokens of a text. Throws `notAModelFolder` when the model has no tokenizer. */
  async tokenCount(params: TokenCountParams, context: RequestContext): Promise<TokenCountResult> {
    const { model: reference, text } = checkTokenCountParams(params);
    return this.#slot.use(reference, context, async (model) => ({
      model: model.info,
      tokens: requireTokenizer(model).encode(text).length,
    }));
  }

  /** Writes what happens inside the model over a text to a file. Throws `cannotWrite` when that fails. */
  async trace(params: TraceParams, context: RequestContext): Promise<TraceResult> {
    const checked = checkTraceParams(params);
    return this.#slot.use(checked.model, context, (model) => traceToFile(model, checked, context));
  }

  /** Generates, giving each event as it comes. A cancelled run returns what it had. */
  async generate(
    params: GenerateParams,
    context: RequestContext,
    onEvent: (event: GenerateEvent) => unknown,
  ): Promise<GenerateResult> {
    const checked = checkGenerateParams(params);
    let begun = false;
    const observed = (event: GenerateEvent) => {
      begun ||= event.kind !== "prompt";
      return onEvent(event);
    };
    const work = (model: LoadedModel) => generate(model, checked, context, observed);
    return this.#slot.use(checked.model, context, work, () => begun);
  }

  /** Generates several continuations of one prompt, giving each event as it comes. A cancelled run returns what it had. */
  async samples(
    params: SamplesParams,
    context: RequestContext,
    onEvent: (event: SampleEvent) => unknown,
  ): Promise<SamplesResult> {
    const checked = checkSamplesParams(params);
    let begun = false;
    const observed = (event: SampleEvent) => {
      begun = true;
      return onEvent(event);
    };
    const work = (model: LoadedModel) => samples(model, checked, context.signal, observed);
    return this.#slot.use(checked.model, context, work, () => begun);
  }

  /** Looks for the most probable continuations. */
  async beamSearch(params: BeamSearchParams, context: RequestContext): Promise<BeamSearchResult> {
    const checked = checkBeamSearchParams(params);
    return this.#slot.use(checked.model, context, (model) => beamSearch(model, checked, context.signal));
  }

  /** Scores many continuations of many texts. */
  async scoreContinuations(
    params: ScoreContinuationsParams,
    context: RequestContext,
  ): Promise<ScoreContinuationsResult> {
    const checked = checkScoreContinuationsParams(params);
    return this.#slot.use(checked.model, context, (model) => scoreContinuations(model, checked, context));
  }

  /** Chooses one of the given strings. */
  async choose(params: ChooseParams, context: RequestContext): Promise<ChooseResult> {
    const checked = checkChooseParams(params);
    return this.#slot.use(checked.model, context, (model) => choose(model, checked, context.signal));
  }

  /** Frees the loaded model as soon as nobody uses it. */
  async unload(): Promise<null> {
    await this.#slot.dispose();
    return null;
  }

  /** Writes a quantized copy of a model into the store, and tells what it cost. The loaded model is left alone. */
  async quantize(params: QuantizeParams, context: RequestContext): Promise<QuantizeResult> {
    return quantizeModel(checkQuantizeParams(params), context);
  }

  /** Frees the model. */
  dispose(): Promise<void> {
    return this.#slot.dispose();
  }
}

async function traceToFile(model: LoadedModel, params: TraceParams, context: RequestContext): Promise<TraceResult> {
  const started = performance.now();
  const { ids, truncation } = textIds(model, params.input);
  const session = await model.traceSession();
  const result = await passes.run(context, () => trace(session, model.config, { ids: [ids] }));
  try {
    await writeTrace(params.file, result, [ids], model.config, { signal: context.signal });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    throw cannotWrite(params.file, error);
  }
  return { model: model.info, tokens: ids.length, truncation, elapsedMs: performance.now() - started };
}

async function generate(
  model: LoadedModel,
  params: GenerateParams,
  context: RequestContext,
  onEvent: (event: GenerateEvent) => unknown,
): Promise<GenerateResult> {
  const prompt = generationPrompt(model, params.prompt, promptRoom(model, params.config));
  const { tokenizer, ids, truncation } = prompt;
  await onEvent({ kind: "prompt", model: model.info, promptTokens: ids.length, truncation });
  const writer = new CompletionWriter(tokenizer, endOfText(model), params.config.stop, prompt.joint);
  const options = {
    endOfText: endOfText(model),
    config: params.config,
    topK: params.topAlternatives,
    describe: describer(tokenizer),
    signal: context.signal,
    priority: params.priority,
  };
  return writeCompletion(generateTokens(model, ids, options), writer, onEvent);
}
