/** What linters of comparison files find. Pure. */
import type { YamlPath, YamlProblem } from "../yamlText";

/** Something that is wrong, and where. */
export interface Finding extends Pick<YamlProblem, "severity" | "code" | "message"> {
  readonly path: YamlPath;
  /** Whether the key is meant, not its value. */
  readonly atKey?: boolean;
}

/** An error at a path. */
export function wrong(path: YamlPath, code: string, message: string, atKey = false): Finding {
  return { severity: "error", path, code, message, ...(atKey && { atKey }) };
}
