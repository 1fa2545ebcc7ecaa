/** Runs one measurement in a process of its own. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { Measurement } from "./worker";

/** Figures of the measurement `name` of `worker.ts`. Rejects when its process fails. */
export function runWorker(name: string, folder: string, device: string): Promise<Measurement> {
  return new Promise((done, fail) => {
    const child = fork(join(__dirname, "worker.ts"), [name, folder, device]);
    child.on("message", (message) => done(z.record(z.string(), z.number()).parse(message)));
    child.on("error", fail);
    child.on("exit", (code, signal) => fail(new Error(`${name} on ${folder} ended with ${signal ?? code}`)));
  });
}
