/** Requests about other programs' evaluation files: prompt files written as theirs, and theirs read as prompt files. Platform-free. */
import { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type { PromptOverrides, PromptSource } from "./promptProtocol";
import type { ModelReference, WithProgress } from "./protocol";

/** The programs: lm-evaluation-harness, by its command's name, and promptfoo. */
export const interopForms = ["lm-eval", "promptfoo"] as const;

/** One of them. */
export type InteropForm = (typeof interopForms)[number];

/** Parameters of `interop/export`. */
export interface InteropExportParams {
  readonly source: PromptSource;
  readonly to: InteropForm;
  readonly overrides?: Pick<PromptOverrides, "variants" | "k" | "seed" | "limit" | "data" | "skipBadRows">;
  /** Whose context the prompts must fit, and who finds the nearest demonstrations. Without it no demonstration is left out. */
  readonly model?: ModelReference;
  /** Absolute path of the folder to write into; it is made when it is not there. */
  readonly folder: string;
  /** Whether files that are there are replaced. */
  readonly overwrite: boolean;
}

/** Parameters of `interop/import`. */
export interface InteropImportParams {
  readonly from: InteropForm;
  /** Absolute path of the task or configuration. All that it names must lie in its folder. */
  readonly path: string;
  /** Absolute path of the prompt file to write; its data are written beside it. */
  readonly out: string;
  /** Whether files that are there are replaced. */
  readonly overwrite: boolean;
}

/** What was written. */
export interface InteropResult {
  /** Absolute paths; the first is the one to open. */
  readonly files: readonly string[];
  /** What could not be carried over, and what differs there; sentences. */
  readonly notes: readonly string[];
}

/** Writes a prompt file as another program's. */
export const interopExportRequest = new RequestType<WithProgress<InteropExportParams>, InteropResult, RuntimeErrorInfo>(
  "interop/export",
);
/** Writes another program's file as a prompt file with its data. */
export const interopImportRequest = new RequestType<WithProgress<InteropImportParams>, InteropResult, RuntimeErrorInfo>(
  "interop/import",
);
