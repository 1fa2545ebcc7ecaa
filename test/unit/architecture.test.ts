/** The walls of the house: who may import whom. The rules are those of docs/architecture.md. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** One import of one file. Paths are relative to the project, with `/`; packages keep their names. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** A rule: the edges it looks at, and those of them that it allows. */
interface Rule {
  readonly says: string;
  readonly about: (edge: Edge) => boolean;
  readonly allows: (edge: Edge) => boolean;
}

const runtime = "src/runtime/";

/** Folders of the runtime, and what each may import besides itself and the files in `shared`. */
const folders: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  model: ["graph"],
  checkpoint: ["model", "tokenizer"],
  tokenizer: ["model"],
  engine: ["graph", "model", "checkpoint", "tokenizer"],
  cli: ["engine", "tokenizer"],
};

/** Files of the runtime that every folder of it may import. */
const shared = ["errors", "protocol", "random", "textFile", "version"].map((name) => `${runtime}${name}.ts`);

const folderOf = (path: string) => /^src\/runtime\/([^/]+)\//.exec(path)?.[1];
const isLocal = (path: string) => path.startsWith("src/");

const rules: readonly Rule[] = [
  {
    says: "inside the runtime, arrows point one way: graph ← model ← engine ← service; checkpoint and tokenizer serve",
    about: ({ from, to }) => folderOf(from) !== undefined && isLocal(to),
    allows: ({ from, to }) => allowedInRuntime(folderOf(from) ?? "", to),
  },
  {
    says: "every folder of the runtime has a rule",
    about: ({ from }) => folderOf(from) !== undefined,
    allows: ({ from }) => (folderOf(from) ?? "") in folders,
  },
  {
    says: "the runtime knows neither VS Code nor the other sides",
    about: ({ from }) => from.startsWith(runtime),
    allows: ({ to }) => to !== "vscode" && (!isLocal(to) || to.startsWith(runtime)),
  },
  {
    says: "the model and the graph do no input or output",
    about: ({ from }) => from.startsWith(`${runtime}graph/`) || from.startsWith(`${runtime}model/`),
    allows: ({ to }) => !to.startsWith("node:"),
  },
  {
    says: "one file touches onnxruntime",
    about: ({ to }) => to.startsWith("onnxruntime"),
    allows: ({ from }) => from === `${runtime}engine/session.ts`,
  },
  {
    says: "the extension takes from the runtime only what crosses the process boundary",
    about: ({ from, to }) => from.startsWith("src/extension/") && isLocal(to) && !to.startsWith("src/extension/"),
    allows: ({ to }) => ["protocol", "panelProtocol", "errors"].some((name) => to === `${runtime}${name}.ts`),
  },
  {
    says: "one file of the extension starts processes and speaks JSON-RPC",
    about: ({ from, to, typeOnly }) =>
      from.startsWith("src/extension/") && !typeOnly && (to === "node:child_process" || to === "vscode-jsonrpc/node"),
    allows: ({ from }) => from === "src/extension/runtimeClient.ts",
  },
  {
    says: "webviews import types of the protocol, values of the panel protocol, and their own",
    about: ({ from, to }) => from.startsWith("src/webview/") && isLocal(to) && !to.startsWith("src/webview/"),
    allows: ({ to, typeOnly }) =>
      to === `${runtime}panelProtocol.ts` ||
      (typeOnly && (to === `${runtime}protocol.ts` || to === `${runtime}errors.ts`)),
  },
  {
    says: "webviews use no Node.js and no VS Code",
    about: ({ from }) => from.startsWith("src/webview/"),
    allows: ({ to }) => to !== "vscode" && !to.startsWith("node:"),
  },
  {
    says: "a panel does not import another panel",
    about: ({ from, to }) => /^src\/webview\/[^/]+\//.test(from) && to.startsWith("src/webview/"),
    allows: ({ from, to }) => to.startsWith("src/webview/shared/") || panelOf(from) === panelOf(to),
  },
  {
    says: "one module touches the archived toolkit",
    about: ({ to }) => to.startsWith("@vscode/webview-ui-toolkit"),
    allows: ({ from }) => from === "src/webview/shared/toolkit.ts",
  },
  {
    says: "the panel protocol is free of any platform: it imports only types",
    about: ({ from }) => from === `${runtime}panelProtocol.ts`,
    allows: ({ typeOnly }) => typeOnly,
  },
];

function allowedInRuntime(from: string, to: string): boolean {
  if (shared.includes(to)) return true;
  // The command line is an entry like the process: it speaks to the service.
  if (from === "cli" && (to === `${runtime}service.ts` || to === `${runtime}requests.ts`)) return true;
  const target = folderOf(to);
  return target !== undefined && (target === from || (folders[from]?.includes(target) ?? false));
}

function panelOf(path: string): string | undefined {
  return /^src\/webview\/([^/]+)\//.exec(path)?.[1];
}

/** Every edge that breaks a rule, in words. */
function violations(edges: readonly Edge[]): string[] {
  return rules.flatMap(({ says, about, allows }) =>
    edges.filter((edge) => about(edge) && !allows(edge)).map(({ from, to }) => `${from} → ${to}: ${says}`),
  );
}

function sourceFiles(): string[] {
  const entries = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return entries
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(root, "src", name));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:([^"';=()]*?)\s+from\s+)"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/g;

function importsOf(file: string): Edge[] {
  const from = relative(root, file).replaceAll("\\", "/");
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return Array.from(text.matchAll(importPattern), ([, type, names, path, bare, dynamic]) => {
    const specifiers = /^\{(.*)\}$/s
      .exec(names?.trim() ?? "")?.[1]
      ?.split(",")
      .filter((name) => name.trim() !== "");
    const allTypes = specifiers?.every((name) => name.trim().startsWith("type ")) ?? false;
    return { from, to: target(from, path ?? bare ?? dynamic ?? ""), typeOnly: type !== undefined || allTypes };
  });
}

function target(from: string, path: string): string {
  if (!path.startsWith(".")) return path;
  const joined = posix.join(dirname(from), path);
  return /\.(ts|css|json)$/.test(joined) ? joined : `${joined}.ts`;
}

/** A cycle of imports that run, as a path; null when there is none. */
function findCycle(edges: readonly Edge[]): string[] | null {
  const next = new Map<string, Edge[]>();
  for (const edge of edges)
    if (isLocal(edge.to) && !edge.typeOnly) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const { to } of next.get(file) ?? []) {
      const cycle = visit(to, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}

describe("the architecture", () => {
  const files = sourceFiles();
  const edges = files.flatMap(importsOf);

  it("reads the imports that there are", () => {
    const has = (from: string, to: string) => edges.some((edge) => edge.from === from && edge.to === to);
    assert.ok(has("src/runtime/engine/session.ts", "onnxruntime-node"));
    assert.ok(has("src/runtime/service.ts", "src/runtime/engine/generate.ts"));
    assert.ok(has("src/extension/extension.ts", "vscode"));
    assert.ok(edges.some(({ from, typeOnly }) => from === "src/runtime/panelProtocol.ts" && typeOnly));
  });

  it("keeps its walls", () => assert.deepEqual(violations(edges), []));

  it("would notice a hole in each wall", () => {
    const edge = (from: string, to: string): Edge => ({ from, to, typeOnly: false });
    const holes = [
      edge("src/runtime/graph/graph.ts", "src/runtime/model/gpt.ts"),
      edge("src/runtime/model/gpt.ts", "src/runtime/engine/session.ts"),
      edge("src/runtime/surprise/new.ts", "zod"),
      edge("src/runtime/service.ts", "vscode"),
      edge("src/runtime/model/gpt.ts", "node:fs"),
      edge("src/runtime/service.ts", "onnxruntime-node"),
      edge("src/extension/extension.ts", "src/runtime/service.ts"),
      edge("src/extension/extension.ts", "node:child_process"),
      edge("src/webview/inspector/main.ts", "src/runtime/protocol.ts"),
      edge("src/webview/inspector/main.ts", "node:fs"),
      edge("src/webview/inspector/main.ts", "src/webview/compare/main.ts"),
      edge("src/webview/inspector/main.ts", "@vscode/webview-ui-toolkit"),
      edge("src/runtime/panelProtocol.ts", "vscode-jsonrpc"),
    ];
    assert.equal(holes.length, rules.length + 1);
    for (const hole of holes) assert.ok(violations([hole]).length > 0, `${hole.from} → ${hole.to}`);
  });

  it("has no cycle, and would notice one", () => {
    assert.equal(findCycle(edges), null);
    const edge = (from: string, to: string): Edge => ({ from: `src/${from}`, to: `src/${to}`, typeOnly: false });
    assert.deepEqual(findCycle([edge("a", "b"), edge("b", "c"), edge("c", "b")]), ["src/b", "src/c", "src/b"]);
  });

  it("has no file over 400 lines", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 400);
    assert.deepEqual(long, []);
  });
});
