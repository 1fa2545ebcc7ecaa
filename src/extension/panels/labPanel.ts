import type * as vscode from "vscode";
import type { Logger } from "../logger";
import { type PanelKind, SinglePanel } from "./singlePanel";

/** What a panel shows: told when its page is gone, and when it was closed. */
export interface PanelLab {
  readonly store: { detach(): void };
  close(): void;
}

/** The one panel of a lab, and who answers it. */
export abstract class LabPanel<L extends PanelLab, H> extends SinglePanel {
  protected handlers: H | undefined;

  constructor(
    kind: PanelKind,
    extensionUri: vscode.Uri,
    /** Asked for when it is needed: lab and panel know each other. */
    protected readonly lab: () => L,
    logger: Logger,
  ) {
    super(kind, extensionUri, logger);
  }

  /** Who answers the panel. Called once, before the first panel. */
  connect(handlers: H): void {
    this.handlers = handlers;
  }

  protected override seen(visible: boolean): void {
    if (!visible) this.lab().store.detach();
  }

  protected override closed(): void {
    this.lab().store.detach();
    this.lab().close();
  }
}
