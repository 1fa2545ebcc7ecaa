/** Work that takes all of a process' device and memory: one training, or one comparison, at a time. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "./errors";

/** What may be under way. */
export type LongWorkKind = "training" | "comparison";

/** Lets one piece of long work in at a time. One per process. */
export class LongWork {
  #running: LongWorkKind | null = null;

  /** Does `work` while nothing else of the sort is done. @throws RuntimeError `invalidRequest` while something is; what `work` throws. */
  async alone<T>(kind: LongWorkKind, work: () => Promise<T>): Promise<T> {
    if (this.#running !== null) throw isBusy(kind, this.#running);
    this.#running = kind;
    try {
      return await work();
    } finally {
      this.#running = null;
    }
  }
}

function isBusy(wanted: LongWorkKind, running: LongWorkKind): Error {
  if (running === "training") {
    const problem = wanted === running ? l10n.t("another training is under way") : l10n.t("a training is under way");
    return invalidRequest(problem, l10n.t("Pause or stop it first."));
  }
  const problem = wanted === running ? l10n.t("another comparison is under way") : l10n.t("a comparison is under way");
  return invalidRequest(problem, l10n.t("Wait for its end, or cancel it first."));
}
