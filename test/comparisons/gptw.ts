/** Runs our own command line, as a user would. */
import { spawn, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

/** The project's folder. */
export const root = resolve(__dirname, "../..");

/** Builds the programs. Throws when they cannot be built. */
export function build(): void {
  console.log("Building. Takes a few seconds …");
  const { status } = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed");
}

/** Runs `gptw` in `folder` and gives its exit code; Ctrl+C reaches it, too. */
export async function gptw(args: readonly string[], folder: string): Promise<number> {
  const child = spawn(process.execPath, [join(root, "out", "gptw.js"), ...args], { cwd: folder, stdio: "inherit" });
  // It pauses by itself; we only wait for it.
  const wait = () => undefined;
  process.on("SIGINT", wait);
  try {
    return await new Promise<number>((done, failed) => {
      child.on("error", failed);
      child.on("exit", (code) => done(code ?? 1));
    });
  } finally {
    process.off("SIGINT", wait);
  }
}
