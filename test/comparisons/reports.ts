/**
 * `npm run reports`: compares prompting with fine-tuning on public data sets, unattended, and keeps the reports. The data may not be part of
 * the project: they are taken from a folder beside it, and no text of theirs goes into a report.
 */

import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runScript } from "../runScript";
import { build, gptw, root } from "./gptw";

const names = ["sst2", "trec", "rte", "mrpc", "copa"] as const;

const help = `npm run reports -- [--data DIR] [NAME...]

Runs docs/reports/NAME.compare.yaml for each NAME (${names.join(", ")}; all when none is given) with the
starter model, and writes docs/reports/NAME.md, .html and .json. Takes ten to forty minutes each on two CPU
cores. A comparison that was interrupted goes on where it was.

  --data DIR   where the data sets are, as JSON Lines; ../shared/datasets when not given`;

const reports = join(root, "docs", "reports");

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean" }, data: { type: "string", default: join(root, "..", "shared", "datasets") } },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const unknown = positionals.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`There is no ${unknown}; there are ${names.join(", ")}.`);
  build();
  let failed = 0;
  for (const name of positionals.length > 0 ? positionals : names) {
    console.log(`\n${name}`);
    if ((await report(name, resolve(values.data))) !== 0) failed++;
  }
  return failed > 0 ? 1 : 0;
}

/** Runs one in a folder of its own, to which its data are copied. */
async function report(name: string, data: string): Promise<number> {
  const folder = join(root, ".gpt-workbench", "reports", name);
  await mkdir(folder, { recursive: true });
  const file = `${name}.compare.yaml`;
  await copyFile(join(reports, file), join(folder, file));
  for (const used of await dataFiles(join(reports, file))) await copyFile(join(data, used), join(folder, used));
  const forms = ["md", "html", "json"].flatMap((form) => ["--report", `${form}=${join(reports, `${name}.${form}`)}`]);
  const begun = await latestRun(join(folder, "runs"), await readFile(join(folder, file), "utf8"));
  const what = begun
    ? ["--resume", begun]
    : ["--model", join(root, "media", "models", "starter"), "--runs", join(folder, "runs"), file];
  return gptw(["compare", ...forms, "--without-texts", ...what], folder);
}

/** The last run of this very comparison file; a complete one gives its report again. */
async function latestRun(runs: string, text: string): Promise<string | undefined> {
  const names = await readdir(runs).catch(() => []);
  for (const name of names.sort().reverse()) {
    const record = await readFile(join(runs, name, "run.json"), "utf8").catch(() => null);
    if (record !== null && JSON.parse(record).text === text) return join(runs, name);
  }
  return undefined;
}

/** Names of the data files of a comparison file, which lie beside it. */
async function dataFiles(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8");
  return [...text.matchAll(/^ {2}(?:file|dev|test): ([\w.-]+\.jsonl)$/gm)].map(([, name]) => name ?? "");
}

runScript(main);
