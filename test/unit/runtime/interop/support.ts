/** Prompt files written for other programs and read back, in a folder of their own. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boundless, exportedPrompts } from "../../../../src/runtime/interop/exportedPrompts";
import { importedFiles } from "../../../../src/runtime/interop/importedPrompts";
import { lmEvalFiles } from "../../../../src/runtime/interop/lmEvalExport";
import { readLmEval } from "../../../../src/runtime/interop/lmEvalImport";
import { promptfooFiles } from "../../../../src/runtime/interop/promptfooExport";
import { readPromptfoo } from "../../../../src/runtime/interop/promptfooImport";
import { writeWhole } from "../../../../src/runtime/interop/writeWhole";
import { PromptAssembler } from "../../../../src/runtime/prompt/assemble";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";

/** Runs `work` with a folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "interop-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a variant asks for an input. */
export interface Asked {
  readonly text: string;
  readonly gold: string | null;
  readonly words: readonly (string | undefined)[] | null;
}

/** Everything that a prompt file asks. */
export async function asks(path: string): Promise<Readonly<Record<string, readonly Asked[]>>> {
  const loaded = await loadPrompt({ path, text: await readFile(path, "utf8") });
  const all: Record<string, Asked[]> = {};
  for (const [number, { name }] of loaded.variants.entries()) {
    const assembler = new PromptAssembler(loaded, number, boundless);
    const own: Asked[] = [];
    for (const i of loaded.items.keys()) {
      const { text, gold, candidates } = await assembler.assemble(i);
      own.push({ text, gold, words: candidates?.map(({ words }) => words[0]) ?? null });
    }
    all[name] = own;
  }
  return all;
}

/** Writes a prompt file, exports it, imports that again; gives what both ask, and the texts of all files. */
export async function roundTrip(folder: string, file: unknown, form: "lm-eval" | "promptfoo") {
  const path = join(folder, "task.prompt.yaml");
  await writeFile(path, JSON.stringify(file, null, 1));
  const loaded = await loadPrompt({ path, text: await readFile(path, "utf8") });
  const exported = await exportedPrompts(loaded, boundless, new AbortController().signal);
  const made = form === "lm-eval" ? lmEvalFiles(exported) : promptfooFiles(exported);
  const [main = ""] = await writeWhole(join(folder, form), made.files, true);
  const imported = await importedFiles(await (form === "lm-eval" ? readLmEval(main) : readPromptfoo(main)), "again");
  const [again = ""] = await writeWhole(join(folder, "again"), imported.files, true);
  const texts = Object.fromEntries([...made.files, ...imported.files].map(({ path: name, text }) => [name, text]));
  return { before: await asks(path), after: await asks(again), texts, notes: [...made.notes, ...imported.notes] };
}
