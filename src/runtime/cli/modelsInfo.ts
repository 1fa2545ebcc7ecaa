/** `gptw models info`: everything there is to know of a model without loading it. */
import * as l10n from "@vscode/l10n";
import type { MemoryNeed, ModelDetails } from "../modelsProtocol";
import { ModelsService } from "../modelsService";
import type { ExitCode } from "./commandLine";
import { formatBytes, table } from "./format";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { parseOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function modelsInfo(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("models", args, { store: "text", json: "flag" });
  const [given, ...rest] = options.positionals;
  if (given === undefined || rest.length > 0) throw new UsageError(l10n.t("one model is expected"), "models");
  const details = await new ModelsService().details({ folder: await folderOrId(given, storeFolder(options)) });
  const isJson = options.values("json").length > 0;
  terminal.out(isJson ? `${JSON.stringify(details, null, 2)}\n` : describe(details));
  return 0;
}

function describe({ folder, description, tensors }: ModelDetails): string {
  const { memory } = description;
  const need = ({ weights, cache, workspace, total }: MemoryNeed) =>
    l10n.t(
      "{0}: weights {1}, cache {2}, one pass {3}",
      formatBytes(total),
      formatBytes(weights),
      formatBytes(cache),
      formatBytes(workspace),
    );
  const head = table([
    [l10n.t("folder"), folder],
    [l10n.t("family"), description.modelType],
    [l10n.t("parameters"), description.parameterCount.toLocaleString("en")],
    [l10n.t("precision"), description.precision],
    [l10n.t("files"), formatBytes(description.fileBytes)],
    [l10n.t("layers × heads × width"), `${description.nLayer} × ${description.nHead} × ${description.nEmbd}`],
    [l10n.t("context"), l10n.t("{0} tokens", description.nPositions)],
    [l10n.t("vocabulary"), l10n.t("{0} tokens", description.vocabSize)],
    [l10n.t("tokenizer"), description.hasTokenizer ? l10n.t("yes") : l10n.t("none")],
    [l10n.t("attention"), attention(description.attention)],
    ...trained(description),
    [l10n.t("memory on cpu"), need(memory.cpu)],
    [l10n.t("memory on webgpu"), need(memory.webgpu)],
  ]);
  const rows = tensors.map(({ name, dtype, shape, file, byteLength }) => [
    name,
    dtype,
    `[${shape.join(", ")}]`,
    formatBytes(byteLength),
    file,
  ]);
  return `${head}\n${table([[l10n.t("TENSOR"), l10n.t("TYPE"), l10n.t("SHAPE"), l10n.t("SIZE"), l10n.t("FILE")], ...rows])}`;
}

/** What a fine-tuned model classifies, and whose weights an adapter changes. */
function trained({ classifier, adapterOf }: ModelDetails["description"]): string[][] {
  return [
    ...(classifier ? [[l10n.t("classifies"), `${classifier.task}: ${classifier.labels.join(", ")}`]] : []),
    ...(adapterOf === undefined ? [] : [[l10n.t("LoRA adapter of"), adapterOf]]),
  ];
}

/** Runs of one pattern are counted: `6 × dense, banded(256)`. */
function attention(patterns: readonly string[]): string {
  const half = patterns.slice(0, 2);
  if (patterns.every((pattern) => pattern === patterns[0])) return `${patterns.length} × ${patterns[0]}`;
  const alternates = patterns.length % 2 === 0 && patterns.every((pattern, i) => pattern === half[i % 2]);
  return alternates ? `${patterns.length / 2} × (${half.join(", ")})` : patterns.join(", ");
}
