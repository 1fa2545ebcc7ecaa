/** The provider that exported configurations bring along: promptfoo asks it, and it asks `gptw run`. Pure. */
import * as z from "zod";
import { calibrations, decoding, scoringRules } from "../prompt/promptFile";

/** The provider's file, beside the configuration. */
export const providerFile = "gptw-provider.mjs";

/** How the answers of a prompt are chosen or written. */
export const providerVariant = z.object({
  space: z.string().max(1000),
  labels: z.record(z.string(), z.string()).optional(),
  /** The variable with the list of choices. */
  choices: z.string().optional(),
  scoring: z.object({ rule: z.enum(scoringRules), answerContext: z.string().optional() }).optional(),
  decoding: decoding.optional(),
  calibration: z.enum(calibrations).optional(),
});

/** One of them. */
export type ProviderVariant = z.output<typeof providerVariant>;

/** The provider's `config`. */
export const providerConfig = z.object({
  command: z.array(z.string()).min(1),
  model: z.string(),
  task: z.string().optional(),
  variants: z.record(z.string(), providerVariant),
});

/** JavaScript without dependencies. Reads nothing but what it is given, and writes to a temporary folder. */
export const providerScript = `// Written by GPT Workbench: asks "gptw run" for promptfoo, one prompt at a time.
// "command" in promptfooconfig.yaml says how gptw is started, "model" which model answers; GPTW_MODEL goes before it.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export default class GptwProvider {
  constructor({ id, config } = {}) {
    this.name = id ?? "gptw";
    this.config = config;
  }

  id() {
    return this.name;
  }

  async callApi(prompt, context) {
    const label = context?.prompt?.label;
    const variant = this.config?.variants?.[label];
    if (!variant) return { error: \`There is no variant "\${label}" in the provider's config.\` };
    const choices = variant.choices === undefined ? undefined : context.vars?.[variant.choices];
    const folder = await mkdtemp(join(tmpdir(), "gptw-promptfoo-"));
    try {
      return { output: await this.ask(folder, variant, { prompt, ...(choices && { choices }) }) };
    } catch (error) {
      return { error: error.stderr || error.message };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async ask(folder, { space, labels, scoring, decoding }, item) {
    const template = "{{ prompt }}" + space + "{{ answer }}";
    const variant = { name: "one", template, ...(labels && { labels }), ...(scoring && { scoring }), ...(decoding && { decoding }) };
    const choices = item.choices && { choices: "choices" };
    const file = { task: "completion", ...choices, variants: [variant], input: { file: "one.jsonl" } };
    const [path, out] = [join(folder, "one.prompt.yaml"), join(folder, "one.json")];
    await writeFile(join(folder, "one.jsonl"), JSON.stringify(item) + "\\n");
    await writeFile(path, JSON.stringify(file, null, 1));
    const [program, ...first] = this.config.command;
    const model = process.env.GPTW_MODEL ?? this.config.model;
    if (!model) throw new Error("Which model? Name its folder in promptfooconfig.yaml or in GPTW_MODEL.");
    const args = [...first, "run", path, "--root", folder, "--model", model, "--out", out];
    await run(program, args, { shell: process.platform === "win32" && !/[\\\\/]/.test(program) });
    const { output } = JSON.parse(await readFile(out, "utf8")).cells[0];
    return item.choices ? item.choices[Number(output)] : output;
  }
}
`;
