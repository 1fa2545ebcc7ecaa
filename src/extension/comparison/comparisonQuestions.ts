/** What the comparison panel asks about the report that it shows. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";
import type { ItemsQuestion, ReplayQuestion } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonItems, Replay } from "../../runtime/comparisonProtocol";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import { CancelledError, invalidRequest, toErrorInfo } from "../../runtime/errors";
import type { WorkProgress } from "../../runtime/protocol";
import type { ComparisonClient } from "./comparisonClient";
import type { ShownComparison } from "./shownComparison";

/** What answers are worked out with. */
export interface QuestionParts {
  readonly client: Pick<ComparisonClient, "items" | "replay">;
  /** `checkStored` as `ComparisonHost`'s. */
  readonly host: { checkStored(record: ComparisonRecord): Promise<void> };
}

/** Answers questions about the run that is shown. No method throws. */
export class ComparisonQuestions {
  constructor(
    private readonly parts: QuestionParts,
    /** The run that is shown, if it is of this number. */
    private readonly shown: (number: number) => ShownComparison | null,
    /** Name of long work that is under way. */
    private readonly busy: () => string | null,
  ) {}

  /** Items of test, with what the arms say. */
  items({ shown, ...query }: ItemsQuestion, signal: AbortSignal): Promise<PanelAnswer<ComparisonItems>> {
    return this.#about(shown, ({ folder }) => this.parts.client.items({ folder, ...query }, { signal }));
  }

  /** One number, computed again: not beside other long work, whose models and memory it would take. */
  replay(
    { shown, ...place }: ReplayQuestion,
    { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: WorkProgress) => void },
  ): Promise<PanelAnswer<Replay>> {
    return this.#about(shown, async ({ folder, record }) => {
      const busy = this.busy();
      if (busy !== null)
        throw invalidRequest(l10n.t("{0} is under way", busy), l10n.t("Pause it first, or wait for its end."));
      await this.parts.host.checkStored(record);
      return this.parts.client.replay({ folder, ...place }, { signal, onProgress });
    });
  }

  async #about<T>(shown: number, work: (run: ShownComparison) => Promise<T>): Promise<PanelAnswer<T>> {
    const run = this.shown(shown);
    if (!run) return { kind: "outdated" };
    try {
      return { kind: "ready", value: await work(run) };
    } catch (error) {
      return error instanceof CancelledError ? { kind: "cancelled" } : { kind: "failed", error: toErrorInfo(error) };
    }
  }
}
