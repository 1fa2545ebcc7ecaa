/** What lies around a comparison file: the files and folders that it names. Knows nothing of VS Code. */
import { open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ComparisonReading } from "../../runtime/comparison/comparisonText";
import { readPromptText } from "../../runtime/prompt/promptText";
import { variantsOf } from "../promptFiles/promptTree";
import { readColumns } from "../yamlFiles/dataColumns";
import { dataFilesOf, modelsOf, promptFilesOf } from "./comparisonTree";

/** What is known of it. Paths are as the comparison file writes them. */
export interface Surroundings {
  /** Columns of data files; of those that are absent nothing is known. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Names of the variants of prompt files. */
  readonly variants: ReadonlyMap<string, readonly string[]>;
  /** Data and prompt files that are not there, and that lie outside of the root. */
  readonly missing: ReadonlySet<string>;
  readonly outside: ReadonlySet<string>;
  /** Models that are folders, beside the file or anywhere; null where nobody has looked. */
  readonly folders: ReadonlySet<string> | null;
  /** Names of the store's models; null as long as nobody has asked for them. */
  readonly models: readonly string[] | null;
}

/** Nothing is known. */
export const nothingAround: Surroundings = {
  ...{ columns: new Map(), variants: new Map(), missing: new Set(), outside: new Set() },
  ...{ folders: null, models: null },
};

/** Largest prompt file that is read, bytes. */
const mostBytes = 5_000_000;

/** Where a comparison file is, and the folder that the files it names lie in. */
export interface FilePlace {
  /** Absolute path of the comparison file. */
  readonly path: string;
  /** Its own folder when absent. */
  readonly root?: string;
}

/** Looks at what the file names. Never throws: what cannot be read is not known. */
export async function readSurroundings(
  reading: ComparisonReading,
  { path, root }: FilePlace,
  models: readonly string[] | null,
): Promise<Surroundings> {
  // A new file that lies nowhere has nothing around it.
  if (!isAbsolute(path)) return { ...nothingAround, models };
  const data = unique(dataFilesOf(reading).map(({ file }) => file));
  const prompts = unique(promptFilesOf(reading).map(({ file }) => file));
  const places = await mapped([...data, ...prompts], (file) => placeOf(path, root, file));
  const found = (files: readonly string[]) => files.filter((file) => places.get(file) === "here");
  const columns = await mapped(found(data), (file) => readColumns(path, root, file));
  const variants = await mapped(found(prompts), (file) => readVariants(resolve(dirname(path), file)));
  const folders = await mapped(unique(modelsOf(reading).map(({ file }) => file)), (name) => isModel(path, name));
  const those = (place: string) => new Set([...places].filter(([, one]) => one === place).map(([file]) => file));
  return {
    columns: new Map([...columns].filter(([, names]) => names.length > 0)),
    variants: new Map([...variants].flatMap(([file, names]) => (names === null ? [] : [[file, names] as const]))),
    missing: those("missing"),
    outside: those("outside"),
    folders: new Set([...folders].filter(([, is]) => is).map(([name]) => name)),
    models,
  };
}

/** Whether a model's name is the path of a folder: those are not looked for in the store. */
export function isModelPath(name: string): boolean {
  return isAbsolute(name) || /^\.{1,2}([\\/]|$)/.test(name);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

async function mapped<T>(
  names: readonly string[],
  look: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await look(name)] as const)));
}

/** Links are followed, as the runtime does. */
async function placeOf(
  namedBy: string,
  root: string | undefined,
  file: string,
): Promise<"here" | "missing" | "outside"> {
  try {
    const [inside, path] = await Promise.all([
      realpath(root ?? dirname(namedBy)),
      realpath(resolve(dirname(namedBy), file)),
    ]);
    const way = relative(inside, path);
    return way !== "" && way.split(sep)[0] !== ".." && !isAbsolute(way) ? "here" : "outside";
  } catch {
    return "missing";
  }
}

async function isModel(namedBy: string, name: string): Promise<boolean> {
  const folder = resolve(dirname(namedBy), name);
  for (const file of ["config.json", "adapter_config.json"]) if (await exists(join(folder, file))) return true;
  return false;
}

async function exists(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}

/** Names of a prompt file's variants; null when it cannot be read. */
async function readVariants(path: string): Promise<readonly string[] | null> {
  try {
    const file = await open(path, "r");
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > mostBytes) return null;
      return variantsOf(readPromptText(await file.readFile("utf8"))).map(({ name }) => name);
    } finally {
      await file.close();
    }
  } catch {
    return null; // Running the file says what is wrong with it.
  }
}
