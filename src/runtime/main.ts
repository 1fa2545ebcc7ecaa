/** Entry of the runtime process: JSON-RPC over the channel to the process that forked it. Ends when that channel closes. */
import * as l10n from "@vscode/l10n";
import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  IPCMessageReader,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import {
  ablateRequest,
  attentionFlowRequest,
  attentionMatrixRequest,
  attentionOverviewRequest,
  attentionReachRequest,
  attentionRowsRequest,
  compareTextsRequest,
  lensRequest,
  salienceRequest,
} from "./analysisProtocol";
import {
  comparisonExportRequest,
  comparisonItemsRequest,
  comparisonPlanRequest,
  comparisonProgress,
  comparisonReplayRequest,
  comparisonReportRequest,
  comparisonResumeRequest,
  comparisonRunRequest,
} from "./comparisonProtocol";
import type { ComparisonEvent } from "./comparisonRecord";
import {
  beamSearchRequest,
  chooseRequest,
  type SampleEvent,
  samplesProgress,
  samplesRequest,
  scoreContinuationsRequest,
} from "./decodingProtocol";
import { CancelledError, type RuntimeErrorInfo, toErrorInfo } from "./errors";
import { interopExportRequest, interopImportRequest } from "./interopProtocol";
import { IPCWriter, pacedSender } from "./ipc";
import {
  addModelRequest,
  hubDownloadRequest,
  hubListRequest,
  listModelsRequest,
  modelDetailsRequest,
  quantizeRequest,
  removeModelRequest,
} from "./modelsProtocol";
import {
  type PromptRunEvent,
  promptLintRequest,
  promptPreviewRequest,
  promptRunProgress,
  promptRunRequest,
  promptSensitivityRequest,
} from "./promptProtocol";
import {
  deviceFailedNotification,
  deviceInUseNotification,
  devicesRequest,
  type GenerateEvent,
  generateProgress,
  generateRequest,
  infoRequest,
  type LogMessage,
  loadModelRequest,
  logNotification,
  requestCancelled,
  scoreRequest,
  tokenCountRequest,
  traceRequest,
  unloadModelRequest,
  type WorkProgress,
  workProgress,
} from "./protocol";
import { type RequestContext, RuntimeService } from "./service";
import { corpusPreviewRequest, trainingGuessRequest, trainingPreviewRequest } from "./trainingDataProtocol";
import {
  classifyRequest,
  controlTrainingRequest,
  fineTuneEstimateRequest,
  fineTuneRequest,
  mergeRequest,
  pretrainEstimateRequest,
  pretrainRequest,
  resumeTrainingRequest,
  type TrainingEvent,
  trainingProgress,
} from "./trainingProtocol";

/** Answers requests on `connection` until it closes. */
function serve(connection: MessageConnection): void {
  const log = (level: LogMessage["level"], message: string) =>
    void connection.sendNotification(logNotification, { level, message });
  const service = new RuntimeService({
    log: (message) => log("info", message),
    onDeviceInUse: (use) => void connection.sendNotification(deviceInUseNotification, use),
    onDeviceFailed: (failed) => void connection.sendNotification(deviceFailedNotification, failed),
  });
  const answer = answering(log);

  connection.onRequest(infoRequest, () => service.info());
  connection.onRequest(devicesRequest, (params, token) => answer(token, () => service.devices(params)));
  connection.onRequest(loadModelRequest, (params, token) =>
    answer(token, (signal) => service.load(params, { signal })),
  );
  connection.onRequest(scoreRequest, (params, token) =>
    answer(token, (signal) => service.score(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(tokenCountRequest, (params, token) =>
    answer(token, (signal) => service.tokenCount(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(traceRequest, (params, token) =>
    answer(token, (signal) => service.trace(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(generateRequest, (params, token) =>
    answer(token, (signal) => {
      const { progressToken, streamToken } = params;
      const onEvent = stream(streamToken, signal, (stream, event: GenerateEvent) =>
        connection.sendProgress(generateProgress, stream, event),
      );
      return service.generate(params, context(connection, progressToken, signal), onEvent);
    }),
  );
  connection.onRequest(unloadModelRequest, (_, token) => answer(token, () => service.unload()));
  serveModels(connection, service, answer);
  serveDecoding(connection, service, answer);
  serveAnalysis(connection, service, answer);
  servePrompts(connection, service, answer);
  serveInterop(connection, service, answer);
  serveTraining(connection, service, answer);
  serveTrained(connection, service, answer);
  serveComparisons(connection, service, answer);
  connection.onRequest(quantizeRequest, (params, token) =>
    answer(token, (signal) => service.quantize(params, context(connection, params.progressToken, signal))),
  );
  connection.listen();
  const { version, onnxruntime, node } = service.info();
  log("info", `runtime ${version} started: onnxruntime ${onnxruntime}, Node ${node}`);
}

type Answer = ReturnType<typeof answering>;

/** The requests about model folders. */
function serveModels(connection: MessageConnection, { models }: RuntimeService, answer: Answer): void {
  connection.onRequest(modelDetailsRequest, (params, token) => answer(token, () => models.details(params)));
  connection.onRequest(listModelsRequest, (params, token) => answer(token, () => models.list(params)));
  connection.onRequest(addModelRequest, (params, token) => answer(token, () => models.add(params)));
  connection.onRequest(removeModelRequest, (params, token) => answer(token, () => models.remove(params)));
  connection.onRequest(hubListRequest, (params, token) =>
    answer(token, (signal) => models.hubList(params, { signal })),
  );
  connection.onRequest(hubDownloadRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => models.hubDownload(params, context(connection, progressToken, signal))),
  );
}

/** The requests about decoding beyond one continuation. */
function serveDecoding(connection: MessageConnection, service: RuntimeService, answer: Answer): void {
  connection.onRequest(samplesRequest, (params, token) =>
    answer(token, (signal) => {
      const { progressToken, streamToken } = params;
      const onEvent = stream(streamToken, signal, (stream, event: SampleEvent) =>
        connection.sendProgress(samplesProgress, stream, event),
      );
      return service.samples(params, context(connection, progressToken, signal), onEvent);
    }),
  );
  connection.onRequest(beamSearchRequest, (params, token) =>
    answer(token, (signal) => service.beamSearch(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(scoreContinuationsRequest, (params, token) =>
    answer(token, (signal) => service.scoreContinuations(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(chooseRequest, (params, token) =>
    answer(token, (signal) => service.choose(params, context(connection, params.progressToken, signal))),
  );
}

/** The requests about the inside of a model. */
function serveAnalysis(connection: MessageConnection, { analysis }: RuntimeService, answer: Answer): void {
  connection.onRequest(attentionOverviewRequest, (params, token) =>
    answer(token, (signal) => analysis.attentionOverview(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(attentionMatrixRequest, (params, token) =>
    answer(token, (signal) => analysis.attentionMatrix(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(attentionRowsRequest, (params, token) =>
    answer(token, (signal) => analysis.attentionRows(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(attentionFlowRequest, (params, token) =>
    answer(token, (signal) => analysis.attentionFlow(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(attentionReachRequest, (params, token) =>
    answer(token, (signal) => analysis.attentionReach(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(lensRequest, (params, token) =>
    answer(token, (signal) => analysis.lens(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(ablateRequest, (params, token) =>
    answer(token, (signal) => analysis.ablate(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(salienceRequest, (params, token) =>
    answer(token, (signal) => analysis.salience(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(compareTextsRequest, (params, token) =>
    answer(token, (signal) => analysis.compareTexts(params, context(connection, params.progressToken, signal))),
  );
}

/** The requests about other programs' files. */
function serveInterop(connection: MessageConnection, { interop }: RuntimeService, answer: Answer): void {
  connection.onRequest(interopExportRequest, (params, token) =>
    answer(token, (signal) => interop.export(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(interopImportRequest, (params, token) =>
    answer(token, (signal) => interop.import(params, context(connection, params.progressToken, signal))),
  );
}

/** The requests of the prompt lab. */
function servePrompts(connection: MessageConnection, { prompts }: RuntimeService, answer: Answer): void {
  connection.onRequest(promptLintRequest, (params, token) =>
    answer(token, (signal) => prompts.lint(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(promptSensitivityRequest, (params, token) =>
    answer(token, (signal) => prompts.sensitivity(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(promptPreviewRequest, (params, token) =>
    answer(token, (signal) => prompts.preview(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(promptRunRequest, (params, token) =>
    answer(token, (signal) => {
      const { progressToken, streamToken, ...own } = params;
      const onEvent = stream(streamToken, signal, (stream, event: PromptRunEvent) =>
        connection.sendProgress(promptRunProgress, stream, event),
      );
      return prompts.run(own, context(connection, progressToken, signal), onEvent);
    }),
  );
}

/** The requests of the training engine. */
function serveTraining(connection: MessageConnection, { training }: RuntimeService, answer: Answer): void {
  const onEvent = (token: number | undefined, signal: AbortSignal) =>
    stream(token, signal, (stream, event: TrainingEvent) => connection.sendProgress(trainingProgress, stream, event));
  connection.onRequest(trainingGuessRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => training.guess(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(trainingPreviewRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => training.preview(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(fineTuneEstimateRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => training.estimateFineTune(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(fineTuneRequest, ({ progressToken, streamToken, ...params }, token) =>
    answer(token, (signal) =>
      training.fineTune(params, context(connection, progressToken, signal), onEvent(streamToken, signal)),
    ),
  );
  connection.onRequest(corpusPreviewRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => training.previewCorpus(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(pretrainEstimateRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => training.estimatePretrain(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(pretrainRequest, ({ progressToken, streamToken, ...params }, token) =>
    answer(token, (signal) =>
      training.pretrain(params, context(connection, progressToken, signal), onEvent(streamToken, signal)),
    ),
  );
  connection.onRequest(resumeTrainingRequest, ({ progressToken, streamToken, ...params }, token) =>
    answer(token, (signal) =>
      training.resume(params, context(connection, progressToken, signal), onEvent(streamToken, signal)),
    ),
  );
  connection.onRequest(controlTrainingRequest, (params, token) => answer(token, async () => training.control(params)));
}

/** The requests about what was fine-tuned. */
function serveTrained(connection: MessageConnection, { classifiers }: RuntimeService, answer: Answer): void {
  connection.onRequest(classifyRequest, (params, token) =>
    answer(token, (signal) => classifiers.classify(params, context(connection, params.progressToken, signal))),
  );
  connection.onRequest(mergeRequest, (params, token) =>
    answer(token, (signal) => classifiers.merge(params, context(connection, params.progressToken, signal))),
  );
}

/** The requests of the comparison lab. */
function serveComparisons(connection: MessageConnection, { comparisons }: RuntimeService, answer: Answer): void {
  const onEvent = (token: number | undefined, signal: AbortSignal) =>
    stream(token, signal, (stream, event: ComparisonEvent) =>
      connection.sendProgress(comparisonProgress, stream, event),
    );
  connection.onRequest(comparisonPlanRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => comparisons.plan(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(comparisonRunRequest, ({ progressToken, streamToken, ...params }, token) =>
    answer(token, (signal) =>
      comparisons.run(params, context(connection, progressToken, signal), onEvent(streamToken, signal)),
    ),
  );
  connection.onRequest(comparisonResumeRequest, ({ progressToken, streamToken, ...params }, token) =>
    answer(token, (signal) =>
      comparisons.resume(params, context(connection, progressToken, signal), onEvent(streamToken, signal)),
    ),
  );
  connection.onRequest(comparisonReportRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => comparisons.report(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(comparisonItemsRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => comparisons.items(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(comparisonExportRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => comparisons.export(params, context(connection, progressToken, signal))),
  );
  connection.onRequest(comparisonReplayRequest, ({ progressToken, streamToken: _, ...params }, token) =>
    answer(token, (signal) => comparisons.replay(params, context(connection, progressToken, signal))),
  );
}

/** Runs a handler with an `AbortSignal` for its token; what it throws becomes a `ResponseError`. */
function answering(log: (level: LogMessage["level"], message: string) => void) {
  return async <T>(
    token: CancellationToken,
    handler: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | ResponseError<RuntimeErrorInfo>> => {
    const controller = new AbortController();
    const listener = token.onCancellationRequested(() => controller.abort());
    if (token.isCancellationRequested) controller.abort();
    try {
      return await handler(controller.signal);
    } catch (error) {
      if (error instanceof CancelledError) return new ResponseError(requestCancelled, error.message);
      const info = toErrorInfo(error);
      log(info.code === "internal" ? "error" : "warn", error instanceof Error ? (error.stack ?? "") : info.message);
      return new ResponseError(ErrorCodes.InternalError, info.message, info);
    } finally {
      listener.dispose();
    }
  };
}

/** Sends a request's stream to whoever gave it a token, as fast as that one reads. */
function stream<E>(
  token: number | undefined,
  signal: AbortSignal,
  send: (token: number, event: E) => Promise<void>,
): (event: E) => unknown {
  return token === undefined ? () => undefined : pacedSender((event: E) => send(token, event), signal);
}

function context(connection: MessageConnection, token: number | undefined, signal: AbortSignal): RequestContext {
  if (token === undefined) return { signal };
  const onProgress = (progress: WorkProgress) => void connection.sendProgress(workProgress, token, progress);
  return { signal, onProgress };
}

const bundle = process.env.EXTENSION_BUNDLE_PATH;
if (bundle) l10n.config({ fsPath: bundle });
process.on("disconnect", () => process.exit(0));
serve(createMessageConnection(new IPCMessageReader(process), new IPCWriter(process)));
