/** Starts and stops VS Code as a server on 127.0.0.1. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { codeServerEntry, installFolder, nodeBinary } from "./versions";

/** Settings that keep VS Code still: no telemetry, no updates, no tips, no other extensions' prompts. */
const quietSettings = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "security.workspace.trust.enabled": false,
  "window.commandCenter": false,
  "window.confirmBeforeClose": "never",
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "npm.fetchOnlinePackageInfo": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "json.schemaDownload.enable": false,
};

/** How to start. */
export interface ServerOptions {
  /** Extension folder that is put among the installed ones. Absent when tests name it in the window's address. */
  readonly link?: string;
  /** Lets a window's address name an extension and tests to run in its host. Notifications then show no toasts. */
  readonly testDriver?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of scope `machine`: in a window that is served they count only here. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly environment?: NodeJS.ProcessEnv;
  /** 0 takes a free one. */
  readonly port?: number;
}

/** A running server. */
export interface Server {
  readonly url: string;
  /** Everything that this run writes; removed by `stop`. */
  readonly folder: string;
  readonly pid: number;
  /** Ends the server and everything it started. */
  stop(): Promise<void>;
}

/** Starts a server with fresh user data. Throws, with its output, when it does not listen within a minute. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = newRunFolder();
  const extensions = join(folder, "extensions");
  mkdirSync(join(folder, "data/User"), { recursive: true });
  mkdirSync(extensions);
  mkdirSync(join(folder, "tmp"), { mode: 0o700 });
  writeFileSync(
    join(folder, "data/User/settings.json"),
    JSON.stringify({ ...quietSettings, ...options.settings }, null, 2),
  );
  mkdirSync(join(folder, "data/Machine"));
  writeFileSync(join(folder, "data/Machine/settings.json"), JSON.stringify(options.machineSettings ?? {}, null, 2));
  writeFileSync(join(folder, "config.yaml"), "{}\n");
  if (options.link) linkExtension(options.link, extensions);
  const child = spawn(nodeBinary(), serverArguments(folder, extensions, options), {
    env: { ...serverEnvironment(folder), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  try {
    const url = await listening(child, join(folder, "server.log"));
    return { url, folder, pid: child.pid ?? 0, stop: () => stop(child, folder) };
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
}

function newRunFolder(): string {
  const base = join(installFolder(), "run");
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, "r"));
}

/** An extension folder linked into a fresh extensions folder counts as installed. */
function linkExtension(extension: string, extensions: string): void {
  const manifest = z.object({ publisher: z.string(), name: z.string(), version: z.string() });
  const { publisher, name, version } = manifest.parse(
    JSON.parse(readFileSync(join(extension, "package.json"), "utf8")),
  );
  symlinkSync(extension, join(extensions, `${publisher}.${name}-${version}`));
}

function serverArguments(folder: string, extensions: string, options: ServerOptions): string[] {
  const folders = [
    "--config",
    join(folder, "config.yaml"),
    "--user-data-dir",
    join(folder, "data"),
    "--extensions-dir",
    extensions,
  ];
  const quiet = ["telemetry", "update-check", "workspace-trust", "getting-started-override", "proxy"].map(
    (name) => `--disable-${name}`,
  );
  const driver = options.testDriver ? ["--vscode-option", "enable-smoke-test-driver"] : [];
  const address = ["--bind-addr", `127.0.0.1:${options.port ?? 0}`, "--auth", "none", "--ignore-last-opened"];
  return [codeServerEntry(), ...folders, ...quiet, ...address, ...driver];
}

/** Ours, less what an outer VS Code or code-server would pass on. */
function serverEnvironment(folder: string): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|CODE_SERVER_|CS_)|^(PORT|PASSWORD|HASHED_PASSWORD|NODE_OPTIONS|ELECTRON_RUN_AS_NODE)$/;
  const kept = Object.entries(process.env).filter(([key]) => !foreign.test(key));
  const own = { TMPDIR: join(folder, "tmp"), XDG_RUNTIME_DIR: join(folder, "tmp") };
  const data = { XDG_CONFIG_HOME: join(folder, "xdg"), XDG_DATA_HOME: join(folder, "xdg") };
  return { ...Object.fromEntries(kept), ...own, ...data, EXTENSIONS_GALLERY: "{}" };
}

function listening(child: ChildProcess, logFile: string): Promise<string> {
  const log = createWriteStream(logFile);
  let text = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`VS Code did not start within a minute:\n${text}`)), 60_000);
    const read = (data: Buffer) => {
      log.write(data);
      text += data.toString();
      const url = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`VS Code ended with ${code}:\n${text}`));
    });
  });
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  // Without a process there is no group: 0 would be our own.
  if (child.pid !== undefined) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      signal(-child.pid, "SIGTERM");
      await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
    }
    signal(-child.pid, "SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(group, name);
  } catch (error) {
    // Nothing is left of the group.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
