/** What our scripts find on the machine to show things with. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Opens an address or a file where there is a screen to open it on; false where there is none. */
export function openBrowser(address: string): boolean {
  const { command, args } = opener(address);
  const hasScreen = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const program = onPath(command);
  if (!hasScreen || !program) return false;
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.on("error", () => console.log(`${command} could not be run.`));
  child.unref();
  return true;
}

function opener(address: string): { readonly command: string; readonly args: readonly string[] } {
  if (process.platform === "darwin") return { command: "open", args: [address] };
  // Not `start`, which a shell would have to read the address for.
  if (process.platform === "win32") return { command: "explorer", args: [address] };
  return { command: "xdg-open", args: [address] };
}

/** Where a program lies; undefined when it is not on the PATH. */
export function onPath(name: string): string | undefined {
  const names = process.platform === "win32" ? [`${name}.cmd`, `${name}.exe`] : [name];
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find((path) => existsSync(path));
}
