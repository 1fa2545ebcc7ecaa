/** Where a line of a comparison's data lies. Knows nothing of VS Code. */
import { dirname, isAbsolute, relative, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import { invalidRequest } from "../../runtime/errors";

/** Absolute folder of the comparison file: paths of data files are relative to it. */
export function baseFolder({ params }: Pick<ComparisonRecord, "params">): string {
  return dirname(params.source.path);
}

/**
 * The absolute path of a file that the comparison names. `root` is the workspace folder of the comparison file, if it lies in one. A record
 * may be anybody's: throws `invalidRequest` for a file that the comparison did not read, or that is outside of the root.
 */
export function dataFile(
  record: Pick<ComparisonRecord, "params" | "data">,
  file: string,
  root: string | undefined,
): string {
  const base = baseFolder(record);
  const path = resolve(base, file);
  const way = relative(root ?? base, path);
  if (Object.hasOwn(record.data, file) && way !== "" && !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..") return path;
  throw invalidRequest(
    l10n.t("{0} is no data file of this comparison", file),
    l10n.t("Open the file from the explorer."),
  );
}
