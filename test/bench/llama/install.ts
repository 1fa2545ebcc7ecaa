/** node-llama-cpp, which runs llama.cpp. */
import { installPeer, type Peer } from "../installPeer";

const version = "3.22.1";

/** The package, with llama.cpp built for this machine's CPU only. Throws when it cannot be installed. */
export function llamaPeer(): Peer {
  return installPeer({
    name: "node-llama-cpp",
    version,
    entry: "node-llama-cpp/dist/index.js",
    companions: [`@node-llama-cpp/${buildName()}@${version}`],
    options: ["--omit=optional"],
  });
}

function buildName(): string {
  if (process.platform === "darwin") return process.arch === "arm64" ? "mac-arm64-metal" : "mac-x64";
  return `${process.platform === "win32" ? "win" : "linux"}-${process.arch}`;
}
