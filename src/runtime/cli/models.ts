/** `gptw models …`: the store, downloads, descriptions. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import type { HubModel, InstalledModel, ModelDescription } from "../modelsProtocol";
import { ModelsService } from "../modelsService";
import type { WorkProgress } from "../protocol";
import type { Command, ExitCode } from "./commandLine";
import { formatBytes, formatCount, table } from "./format";
import { modelsInfo } from "./modelsInfo";
import { progressLine } from "./progressLine";
import { quantize } from "./quantize";
import { storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { type OptionForms, type ParsedOptions, parseOptions, UsageError } from "./usage";

const subcommands: Readonly<Record<string, Command>> = { list, add, remove, download, info: modelsInfo, quantize };

/** Runs the subcommand that the first argument names; what each takes is in its help. */
export async function models(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (command) return command(rest, terminal);
  const names = Object.keys(subcommands).join(", ");
  throw new UsageError(l10n.t('there is no command "{0}" of models; there are {1}', name, names), "models");
}

const service = new ModelsService();

async function list(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parse(args, { json: "flag" }, 0);
  const found = await service.list({ store: storeFolder(options) });
  if (options.values("json").length > 0) {
    terminal.out(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  }
  const rows = found.map(row);
  const head = [
    l10n.t("ID"),
    l10n.t("FAMILY"),
    l10n.t("PARAMETERS"),
    l10n.t("PRECISION"),
    l10n.t("MEMORY (CPU)"),
    l10n.t("FOLDER"),
  ];
  terminal.out(table([head, ...rows]));
  return 0;
}

async function add(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parse(args, {}, 1);
  const folder = resolve(options.positionals[0] ?? "");
  const model = await service.add({ store: storeFolder(options), folder });
  terminal.out(`${model.id}\n`);
  return 0;
}

async function remove(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parse(args, {}, 1);
  const id = options.positionals[0] ?? "";
  await service.remove({ store: storeFolder(options), id });
  terminal.err(`${l10n.t("Removed {0}", id)}\n`);
  return 0;
}

async function download(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parse(args, { revision: "text", endpoint: "text", "token-file": "text" }, 1);
  const model = { store: storeFolder(options), ...(await hubModel(options)) };
  const { signal } = terminal;
  const listing = await service.hubList(model, { signal });
  const files = listing.files.map(({ path, size }) => [path, formatBytes(size)]);
  terminal.err(table([...files, [l10n.t("total"), formatBytes(listing.totalBytes)]]));
  if (listing.presentBytes > 0) terminal.err(`${l10n.t("{0} are there already", formatBytes(listing.presentBytes))}\n`);
  const pinned = { ...model, revision: listing.commit };
  const line = progressLine(terminal);
  const onProgress = (progress: WorkProgress) => line.show(downloadText(progress));
  const installed = await service.hubDownload(pinned, { signal, onProgress }).finally(() => line.end());
  terminal.out(`${installed.id}\n`);
  return 0;
}

function downloadText({ stage, done, total }: WorkProgress): string {
  return stage === "downloading" ? l10n.t("{0} of {1}", formatBytes(done), formatBytes(total)) : l10n.t("checking …");
}

async function hubModel(options: ParsedOptions): Promise<HubModel> {
  const [endpoint = "https://huggingface.co"] = options.values("endpoint");
  const [revision = "main"] = options.values("revision");
  const token = await hubToken(options);
  return { endpoint, repo: options.positionals[0] ?? "", revision, ...(token && { token }) };
}

async function hubToken(options: ParsedOptions): Promise<string | undefined> {
  const [file] = options.values("token-file");
  if (file === undefined) return process.env.HF_TOKEN;
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    throw invalidRequest(l10n.t("{0} cannot be read", file));
  }
}

function parse(args: readonly string[], forms: OptionForms, count: number): ParsedOptions {
  const options = parseOptions("models", args, { store: "text", ...forms });
  if (options.positionals.length === count) return options;
  const problem = count === 0 ? l10n.t("nothing is expected here but options") : l10n.t("one model is expected");
  throw new UsageError(problem, "models");
}

function row({ id, folder, state }: InstalledModel): string[] {
  if (state.kind === "broken") return [id, l10n.t("broken"), "", "", "", state.error.message];
  const { modelType, parameterCount, precision, memory }: ModelDescription = state.description;
  return [id, modelType, formatCount(parameterCount), precision, formatBytes(memory.cpu.total), folder];
}
