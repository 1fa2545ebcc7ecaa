/** Comparison files beside a tiny model and tiny data, opened. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ComparisonInput } from "../../../../src/runtime/comparison/comparisonInput";
import { openComparison } from "../../../../src/runtime/comparison/openComparison";
import type { ComparisonParams } from "../../../../src/runtime/comparisonRecord";
import { sentences, tinyModel, writeRows } from "../training/tinyTraining";

/** A folder with a model and labelled sentences, in which comparison files are opened. */
export class ComparisonFolder {
  private constructor(
    readonly folder: string,
    readonly model: string,
  ) {}

  /** Writes a model of one block, and 60 sentences of two kinds. */
  static async make(folder: string): Promise<ComparisonFolder> {
    writeRows(folder, "data.jsonl", sentences(60));
    return new ComparisonFolder(folder, await tinyModel(folder));
  }

  /** Writes a file. */
  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }

  /** Parameters for the text of a comparison file. */
  params(text: string, changes: Partial<ComparisonParams> = {}): ComparisonParams {
    return {
      source: { path: join(this.folder, "a.compare.yaml"), text, root: this.folder },
      ...{ model: this.model, store: join(this.folder, "store"), device: "cpu", runs: join(this.folder, "runs") },
      ...changes,
    };
  }

  /** Opens the text of a comparison file. */
  open(text: string, changes: Partial<ComparisonParams> = {}): Promise<ComparisonInput> {
    const { signal } = new AbortController();
    return openComparison(this.params(text, changes), { signal, chooseDevice: async () => "cpu" });
  }
}

/** The beginning of a file on the sentences, to which arms are added as lines of YAML. */
export function comparisonText(arms: readonly string[], rest = ""): string {
  return `data: { file: data.jsonl, task: classification }\n${rest}\narms:\n${arms.map((arm) => `  - ${arm}\n`).join("")}`;
}

/** An arm that prompts, with these keys beside its template. */
export function promptArm(name: string, keys = ""): string {
  return `{ name: ${name}, prompt: { template: "{{ text }}: {{ answer }}"${keys && `, ${keys}`} } }`;
}
