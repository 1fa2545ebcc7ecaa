import { RuntimeError, toErrorInfo } from "../../runtime/errors";
import { errorText } from "../errorText";
import type { Outcome } from "../inspect";
import type { Workbench } from "../workbench";

/**
 * Tells how a run ended: what to know of its text as one message, and a failure in the log. The failure itself is
 * already in the inspector, and a crash of the runtime has its own message.
 */
export function report<T>(
  { messages, log }: Workbench,
  outcome: Outcome<T>,
  notes: readonly string[],
  resultNotes: (value: T) => readonly string[],
): void {
  switch (outcome.kind) {
    case "done": {
      const all = [...notes, ...resultNotes(outcome.value)];
      if (all.length > 0) messages.info(all.join(" "));
      return;
    }
    case "cancelled":
      log.info("Run cancelled.");
      return;
    case "failed":
      log.error(errorText(toErrorInfo(outcome.error)));
      if (!(outcome.error instanceof RuntimeError)) log.error(String(outcome.error));
      return;
    default:
      outcome satisfies never;
  }
}
