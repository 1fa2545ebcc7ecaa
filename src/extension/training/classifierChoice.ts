/** Which fine-tuned model classifies selections in this workspace. Knows nothing of VS Code. */
import { Emitter, type Event } from "../emitter";
import type { Memory } from "../inlineCompletions/statisticsStore";

const key = "gptWorkbench.classifier";

/** Remembered in the workspace. */
export class ClassifierChoice {
  readonly #changed = new Emitter<void>();

  constructor(private readonly memory: Memory) {}

  /** Fires when another is chosen. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Absolute folder of the model, or of the adapter; undefined while none was chosen. */
  get folder(): string | undefined {
    const folder = this.memory.get(key);
    return typeof folder === "string" ? folder : undefined;
  }

  /** Takes another one; none when undefined. */
  async use(folder: string | undefined): Promise<void> {
    await this.memory.update(key, folder);
    this.#changed.fire();
  }
}
