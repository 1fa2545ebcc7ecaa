/** The part of the service that looks inside a model. */
import type {
  AblateParams,
  AblationEffects,
  AttentionFlow,
  AttentionFlowParams,
  AttentionMatrix,
  AttentionMatrixParams,
  AttentionOverview,
  AttentionOverviewParams,
  AttentionReach,
  AttentionReachParams,
  AttentionRows,
  AttentionRowsParams,
  CompareTextsParams,
  Lens,
  LensParams,
  Salience,
  SalienceParams,
  TextComparison,
} from "./analysisProtocol";
import { analysisParams } from "./analysisRequests";
import { attentionFlow, attentionMatrix, attentionOverview, attentionReach, attentionRows } from "./attentionAnalysis";
import { compareTexts } from "./compareTexts";
import type { ModelSlot } from "./engine/modelSlot";
import { ablate, lens } from "./lensAnalysis";
import type { ModelReference } from "./protocol";
import { parseRequest } from "./requests";
import { salience } from "./salienceAnalysis";
import type { RequestContext } from "./service";

/** Answers requests about the inside of a model, with the slot's. Every method throws `invalidRequest` for wrong parameters. */
export class AnalysisService {
  readonly #slot: ModelSlot;

  constructor(slot: ModelSlot) {
    this.#slot = slot;
  }

  /** Thumbnails and statistics of all heads. */
  async attentionOverview(params: AttentionOverviewParams, context: RequestContext): Promise<AttentionOverview> {
    const checked = parseRequest(analysisParams.attentionOverview, params);
    return this.#slot.use(checked.model, context, (model) => attentionOverview(model, checked, context));
  }

  /** Rows of one matrix. */
  async attentionMatrix(params: AttentionMatrixParams, context: RequestContext): Promise<AttentionMatrix> {
    const checked = parseRequest(analysisParams.attentionMatrix, params);
    return this.#slot.use(checked.model, context, (model) => attentionMatrix(model, checked, context));
  }

  /** One query in all heads of a layer. */
  async attentionRows(params: AttentionRowsParams, context: RequestContext): Promise<AttentionRows> {
    const checked = parseRequest(analysisParams.attentionRows, params);
    return this.#slot.use(checked.model, context, (model) => attentionRows(model, checked, context));
  }

  /** Flow from a query to every token. */
  async attentionFlow(params: AttentionFlowParams, context: RequestContext): Promise<AttentionFlow> {
    const checked = parseRequest(analysisParams.attentionFlow, params);
    return this.#slot.use(checked.model, context, (model) => attentionFlow(model, checked, context));
  }

  /** What can reach a token. */
  async attentionReach(params: AttentionReachParams, context: RequestContext): Promise<AttentionReach> {
    const checked = parseRequest(analysisParams.attentionReach, params);
    return this.#slot.use(checked.model, context, (model) => attentionReach(model, checked));
  }

  /** The logit lens. */
  async lens(params: LensParams, context: RequestContext): Promise<Lens> {
    const checked = parseRequest(analysisParams.lens, params);
    return this.#slot.use(checked.model, context, (model) => lens(model, checked, context));
  }

  /** Switches heads and MLPs off. */
  async ablate(params: AblateParams, context: RequestContext): Promise<AblationEffects> {
    const checked = parseRequest(analysisParams.ablate, params);
    return this.#slot.use(checked.model, context, (model) => ablate(model, checked, context));
  }

  /** What a prediction hangs on. */
  async salience(params: SalienceParams, context: RequestContext): Promise<Salience> {
    const checked = parseRequest(analysisParams.salience, params);
    return this.#slot.use(checked.model, context, (model) => salience(model, checked, context));
  }

  /** Two texts, or one under two models, which are then loaded side by side. */
  async compareTexts(params: CompareTextsParams, context: RequestContext): Promise<TextComparison> {
    const checked = parseRequest(analysisParams.compareTexts, params);
    const { a, b } = checked;
    return this.#slot.use(a.model, context, (first) => {
      if (isSame(a.model, b.model)) return compareTexts({ a: first, b: first }, checked, context);
      const beside = { ...context, beside: first };
      return this.#slot.use(b.model, beside, (second) => compareTexts({ a: first, b: second }, checked, context));
    });
  }
}

function isSame(a: ModelReference, b: ModelReference): boolean {
  return a.folder === b.folder && a.device === b.device && a.contextLength === b.contextLength;
}
