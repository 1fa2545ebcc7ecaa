/** Runs in processes that are killed. */
import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingEvent } from "../../../../src/runtime/trainingProtocol";
import type { TrainChildRequest } from "./trainChild";

/**
 * Trains in a process that is killed some moment after some event; when that is after its end, it has ended. Gives the run's folder.
 */
export function killed(given: TrainChildRequest, random: () => number): Promise<string> {
  const child = fork(join(__dirname, "trainChild.ts"), [JSON.stringify(given)], { execArgv: ["--import", "tsx"] });
  let folder = "folder" in given ? given.folder : "";
  // Events come in bursts; the moment between two of them is drawn as well.
  let left = 1 + Math.floor(random() * 12);
  const pause = Math.floor(random() * 40);
  child.on("message", (event: TrainingEvent) => {
    if (event.kind === "begin") folder = event.folder;
    if (folder !== "" && left-- === 0) setTimeout(() => child.kill("SIGKILL"), pause);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (folder !== "" && (signal === "SIGKILL" || code === 0)) resolve(folder);
      else reject(new Error(`the process ended with ${code ?? signal}, its run in "${folder}"`));
    });
  });
}

/** Whether a run says that it is. */
export function completed(folder: string): boolean {
  return JSON.parse(readFileSync(join(folder, "run.json"), "utf8")).state === "completed";
}

/** The bytes of what a run has trained. */
export function weights(folder: string): Buffer {
  const files = ["adapter_model.safetensors", "model.safetensors"].map((name) => join(folder, "model", name));
  return readFileSync(files.find((file) => existsSync(file)) ?? "");
}
