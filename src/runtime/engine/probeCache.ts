/** What probes told, kept on disk: a probe takes up to seconds, and its result changes only with the driver. */
import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { type Device, deviceNames } from "../protocol";
import { type ProbeResult, probeResult } from "./probeProcess";

const kept = z.object({
  identity: z.string(),
  results: z.partialRecord(z.enum(deviceNames), z.object({ result: probeResult, time: z.number() })),
});
type Kept = z.infer<typeof kept>;

/** A device that failed is tried again after this, milliseconds: what it lacked may be there by then. */
const retryMs = 24 * 60 * 60 * 1000;

/** Results for one identity of onnxruntime and driver. A file that cannot be read or written is as good as none. */
export class ProbeCache {
  #content: Promise<Kept> | undefined;

  /** `identity` names everything that results depend on; `now` is the time in milliseconds. */
  constructor(
    private readonly file: string,
    private readonly identity: () => Promise<string>,
    private readonly now: () => number = Date.now,
  ) {}

  /** What was found of `device`, if it still holds. */
  async get(device: Device): Promise<ProbeResult | undefined> {
    const found = (await this.#read()).results[device];
    if (!found || (found.result.kind === "fails" && this.now() - found.time > retryMs)) return undefined;
    return found.result;
  }

  /** Keeps what a probe told. */
  async set(device: Device, result: ProbeResult): Promise<void> {
    const content = await this.#read();
    content.results[device] = { result, time: this.now() };
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeFileAtomic(this.file, `${JSON.stringify(content, null, 2)}\n`);
    } catch {
      // Probed again next time, then.
    }
  }

  #read(): Promise<Kept> {
    this.#content ??= this.#load();
    return this.#content;
  }

  async #load(): Promise<Kept> {
    const identity = await this.identity();
    const parsed = kept.safeParse(await readJson(this.file));
    return parsed.success && parsed.data.identity === identity ? parsed.data : { identity, results: {} };
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Where this system keeps what programs can make anew. */
export function cacheFolder(): string {
  const home = homedir();
  if (process.platform === "win32")
    return join(process.env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "gpt-workbench", "Cache");
  if (process.platform === "darwin") return join(home, "Library", "Caches", "gpt-workbench");
  return join(process.env.XDG_CACHE_HOME || join(home, ".cache"), "gpt-workbench");
}
