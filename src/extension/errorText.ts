import type { RuntimeErrorInfo } from "../runtime/protocol";

/** Message and remedy as one text. */
export function errorText({ message, hint }: Pick<RuntimeErrorInfo, "message" | "hint">): string {
  return hint ? `${message} ${hint}` : message;
}
