/** What callers may ask of the model store and of hubs. */
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { AddModelParams, HubDownloadParams, RemoveModelParams, StoreParams } from "./modelsProtocol";

const absolutePath = z.string().refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });
const store = absolutePath;

const hubModel = z.object({
  store,
  endpoint: z.string().min(1),
  repo: z.string().min(1),
  revision: z.string().min(1),
  token: z.string().min(1).exactOptional(),
}) satisfies z.ZodType<HubDownloadParams>;

/** The parameters of each request, for `parseRequest`. */
export const modelsParams = {
  details: z.object({ folder: absolutePath }) satisfies z.ZodType<{ folder: string }>,
  list: z.object({ store }) satisfies z.ZodType<StoreParams>,
  add: z.object({ store, folder: absolutePath }) satisfies z.ZodType<AddModelParams>,
  remove: z.object({ store, id: z.string() }) satisfies z.ZodType<RemoveModelParams>,
  hub: hubModel,
};
