import type { ModelInfo, RuntimeErrorInfo } from "../runtime/protocol";

/** How the runtime process is. */
export type RuntimeState =
  | { readonly kind: "stopped" }
  | {
      /** It crashed more than once in a row: the next start waits. */
      readonly kind: "waiting";
      readonly delayMs: number;
    }
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly pid: number }
  | {
      /** It ended unasked. The next request starts it again. */
      readonly kind: "crashed";
      readonly reason: string;
    };

/** Which model the runtime holds, as far as the extension knows. */
export type ModelState =
  | { readonly kind: "none" }
  | { readonly kind: "loading"; readonly folder: string }
  | { readonly kind: "loaded"; readonly info: ModelInfo }
  | { readonly kind: "failed"; readonly folder: string; readonly error: RuntimeErrorInfo };
