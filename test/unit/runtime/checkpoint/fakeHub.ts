/** A hub on loopback with one model, which misbehaves as it is told. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { HubModel } from "../../../../src/runtime/modelsProtocol";
import { fixture } from "./support";

/** Commit of the fake hub's model. */
export const commit = "0123456789abcdef0123456789abcdef01234567";

/** How the hub behaves; may be changed while it runs. */
export interface HubBehaviour {
  /** Files by path. */
  files: Map<string, Buffer>;
  /** Cut the connection after so many bytes of a weights file, so many times. */
  cuts: number;
  cutAfter: number;
  /** Wait until the receiver has written them before cutting: what is on its way when a connection breaks may be lost. */
  arrived: () => boolean;
  /** Answer everything with this status. */
  status: number | null;
  /** Where to send those who ask for a file. */
  redirect: ((path: string) => string) | null;
  /** Claim this hash of the weights. */
  wrongHash: string | null;
  /** Take ranges as if they were not asked. */
  ignoreRanges: boolean;
  /** Wait for this before the first byte of a weights file is sent whole. */
  gate: Promise<void> | null;
}

/** A running hub. */
export interface FakeHub {
  readonly model: HubModel;
  readonly behaviour: HubBehaviour;
  /** `METHOD path range authorization` of every request. */
  readonly requests: { readonly url: string; readonly range: string; readonly authorization: string }[];
  close(): Promise<void>;
}

/** The files of the gpt2-tiny fixture. */
export function tinyFiles(): Map<string, Buffer> {
  const names = ["config.json", "model.safetensors"];
  return new Map(names.map((name) => [name, readFileSync(join(fixture("gpt2-tiny"), name))]));
}

/** Starts a hub with the gpt2-tiny fixture as `someone/tiny`. */
export async function startHub(): Promise<FakeHub> {
  const behaviour: HubBehaviour = {
    files: tinyFiles(),
    cuts: 0,
    cutAfter: 20_000,
    arrived: () => true,
    status: null,
    redirect: null,
    wrongHash: null,
    ignoreRanges: false,
    gate: null,
  };
  const requests: FakeHub["requests"] = [];
  const server = createServer((request, response) => {
    const { range = "", authorization = "" } = request.headers;
    requests.push({ url: request.url ?? "", range, authorization });
    void answer(behaviour, request, response);
  });
  const endpoint = await listen(server);
  const model = { endpoint, repo: "someone/tiny", revision: "main" };
  return { model, behaviour, requests, close: () => close(server) };
}

/** Starts listening on a free port of this machine. */
export function listen(server: Server): Promise<string> {
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** Stops, open connections too. */
export function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

async function answer(behaviour: HubBehaviour, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = decodeURIComponent(new URL(request.url ?? "", "http://hub").pathname);
  if (behaviour.status !== null) return end(response, behaviour.status, "{}");
  if (path.startsWith("/api/models/someone/tiny/revision/"))
    return json(response, {
      _id: "1",
      id: "someone/tiny",
      sha: commit,
      private: false,
      gated: false,
      downloads: 0,
      likes: 0,
    });
  if (path.startsWith(`/api/models/someone/tiny/tree/${commit}`)) return json(response, tree(behaviour));
  const file = /^\/(?:someone\/tiny\/resolve|moved)\/(?:[^/]+\/)?(.+)$/.exec(path)?.[1];
  const content = file === undefined ? undefined : behaviour.files.get(file);
  if (file === undefined || content === undefined) return end(response, 404, "{}");
  if (behaviour.redirect && path.startsWith("/someone")) {
    response.writeHead(302, { location: behaviour.redirect(file) });
    response.end();
    return;
  }
  await sendFile(behaviour, request, response, file, content);
}

async function sendFile(
  behaviour: HubBehaviour,
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  content: Buffer,
): Promise<void> {
  const start = behaviour.ignoreRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const bytes = content.subarray(start);
  const range = start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length, ...range });
  const isWeights = file.endsWith(".safetensors");
  if (isWeights && behaviour.cuts > 0) {
    behaviour.cuts--;
    response.write(bytes.subarray(0, behaviour.cutAfter));
    for (let waits = 0; waits < 1 || (waits < 100 && !behaviour.arrived()); waits++) await setTimeout(300);
    response.destroy();
    return;
  }
  if (isWeights && behaviour.gate) {
    response.write(bytes.subarray(0, behaviour.cutAfter));
    await behaviour.gate;
    response.end(bytes.subarray(behaviour.cutAfter));
    return;
  }
  response.end(bytes);
}

function tree({ files, wrongHash }: HubBehaviour) {
  return Array.from(files, ([path, content]) => {
    const gitSha1 = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const entry = { type: "file", path, size: content.length, oid: gitSha1 };
    if (!path.endsWith(".safetensors")) return entry;
    const oid = wrongHash ?? createHash("sha256").update(content).digest("hex");
    return { ...entry, lfs: { oid, size: content.length, pointerSize: 130 } };
  });
}

function json(response: ServerResponse, value: unknown): void {
  end(response, 200, JSON.stringify(value));
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}
