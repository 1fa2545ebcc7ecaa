import * as z from "zod";
import type { RuntimeErrorCode, RuntimeErrorInfo } from "../runtime/protocol";

// Total by type: a new code in errors.ts does not compile until it stands here.
const codes: { readonly [K in RuntimeErrorCode]: true } = {
  notAModelFolder: true,
  invalidConfig: true,
  unsupportedModel: true,
  invalidCheckpoint: true,
  tensorMissing: true,
  tensorShape: true,
  unsupportedDType: true,
  invalidTokenizer: true,
  emptyText: true,
  invalidTokenIds: true,
  invalidRequest: true,
  invalidPrompt: true,
  invalidDataset: true,
  cannotWrite: true,
  hubFailed: true,
  storeFailed: true,
  notEnoughSpace: true,
  notEnoughMemory: true,
  trainingFailed: true,
  deviceUnavailable: true,
  sessionFailed: true,
  runtimeExited: true,
  internal: true,
};

/** A failure as it crosses a boundary. */
export const errorInfoSchema: z.ZodType<RuntimeErrorInfo> = z.object({
  code: z.custom<RuntimeErrorCode>((value) => typeof value === "string" && Object.hasOwn(codes, value)),
  message: z.string(),
  hint: z.string(),
});
