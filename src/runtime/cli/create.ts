/** `gptw create`: a new model of a paper's size, with random weights. */
import { basename, join, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { exportedBytes, exportModel } from "../checkpoint/export";
import type { WrittenDType } from "../checkpoint/narrow";
import { parameterShapes } from "../checkpoint/parameterNames";
import { invalidRequest } from "../errors";
import { type GPTConfig, parseGPTConfig } from "../model/config";
import { initialValues } from "../model/initialize";
import { estimateMemory } from "../model/memory";
import { presets } from "../model/presets";
import { longRandom } from "../random";
import { fileExists, readJsonFile } from "../textFile";
import type { ExitCode } from "./commandLine";
import { formatBytes } from "./format";
import { progressLine } from "./progressLine";
import type { Terminal } from "./terminal";
import { numberOption, type ParsedOptions, parseOptions, UsageError } from "./usage";

/** Bytes of a file that takes a while to write. */
const longExport = 1e8;

const tokenizerFiles = ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "added_tokens.json"];

/** Runs the command; what it takes is in its help. */
export async function create(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("create", args, { config: "text", seed: "text", dtype: "text", tokenizer: "text" });
  const { config, folder } = await modelToCreate(options);
  const dtype = dtypeOption(options);
  const seed = numberOption("create", options, "seed", { min: 0, max: 0xffffffff, whole: true, default: 0 });
  const [tokenizer] = options.values("tokenizer");
  const copy = tokenizer === undefined ? [] : await filesOfTokenizer(resolve(tokenizer));
  tellNeed(config, dtype, terminal);
  const random = longRandom(seed);
  const values = (name: string, count: number) => initialValues(name, count, config, random);
  const line = progressLine(terminal);
  const onProgress = (done: number, total: number) =>
    line.show(l10n.t("{0} of {1}", formatBytes(done), formatBytes(total)));
  try {
    const shown = exportedBytes(config, dtype) >= longExport && { onProgress };
    await exportModel(folder, { config, values }, { dtype, copy, signal: terminal.signal, ...shown });
  } finally {
    line.end();
  }
  terminal.err(`${l10n.t("Written to {0}", folder)}\n`);
  return 0;
}

async function modelToCreate(options: ParsedOptions): Promise<{ readonly config: GPTConfig; readonly folder: string }> {
  const [file] = options.values("config");
  const [first, second, ...rest] = options.positionals;
  const [name, folder] = file === undefined ? [first, second] : [undefined, first];
  if (!folder || rest.length > 0 || (file !== undefined && second !== undefined))
    throw new UsageError(l10n.t("give a size and a folder, or --config and a folder"), "create");
  if (file !== undefined) return { config: await readConfigFile(resolve(file)), folder: resolve(folder) };
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset) return { config: preset.config, folder: resolve(folder) };
  const names = presets.map((candidate) => candidate.name).join(", ");
  throw new UsageError(l10n.t('there is no size "{0}"; there are {1}', String(name), names), "create");
}

async function readConfigFile(file: string): Promise<GPTConfig> {
  const json = await readJsonFile(file, 4_000_000, (problem) => invalidRequest(`${file} ${problem}`));
  if (json === undefined) throw invalidRequest(l10n.t("there is no file {0}", file));
  // Its sizes are taken; a new model is not quantized.
  return { ...parseGPTConfig(json, file), quantization: null };
}

function dtypeOption(options: ParsedOptions): WrittenDType {
  const [dtype = "F32"] = options.values("dtype");
  if (dtype === "F32" || dtype === "F16" || dtype === "BF16") return dtype;
  throw new UsageError(l10n.t("--dtype must be F32, F16 or BF16, not {0}", JSON.stringify(dtype)), "create");
}

async function filesOfTokenizer(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of tokenizerFiles) if (await fileExists(join(folder, name))) found.push(join(folder, name));
  if (found.length === 0) throw invalidRequest(l10n.t("{0} has no tokenizer files", basename(folder)));
  return found;
}

/** Before anything is written: how large it is, and what it needs once it is loaded. */
function tellNeed(config: GPTConfig, dtype: WrittenDType, terminal: Terminal): void {
  const counts = Array.from(parameterShapes(config).values(), (shape) => shape.reduce((a, b) => a * b, 1));
  const parameters = counts.reduce((a, b) => a + b, 0);
  const file = exportedBytes(config, dtype);
  const memory = estimateMemory(config, "cpu", 4 * parameters).total;
  const millions = (parameters / 1e6).toFixed(1);
  terminal.err(
    `${l10n.t("{0} million parameters: a file of {1} MB, {2} MB of memory on the CPU", millions, megabytes(file), megabytes(memory))}\n`,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
