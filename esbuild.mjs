// Bundles the three sides: extension host (CommonJS), runtime process and `gptw` (CommonJS), webviews (IIFE).
// `node esbuild.mjs [--watch] [--production]`
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import * as esbuild from "esbuild";

const watch = process.argv.includes("--watch");
const production = process.argv.includes("--production");

const { version } = JSON.parse(await readFile("package.json", "utf8"));

/** @type {esbuild.BuildOptions} */
const common = {
  bundle: true,
  sourcemap: production ? false : "linked",
  minify: production,
  target: "es2023",
  logLevel: "warning",
  legalComments: "none",
  define: { GPTW_VERSION: JSON.stringify(version) },
};

/** Native or beside-the-bundle modules: loaded at run time, never bundled. */
const external = ["vscode", "onnxruntime-node"];

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  {
    ...common,
    platform: "node",
    format: "cjs",
    target: "node20",
    external,
    entryPoints: {
      extension: "src/extension/extension.ts",
      runtime: "src/runtime/main.ts",
      probe: "src/runtime/probe.ts",
      gptw: "src/runtime/cli.ts",
    },
    outdir: "out",
  },
  {
    ...common,
    platform: "browser",
    format: "iife",
    entryPoints: {
      inspector: "src/webview/inspector/main.ts",
      reliability: "src/webview/reliability/main.ts",
      compare: "src/webview/compare/main.ts",
      training: "src/webview/training/main.ts",
      comparison: "src/webview/comparison/main.ts",
    },
    outdir: "out/webview",
    tsconfig: "src/webview/tsconfig.json",
  },
];

await rm("out", { recursive: true, force: true });
await mkdir("out/webview", { recursive: true });
// tiktoken/lite opens its WebAssembly beside itself, which after bundling is out/.
await cp("node_modules/tiktoken/lite/tiktoken_bg.wasm", "out/tiktoken_bg.wasm");

if (watch) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
  console.log("Watching src/ …");
} else {
  await Promise.all(bundles.map((options) => esbuild.build(options)));
}
