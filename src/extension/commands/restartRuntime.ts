import { RuntimeError } from "../../runtime/errors";
import type { Workbench } from "../workbench";

/** Ends the runtime process and starts a new one. The status bar shows how that goes. */
export async function restartRuntime({ runtime, log }: Workbench): Promise<void> {
  try {
    const { pid } = await runtime.restart();
    log.info(`Runtime restarted as process ${pid}.`);
  } catch (error) {
    // A crash while starting has its own message.
    if (!(error instanceof RuntimeError) || error.code !== "runtimeExited") throw error;
  }
}
