import * as l10n from "@vscode/l10n";
import type { QuantizeParams, QuantizeResult } from "../../runtime/modelsProtocol";
import type { Choice } from "../dialogs";
import type { ListedModel } from "../modelStore";
import { byteText } from "../views/modelTexts";
import type { ModelWorkbench } from "../workbench";
import { chooseSelectionOrFile } from "./chooseText";
import { tellFailure, useModelFolder } from "./loadModel";

/** Asks how, writes a quantized copy into the store, and tells what it cost. */
export async function quantizeModel(workbench: ModelWorkbench, model: ListedModel): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  const choice = await ask(workbench, model);
  if (!choice) return;
  const params = { store: resolved.store, folder: model.folder, ...choice };
  const result = await quantize(workbench, model.name, params);
  if (!result) return;
  workbench.messages.info(resultText(result), {
    title: l10n.t("Load"),
    run: () => useModelFolder(workbench, result.model.folder),
  });
}

type Answers = Pick<QuantizeParams, "bits" | "blockSize" | "embeddingBits" | "text">;

async function ask({ dialogs }: ModelWorkbench, { name, state }: ListedModel): Promise<Answers | undefined> {
  // Without a tokenizer there are no tokens of a text to measure on.
  const measurable = state.kind === "ready" && state.description.hasTokenizer;
  const title = (step: number) => l10n.t("Quantize {0} ({1} of {2})", name, step, measurable ? 3 : 2);
  const bits = await dialogs.choose(title(1), bitChoices());
  if (bits === undefined) return undefined;
  const blockSize = await dialogs.choose(title(2), blockChoices());
  if (blockSize === undefined) return undefined;
  const text = measurable ? await dialogs.choose(title(3), textChoices({ dialogs })) : "";
  return text === undefined ? undefined : { ...bits, blockSize, text };
}

function bitChoices(): Choice<Pick<QuantizeParams, "bits" | "embeddingBits">>[] {
  return [
    {
      label: l10n.t("8 bits"),
      detail: l10n.t("Block matrices take a good quarter of float32's room; hardly any loss."),
      value: { bits: 8 },
    },
    {
      label: l10n.t("8 bits, token embeddings too"),
      detail: l10n.t("All matrices take a good quarter of float32's room. Fastest at 8 bits."),
      value: { bits: 8, embeddingBits: 8 },
    },
    {
      label: l10n.t("4 bits"),
      detail: l10n.t("Block matrices take a good eighth of float32's room; some loss."),
      value: { bits: 4 },
    },
    {
      label: l10n.t("4 bits, token embeddings in 8"),
      detail: l10n.t("Smallest and fastest; some loss."),
      value: { bits: 4, embeddingBits: 8 },
    },
  ];
}

function blockChoices(): Choice<32 | 128>[] {
  return [
    { label: l10n.t("Blocks of 32"), detail: l10n.t("A scale for every 32 weights: closer."), value: 32 },
    { label: l10n.t("Blocks of 128"), detail: l10n.t("A scale for every 128 weights: smaller."), value: 128 },
  ];
}

/** Texts on which perplexity can be measured; the empty one for none. */
function textChoices({ dialogs }: Pick<ModelWorkbench, "dialogs">): Choice<string>[] {
  const none = { label: l10n.t("Do not measure"), detail: l10n.t("Nothing is said about the loss."), value: "" };
  const open = dialogs.openText();
  if (!open) return [none];
  const chosen = chooseSelectionOrFile({ text: open.selection, offset: 0 }, open.file);
  if (chosen.kind !== "text") return [none];
  const label =
    chosen.from === "selection"
      ? l10n.t("Measure perplexity on the selection in {0}", open.label)
      : l10n.t("Measure perplexity on {0}", open.label);
  const detail = l10n.t("{0} characters, before and after.", chosen.text.length);
  return [{ label, detail, value: chosen.text }, none];
}

function quantize(
  workbench: ModelWorkbench,
  name: string,
  params: QuantizeParams,
): Promise<QuantizeResult | undefined> {
  return workbench.dialogs.withProgress(l10n.t("Quantizing {0}", name), async (onProgress, signal) => {
    try {
      return await workbench.modelStore.quantize(params, { onProgress, signal });
    } catch (error) {
      tellFailure(workbench, error);
      return undefined;
    }
  });
}

function resultText({ model, bytesBefore, bytesAfter, perplexity }: QuantizeResult): string {
  const percent = bytesBefore > 0 ? Math.round((100 * bytesAfter) / bytesBefore) : 100;
  const sizes = l10n.t(
    "{0}: {1} became {2} ({3} %).",
    model.name,
    byteText(bytesBefore),
    byteText(bytesAfter),
    percent,
  );
  if (!perplexity) return sizes;
  const { before, after, tokens } = perplexity;
  const loss = l10n.t(
    "Perplexity on {0} tokens: {1} before, {2} after.",
    tokens,
    before.toPrecision(4),
    after.toPrecision(4),
  );
  return `${sizes} ${loss}`;
}
