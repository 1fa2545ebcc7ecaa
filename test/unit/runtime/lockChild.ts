/** A process that works on the run in the folder of its argument until it is killed, and says when it has it. */
import { holdingRun } from "../../../src/runtime/runLock";

void holdingRun(process.argv[2] ?? "", async () => {
  process.send?.("holding");
  await new Promise((resolve) => setTimeout(resolve, 300_000));
});
