/** The panel's questions to the host. */
import { HOST_EXTENSION, type RequestType } from "vscode-messenger-common";
import { createCancellationToken, type Messenger } from "vscode-messenger-webview";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";

/** Asks the host. Never throws: a failure is an answer. */
export type Ask = <P, T>(
  type: RequestType<P, PanelAnswer<T>>,
  question: P,
  signal: AbortSignal,
) => Promise<PanelAnswer<T>>;

/** Asks through `messenger`. An aborted question is answered at once; the host hears of it and stops the computing. */
export function asking(messenger: Pick<Messenger, "sendRequest">): Ask {
  return async (type, question, signal) => {
    if (signal.aborted) return { kind: "cancelled" };
    try {
      return await messenger.sendRequest(type, HOST_EXTENSION, question, createCancellationToken(signal));
    } catch (error) {
      if (signal.aborted) return { kind: "cancelled" };
      const message = error instanceof Error ? error.message : String(error);
      return { kind: "failed", error: { code: "internal", message, hint: "" } };
    }
  };
}
