import { homedir } from "node:os";
import { join } from "node:path";

/** Where everything that tests and benchmarks download or make is kept, outside the checkout: `GPTW_CACHE`, else the user's cache. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return process.env.GPTW_CACHE ?? join(base, "gpt-workbench");
}
