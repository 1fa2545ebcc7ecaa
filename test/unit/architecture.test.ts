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

/** Folders of the runtime, and the folders or files that each may import besides itself and the files in `shared`. */
const folders: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  model: ["graph"],
  // What a model is and needs, not its graphs.
  checkpoint: ["model/config.ts", "model/attentionPattern.ts", "model/memory.ts", "model/quantization.ts", "tokenizer"],
  tokenizer: ["model/config.ts"],
  evaluation: [],
  engine: ["graph", "model", "checkpoint", "tokenizer"],
  // Rows of data files; knows no prompt.
  dataset: ["prompt/promptFile.ts"],
  prompt: ["dataset", "engine", "model", "checkpoint", "tokenizer"],
  // Evaluation files of other programs; knows no model.
  interop: ["prompt", "dataset"],
  // Labelled data and text, runs and their checkpoints; knows no graph.
  training: ["dataset", "engine", "model", "checkpoint", "tokenizer", "prompt/promptFile.ts"],
  // Arms on one data set, and the report on them.
  comparison: ["evaluation", "prompt", "training", "dataset", "engine", "checkpoint", "model", "tokenizer"],
  cli: ["comparison", "prompt", "training", "dataset", "engine", "checkpoint", "model", "tokenizer"],
};

/** Files of the runtime that every folder of it may import. */
const shared = [
  "errors",
  "protocol",
  "modelsProtocol",
  "decodingProtocol",
  "analysisProtocol",
  "promptProtocol",
  "trainingProtocol",
  "trainingDataProtocol",
  "comparisonRecord",
  "comparisonReport",
  "comparisonProtocol",
  "interopProtocol",
  "random",
  "textFile",
  "runFolder",
  "runLock",
  "version",
  "pacer",
  "yamlText",
].map((name) => `${runtime}${name}.ts`);

/** What crosses between the host and the runtime, and between the host and its panels. */
const protocols = [
  "protocol",
  "modelsProtocol",
  "decodingProtocol",
  "analysisProtocol",
  "promptProtocol",
  "trainingProtocol",
  "trainingDataProtocol",
  "comparisonRecord",
  "comparisonReport",
  "comparisonProtocol",
  "interopProtocol",
];
const panelProtocols = [
  "panelProtocol",
  "reliabilityProtocol",
  "analysisPanelProtocol",
  "comparePanelProtocol",
  "trainingPanelProtocol",
  "comparisonPanelProtocol",
];
/** What a prompt file and the files of a run may say, checked in the editor without the runtime process: pure functions of its text. */
const promptLanguage = [
  "yamlText",
  "prompt/promptFile",
  "prompt/runForm",
  "prompt/promptText",
  "prompt/template",
  "prompt/staticLint",
];

/** What a training run's files may say, and what its forms begin with: as pure. */
const trainingLanguage = ["training/settings", "training/trainingForm"];

/** What a comparison file may say: as pure. */
const comparisonLanguage = [
  "comparison/comparisonFile",
  "comparison/comparisonForm",
  "comparison/comparisonText",
  "comparison/comparisonSchema",
  "comparison/comparisonMetrics",
  "comparison/assertionLabel",
  "comparison/purposeText",
  "comparison/itemsFilterForm",
];

/** Words and tables of a comparison's report, the same in its panel and its files: as pure. */
const reportWords = ["comparison/report/metricWords", "comparison/report/reportTables"];

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
    says: "the graph language imports nothing of ours: it could be a package",
    about: ({ from, to }) => from.startsWith(`${runtime}graph/`) && isLocal(to),
    allows: ({ to }) => to.startsWith(`${runtime}graph/`),
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
    allows: ({ to }) =>
      [
        ...protocols,
        ...panelProtocols,
        ...promptLanguage,
        ...trainingLanguage,
        ...comparisonLanguage,
        ...reportWords,
        "errors",
      ].some((name) => to === `${runtime}${name}.ts`),
  },
  {
    says: "one file of the extension starts processes and speaks JSON-RPC",
    about: ({ from, to }) =>
      from.startsWith("src/extension/") && (to === "node:child_process" || to.startsWith("vscode-jsonrpc")),
    allows: ({ from, typeOnly }) =>
      from === "src/extension/runtimeProcess.ts" ||
      (typeOnly &&
        ["runtimeClient", "modelClient", "analysis", "promptLab/promptClient", "idleRuntime"].some(
          (name) => from === `src/extension/${name}.ts`,
        )),
  },
  {
    says: "webviews import types of the protocol, values of the panel protocol and a report's words, and their own",
    about: ({ from, to }) => from.startsWith("src/webview/") && isLocal(to) && !to.startsWith("src/webview/"),
    allows: ({ to, typeOnly }) =>
      [...panelProtocols, ...reportWords].some((name) => to === `${runtime}${name}.ts`) ||
      (typeOnly && [...protocols, "errors", "comparison/comparisonFile"].some((name) => to === `${runtime}${name}.ts`)),
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
    says: "one module touches Observable Plot",
    about: ({ to }) => to.startsWith("@observablehq/plot"),
    allows: ({ from }) => from === "src/webview/comparison/plots.ts",
  },
  {
    says: "the panel protocol is free of any platform: it imports only types",
    about: ({ from }) => panelProtocols.some((name) => from === `${runtime}${name}.ts`),
    allows: ({ typeOnly }) => typeOnly,
  },
  {
    says: "the protocol is free of any platform: it imports no Node.js",
    about: ({ from }) => protocols.some((name) => from === `${runtime}${name}.ts`),
    allows: ({ to }) => !to.startsWith("node:") && to !== "vscode-jsonrpc/node",
  },
];

function allowedInRuntime(from: string, to: string): boolean {
  if (shared.includes(to)) return true;
  // The command line is an entry like the process: it speaks to the service.
  const entries = ["service.ts", "requests.ts", "modelsService.ts", "trainingService.ts"].map(
    (name) => `${runtime}${name}`,
  );
  if (from === "cli" && entries.includes(to)) return true;
  const target = folderOf(to);
  const allowed = folders[from] ?? [];
  return (
    target !== undefined && (target === from || allowed.includes(target) || allowed.includes(to.slice(runtime.length)))
  );
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
  return parseImports(relative(root, file).replaceAll("\\", "/"), readFileSync(file, "utf8"));
}

function parseImports(from: string, source: string): Edge[] {
  const text = source.replace(/\/\*[\s\S]*?\*\//g, "");
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

/** Whether a file is a barrel: it hands on what others declare, and declares nothing. */
function isBarrel(source: string): boolean {
  const handsOn = /^export\s+(type\s+)?(\*|\{[^}]*\})[^;]*\sfrom\s+"/m.test(source);
  return (
    handsOn &&
    !/^(export\s+)?(default\s+)?(async\s+)?(function|class|const|let|interface|enum|type\s+\w+\s*[=<])/m.test(source)
  );
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

  it("reads every form of import", () => {
    const text = [
      'import {\n  a,\n  type B,\n} from "./several";',
      'import { type C, type D } from "./types";',
      'import type { E } from "../one";',
      'import "./style.css";',
      'export * from "./again";',
      'const late = await import("node:fs");',
      '// import { none } from "./comment";',
    ].join("\n");
    const read = parseImports("src/x/file.ts", text).map(({ to, typeOnly }) => `${to}${typeOnly ? " (type)" : ""}`);
    const expected = ["several.ts", "types.ts (type)", "../one.ts (type)", "style.css", "again.ts"].map((name) =>
      posix.join("src/x", name),
    );
    assert.deepEqual(read, [...expected, "node:fs"]);
  });

  it("keeps its walls", () => assert.deepEqual(violations(edges), []));

  it("would notice a hole in each wall", () => {
    const edge = (from: string, to: string): Edge => ({ from, to, typeOnly: false });
    const holes = [
      edge("src/runtime/graph/graph.ts", "src/runtime/model/gpt.ts"),
      edge("src/runtime/model/gpt.ts", "src/runtime/engine/session.ts"),
      edge("src/runtime/surprise/new.ts", "zod"),
      edge("src/runtime/service.ts", "vscode"),
      edge("src/runtime/graph/graph.ts", "src/runtime/protocol.ts"),
      edge("src/runtime/model/gpt.ts", "node:fs"),
      edge("src/runtime/service.ts", "onnxruntime-node"),
      edge("src/extension/extension.ts", "src/runtime/service.ts"),
      edge("src/extension/extension.ts", "node:child_process"),
      edge("src/extension/abort.ts", "vscode-jsonrpc/node"),
      edge("src/webview/inspector/main.ts", "src/runtime/protocol.ts"),
      edge("src/webview/inspector/main.ts", "node:fs"),
      edge("src/webview/inspector/main.ts", "src/webview/compare/main.ts"),
      edge("src/webview/inspector/main.ts", "@vscode/webview-ui-toolkit"),
      edge("src/webview/inspector/main.ts", "@observablehq/plot"),
      edge("src/runtime/panelProtocol.ts", "vscode-jsonrpc"),
      edge("src/runtime/protocol.ts", "vscode-jsonrpc/node"),
      edge("src/runtime/checkpoint/store.ts", "src/runtime/model/gpt.ts"),
      edge("src/runtime/tokenizer/gpt2.ts", "src/runtime/engine/score.ts"),
    ];
    for (const hole of holes) assert.ok(violations([hole]).length > 0, `${hole.from} → ${hole.to}`);
    const noticed = violations(holes).join("\n");
    for (const { says } of rules) assert.ok(noticed.includes(says), `no hole in: ${says}`);
  });

  it("has no cycle, and would notice one", () => {
    assert.equal(findCycle(edges), null);
    const edge = (from: string, to: string): Edge => ({ from: `src/${from}`, to: `src/${to}`, typeOnly: false });
    assert.deepEqual(findCycle([edge("a", "b"), edge("b", "c"), edge("c", "b")]), ["src/b", "src/c", "src/b"]);
  });

  it("has no barrel, and would notice one", () => {
    assert.ok(isBarrel('export * from "./a";\nexport { b } from "./b";\n'));
    assert.ok(!isBarrel('export type { A } from "./a";\nexport interface B {}\n'));
    assert.deepEqual(
      files.filter((file) => isBarrel(readFileSync(file, "utf8"))),
      [],
    );
  });

  it("has no file over 400 lines", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 400);
    assert.deepEqual(long, []);
  });
});
