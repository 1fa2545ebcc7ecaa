/** What the result of a probe depends on: when it changes, devices are probed again. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { delimiter, join } from "node:path";

/** Raised when the probe itself changes. */
const probeVersion = 1;

/** Folders whose files name the Vulkan drivers of Linux (Vulkan loader, "Driver Discovery"). */
const vulkanFolders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
/** Variables that choose a driver or where libraries are looked for. */
const variables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"];

/**
 * A hash of onnxruntime's version, the system's release and what is known of its drivers: the NVIDIA module's version and the Vulkan
 * drivers' files on Linux, the driver store on Windows; on macOS drivers come with the system. `libraries` are files of execution
 * providers, by absolute path.
 */
export async function driverIdentity(onnxruntime: string, libraries: readonly string[]): Promise<string> {
  const { platform, arch, env } = process;
  const parts = [
    ...[probeVersion, onnxruntime, platform, arch, process.versions.node, release()],
    ...variables.map((name) => `${name}=${env[name] ?? ""}`),
    await text("/sys/module/nvidia/version"),
    ...(await Promise.all([...vulkanFiles(), ...(await listed(vulkanFolders))].map(fingerprint))),
    await fingerprint(join(env.SystemRoot ?? "C:\\Windows", "System32", "DriverStore", "FileRepository")),
    ...(await Promise.all(libraries.map(fingerprint))),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function vulkanFiles(): string[] {
  const { VK_DRIVER_FILES: files = "", VK_ICD_FILENAMES: older = "" } = process.env;
  return [files, older].flatMap((list) => list.split(delimiter)).filter((file) => file !== "");
}

async function listed(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).sort().map((name) => join(folder, name))),
  );
  return found.flat();
}

async function text(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

/** Name, size and time of a file or folder; the name alone when there is none. */
async function fingerprint(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found ? `${path} ${found.size} ${found.mtimeMs}` : path;
}
