/** `npm start`: builds the extension and opens it in a real VS Code on samples/. */

import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runScript } from "../runScript";
import { canUseCodeServer, installCodeServer } from "./install";
import { onPath, openBrowser } from "./openBrowser";
import { startServer } from "./server";

const root = resolve(__dirname, "../..");
const samples = join(root, "samples");

const help = `npm start -- [--port N] [--no-open] [--server]

Builds the extension and opens it on samples/: in desktop VS Code when "code" is on the PATH,
else in VS Code from the npm registry, served on 127.0.0.1 (the first time it is downloaded into
the cache, about 800 MB, one to four minutes).

  --server    serve on 127.0.0.1 though there is a desktop VS Code
  --port N    port to serve on; a free one by default
  --no-open   print the address only`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean" },
      server: { type: "boolean" },
      port: { type: "string", default: "0" },
      "no-open": { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const port = portOf(values.port);
  console.log("Building the extension. Takes a few seconds …");
  const build = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
  if (build.status !== 0) return 1;
  const desktop = onPath("code");
  if (desktop && !values.server) return openDesktop(desktop);
  if (!canUseCodeServer()) {
    console.error("Install VS Code and put \"code\" on the PATH (its command: Shell Command: Install 'code' command).");
    return 1;
  }
  return serve(port, !values["no-open"]);
}

function portOf(text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--port takes a number from 0 to 65535, not "${text}".`);
}

function openDesktop(code: string): number {
  console.log("Opening VS Code on samples/. Takes a few seconds …");
  const args = ["--new-window", `--extensionDevelopmentPath=${root}`, samples];
  // On Windows `code` is a batch file, which only a shell runs.
  const { status } =
    process.platform === "win32"
      ? spawnSync([code, ...args].map((part) => `"${part}"`).join(" "), { stdio: "inherit", shell: true })
      : spawnSync(code, args, { stdio: "inherit" });
  return status ?? 1;
}

async function serve(port: number, open: boolean): Promise<number> {
  await installCodeServer();
  // Watched from here on, for the server has a process group of its own and would outlive us. npm passes Ctrl+C on as well,
  // so that it comes more than once: none may end us before the server is gone.
  const stopped = new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => resolve());
  });
  console.log("Starting VS Code. Takes a few seconds …");
  const server = await startServer({ link: root, port });
  const address = `${server.url}/?folder=${encodeURIComponent(samples).replaceAll("%2F", "/")}`;
  console.log(`GPT Workbench is open at ${address}`);
  console.log("Ctrl+C stops it.");
  if (open && !openBrowser(address)) console.log("No browser could be opened: open the address yourself.");
  await stopped;
  console.log("Stopping VS Code …");
  await server.stop();
  return 0;
}

runScript(main);
