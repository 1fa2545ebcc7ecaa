/** What every picture is drawn from. */
import type { AttentionOverview } from "../../../runtime/analysisProtocol";
import type { ViewContext } from "../viewContext";
import type { AnswerCache } from "./answerCache";
import type { AttentionChoice } from "./choice";
import type { Look } from "./paint";
import type { NamedSegments } from "./segments";

/** The view's state as a picture sees it. */
export interface PaneInput {
  readonly context: ViewContext;
  readonly choice: AttentionChoice;
  readonly look: Look;
  readonly layers: number;
  readonly heads: number;
  /** Null while it has not arrived. */
  readonly overview: AttentionOverview | null;
  readonly segments: NamedSegments;
  readonly answers: AnswerCache;
  change(part: Partial<AttentionChoice>): void;
}
