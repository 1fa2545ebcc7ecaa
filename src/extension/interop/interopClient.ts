/** Other programs' evaluation files, in the process of long work. Knows nothing of VS Code. */
import {
  type InteropExportParams,
  type InteropImportParams,
  type InteropResult,
  interopExportRequest,
  interopImportRequest,
} from "../../runtime/interopProtocol";
import type { IdleRuntime } from "../idleRuntime";
import type { CallOptions } from "../runtimeClient";

/** Writes prompt files for other programs, and reads theirs. Both methods throw as `RuntimeClient.request`. */
export class InteropClient {
  constructor(private readonly runtime: Pick<IdleRuntime, "ask">) {}

  /** Writes a prompt file as another program's. */
  export(params: InteropExportParams, options: CallOptions = {}): Promise<InteropResult> {
    return this.runtime.ask(interopExportRequest, params, options);
  }

  /** Writes another program's file as a prompt file with its data. */
  import(params: InteropImportParams, options: CallOptions = {}): Promise<InteropResult> {
    return this.runtime.ask(interopImportRequest, params, options);
  }
}
