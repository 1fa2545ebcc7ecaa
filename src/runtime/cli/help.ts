/** What `gptw --help` and each command's `--help` say. */
import * as l10n from "@vscode/l10n";
import { presets } from "../model/presets";
import { generationDefaults } from "./generationDefaults";
import { compareHelp } from "./helpCompare";
import { finetuneHelp } from "./helpFinetune";
import { exportHelp, importHelp } from "./helpInterop";
import { pretrainHelp } from "./helpPretrain";
import { modelRows, rows } from "./helpRows";
import { runHelp } from "./helpRun";
import { classifyHelp, mergeHelp } from "./helpTrained";

/** The commands there are. */
export type CommandName =
  | "generate"
  | "score"
  | "trace"
  | "run"
  | "finetune"
  | "pretrain"
  | "models"
  | "create"
  | "devices"
  | "classify"
  | "merge"
  | "compare"
  | "export"
  | "import";

/** The help of a command, or of the program for null. */
export function helpText(command: CommandName | null): string {
  return `${command === null ? programHelp() : commandHelp[command]()}\n`;
}

function programHelp(): string {
  return [
    l10n.t("gptw runs GPT models on this machine."),
    "",
    l10n.t("Usage:"),
    "  gptw generate --model DIR [OPTIONS] TEXT",
    "  gptw score --model DIR [OPTIONS] FILE",
    "  gptw trace --model DIR [OPTIONS] --out FILE.safetensors FILE",
    "  gptw run [OPTIONS] FILE.prompt.yaml",
    "  gptw finetune --model DIR --data FILE --task TASK [OPTIONS]",
    "  gptw pretrain [--root DIR] [--include GLOB] [OPTIONS]",
    "  gptw models list|add|remove|download|info|quantize",
    "  gptw create SIZE DIR",
    "  gptw devices [--refresh] [--json]",
    "  gptw classify --model DIR [OPTIONS] [FILE]",
    "  gptw merge ADAPTER DIR",
    "  gptw compare [OPTIONS] FILE.compare.yaml",
    "  gptw export --to lm-eval|promptfoo --out DIR FILE.prompt.yaml",
    "  gptw import --from lm-eval|promptfoo --out FILE.prompt.yaml FILE",
    "",
    l10n.t("Commands:"),
    ...rows([
      ["generate", l10n.t("continue a text, streaming it to standard output")],
      ["score", l10n.t("tell the probability of every token of a text, as JSON lines")],
      ["trace", l10n.t("write logits, hidden states and attention probabilities to a file")],
      ["run", l10n.t("run the prompts of a prompt file over its inputs, and sum up how well they do")],
      ["finetune", l10n.t("train a model to classify, on labelled data")],
      ["pretrain", l10n.t("train a language model on the text of a folder, from scratch or from a model")],
      ["models", l10n.t("keep models in a store: list, add, remove, download, describe, quantize them")],
      ["create", l10n.t("make a new model of a paper's size, with random weights")],
      ["devices", l10n.t("list what a model can run on here")],
      ["classify", l10n.t("ask a fine-tuned classifier about texts, or about the rows of a data file")],
      ["merge", l10n.t("merge a LoRA adapter into the weights of its base")],
      ["compare", l10n.t("prompting or fine-tuning? Compare both on the same data, with honest statistics")],
      ["export", l10n.t("write a prompt file for lm-evaluation-harness or promptfoo")],
      ["import", l10n.t("write a task of lm-evaluation-harness, or a configuration of promptfoo, as a prompt file")],
    ]),
    "",
    l10n.t("Options:"),
    ...rows([
      ["-h, --help", l10n.t("this text; after a command, that command's")],
      ["-v, --version", l10n.t("the version")],
    ]),
    "",
    l10n.t("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Errors are told on standard error."),
  ].join("\n");
}

const commandHelp: Readonly<Record<CommandName, () => string>> = {
  generate: generateHelp,
  score: scoreHelp,
  trace: traceHelp,
  run: runHelp,
  finetune: finetuneHelp,
  pretrain: pretrainHelp,
  models: modelsHelp,
  create: createHelp,
  devices: devicesHelp,
  classify: classifyHelp,
  merge: mergeHelp,
  compare: compareHelp,
  export: exportHelp,
  import: importHelp,
};

function generateHelp(): string {
  const standard = (name: keyof typeof generationDefaults) => l10n.t("[{0}]", generationDefaults[name].default);
  return [
    l10n.t("Continues a text, streaming it to standard output."),
    "",
    l10n.t("Usage:"),
    "  gptw generate --model DIR [OPTIONS] TEXT",
    "",
    l10n.t(
      "TEXT is the text to continue; - reads it from standard input. Of a text that is too long, the end is kept.",
    ),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ...modelRows(),
      ["--max-new-tokens N", `${l10n.t("tokens to generate at most")} ${standard("max-new-tokens")}`],
      [
        "--temperature T",
        `${l10n.t("0 always takes the most probable token; higher is more varied")} ${standard("temperature")}`,
      ],
      ["--top-k K", `${l10n.t("keep the K most probable tokens; 0 keeps all")} ${standard("top-k")}`],
      [
        "--top-p P",
        `${l10n.t("keep the fewest tokens whose probability reaches P; 1 keeps all")} ${standard("top-p")}`,
      ],
      [
        "--min-p P",
        `${l10n.t("keep tokens at least P times as probable as the most probable one")} ${standard("min-p")}`,
      ],
      [
        "--repetition-penalty X",
        `${l10n.t("makes tokens that are there already less probable; 1 is off")} ${standard("repetition-penalty")}`,
      ],
      [
        "--frequency-penalty X",
        `${l10n.t("taken from a token's logit for each time it was generated")} ${standard("frequency-penalty")}`,
      ],
      [
        "--presence-penalty X",
        `${l10n.t("taken from the logit of a token that was generated")} ${standard("presence-penalty")}`,
      ],
      ["--logit-bias ID=B", l10n.t("add B to the logit of the token ID; may be given more than once")],
      ["--seed S", `${l10n.t("same seed, same device, same text")} ${standard("seed")}`],
      [
        "--stop STR",
        l10n.t("end before this text; may be given up to 16 times; \\n, \\r, \\t and \\\\ are understood"),
      ],
      ["--json", l10n.t("JSON lines: each token with its probability, then the result")],
    ]),
  ].join("\n");
}

function scoreHelp(): string {
  return [
    l10n.t("Tells the probability of every token of a text, given the tokens before it."),
    "",
    l10n.t("Usage:"),
    "  gptw score --model DIR [OPTIONS] FILE",
    "  gptw score --model DIR [OPTIONS] --ids 12,5,7",
    "",
    l10n.t("FILE is a UTF-8 text; - reads standard input. Of a text that is too long, the start is kept."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ...modelRows(),
      ["--ids IDS", l10n.t("token ids with commas between, instead of a text")],
      ["--slide", l10n.t("score a text that is too long whole: a full context drops its earlier half")],
    ]),
    "",
    l10n.t("Writes one JSON object a line:"),
    '  {"token":" the","id":262,"logprob":-1.53,"rank":2}',
    l10n.t(
      "logprob is the natural logarithm of the probability over the full vocabulary; rank 1 is the most probable.",
    ),
    l10n.t(
      "Both are null for the first token, which nothing stands before. A token that is no whole text has its bytes",
    ),
    l10n.t("in hexadecimal too; without a tokenizer, token is null. Sums over all tokens go to standard error."),
  ].join("\n");
}

function traceHelp(): string {
  return [
    l10n.t("Writes what happens inside a model over a text: logits, hidden states, attention probabilities."),
    "",
    l10n.t("Usage:"),
    "  gptw trace --model DIR [OPTIONS] --out FILE.safetensors FILE",
    "  gptw trace --model DIR [OPTIONS] --out FILE.safetensors --ids 12,5,7",
    "",
    l10n.t("FILE is a UTF-8 text; - reads standard input. Of a text that is too long, the start is kept."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ...modelRows(),
      ["--out FILE", l10n.t("safetensors file to write; required")],
      ["--ids IDS", l10n.t("token ids with commas between, instead of a text")],
    ]),
    "",
    l10n.t("Tensors, all float32, for L layers, T tokens, H heads, C embedding, V vocabulary and a batch of 1:"),
    ...rows([
      ["logits", "[1, T, V]"],
      ["hidden_states", l10n.t("[L+1, 1, T, C]: embeddings, then each block's output; the last after the final norm")],
      [
        "attentions",
        l10n.t("[L, 1, H, T, T]: layer, batch, head, query, key; 0 where a sparse layer computes nothing"),
      ],
      ["token_logprobs", l10n.t("[1, T-1]: natural logarithm of each token's probability, from the second on")],
      ["attn_out, mlp_out", l10n.t("[L, 1, T, C]: before the residual sum")],
      ["block_out", "[L, 1, T, C]"],
    ]),
  ].join("\n");
}

function modelsHelp(): string {
  return [
    l10n.t("Keeps models in a store, where --model finds them by their id."),
    "",
    l10n.t("Usage:"),
    "  gptw models list [--json]",
    "  gptw models add DIR",
    "  gptw models remove ID",
    "  gptw models download [OPTIONS] OWNER/NAME",
    "  gptw models info [--json] DIR|ID",
    "  gptw models quantize [OPTIONS] DIR|ID",
    "",
    ...rows([
      ["add", l10n.t("takes a model folder into the list, where it is")],
      ["remove", l10n.t("deletes a model of the store; of a folder that was added only the entry goes")],
      ["download", l10n.t("from a hub; goes on where it was broken off; every file is checked by its hash")],
      ["info", l10n.t("sizes, memory need and every tensor, without loading the model")],
      ["quantize", l10n.t("writes a copy into the store: block matrices in 8 or 4 bits, all else as it is")],
    ]),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--store DIR", `${l10n.t("the store; also GPTW_STORE")} ${l10n.t("[{0}]", l10n.t("this user's data folder"))}`],
      ["--revision R", `${l10n.t("branch, tag or commit")} ${l10n.t("[{0}]", "main")}`],
      ["--endpoint URL", `${l10n.t("the hub")} ${l10n.t("[{0}]", "https://huggingface.co")}`],
      ["--token-file FILE", l10n.t("file with the hub's token; also HF_TOKEN")],
      ["--bits N", `${l10n.t("8 or 4")} ${l10n.t("[{0}]", 8)}`],
      ["--block-size N", `${l10n.t("how many values share a scale: 32 or 128")} ${l10n.t("[{0}]", 32)}`],
      ["--quantize-embeddings", l10n.t("token embeddings and output head too, in 8 bits")],
      ["--text FILE", l10n.t("measure perplexity on this text before and after; - reads standard input")],
      [
        "--device DEVICE",
        `${l10n.t("what it is measured on: auto, webgpu, cuda, directml, coreml or cpu")} ${l10n.t("[{0}]", "auto")}`,
      ],
      ["--json", l10n.t("the result as JSON")],
    ]),
  ].join("\n");
}

function createHelp(): string {
  return [
    l10n.t("Makes a new model with random weights, to be trained. Tells what it needs before it writes."),
    "",
    l10n.t("Usage:"),
    "  gptw create [OPTIONS] SIZE DIR",
    "  gptw create [OPTIONS] --config FILE DIR",
    "",
    l10n.t("SIZE is one of:"),
    ...rows(presets.map(({ name, source }) => [name, source])),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--config FILE", l10n.t("a config.json that says the sizes")],
      ["--dtype TYPE", `${l10n.t("type of the weights in the file: F32, F16 or BF16")} ${l10n.t("[{0}]", "F32")}`],
      ["--seed S", `${l10n.t("same seed, same weights")} ${l10n.t("[{0}]", 0)}`],
      ["--tokenizer DIR", l10n.t("model folder whose tokenizer is copied along")],
    ]),
  ].join("\n");
}

function devicesHelp(): string {
  return [
    l10n.t("Lists what a model can run on here, each device tried in a process of its own."),
    "",
    l10n.t("Usage:"),
    "  gptw devices [--refresh] [--json]",
    "",
    l10n.t("Options:"),
    ...rows([
      ["--refresh", l10n.t("try each device again instead of telling what was found earlier")],
      ["--json", l10n.t("a JSON array instead of a table")],
    ]),
  ].join("\n");
}
