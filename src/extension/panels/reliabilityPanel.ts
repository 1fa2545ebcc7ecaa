import * as vscode from "vscode";
import type { MessageParticipant, NotificationType } from "vscode-messenger-common";
import {
  openAsText,
  type ReliabilityState,
  reliabilityReady,
  resetCounts,
  setThreshold,
  showReliability,
  turnOn,
} from "../../runtime/reliabilityProtocol";
import type { Disposable, Event } from "../emitter";
import type { Logger } from "../logger";
import { SinglePanel } from "./singlePanel";

/** The panel's type, also in package.json's activation events. */
export const reliabilityViewType = "gptWorkbench.reliability";

/** Where the panel's state comes from, and what its buttons do. */
export interface ReliabilitySource {
  state(): ReliabilityState;
  readonly onDidChange: Event<void>;
  /** `threshold` is a number from 0 to 1. */
  setThreshold(threshold: number): unknown;
  turnOn(): unknown;
  reset(): unknown;
  openAsText(): unknown;
}

/** The one panel about the reliability of inline completions. It keeps nothing: the counts are the host's, and a page that is shown asks for them. */
export class ReliabilityPanel extends SinglePanel {
  constructor(
    extensionUri: vscode.Uri,
    private readonly source: ReliabilitySource,
    logger: Logger,
  ) {
    const title = () => vscode.l10n.t("Inline Completion Reliability");
    const kind = { viewType: reliabilityViewType, name: "reliability", icon: "graph-scatter" } as const;
    super({ ...kind, place: "active", title }, extensionUri, logger);
  }

  protected override listen(page: MessageParticipant): readonly Disposable[] {
    const show = () => {
      if (this.visible) this.messenger.sendNotification(showReliability, page, this.source.state());
    };
    const on = <P>(type: NotificationType<P>, handler: (params: P) => unknown) => this.on(page, type, handler);
    return [
      this.source.onDidChange(show),
      on(reliabilityReady, show),
      on(turnOn, () => this.source.turnOn()),
      on(resetCounts, () => this.source.reset()),
      on(openAsText, () => this.source.openAsText()),
      on(setThreshold, (threshold: unknown) => {
        if (typeof threshold === "number" && threshold >= 0 && threshold <= 1)
          return this.source.setThreshold(threshold);
        this.logger.warn(`The panel asked for the threshold ${JSON.stringify(threshold)}.`);
        return undefined;
      }),
    ];
  }
}
