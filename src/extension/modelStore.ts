/** The runtime's requests that concern model folders, and the list of what is installed. Knows nothing of VS Code. */
import { basename } from "node:path";
import { toErrorInfo } from "../runtime/errors";
import {
  addModelRequest,
  type HubDownloadParams,
  type HubListing,
  type HubListParams,
  hubDownloadRequest,
  hubListRequest,
  type InstalledModel,
  listModelsRequest,
  type ModelDetails,
  type ModelOrigin,
  modelDetailsRequest,
  type QuantizeParams,
  type QuantizeResult,
  quantizeRequest,
  removeModelRequest,
} from "../runtime/modelsProtocol";
import type { RuntimeErrorInfo } from "../runtime/protocol";
import { Emitter, type Event } from "./emitter";
import { sameFolder } from "./modelFolder";
import type { CallOptions, RuntimeClient } from "./runtimeClient";

/** A model of the list: one of the store, or one that is in none: the starter, and a folder that only the setting names. */
export interface ListedModel {
  /** Unique in the list. */
  readonly id: string;
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly origin: ModelOrigin | { readonly kind: "starter" } | { readonly kind: "setting" };
  readonly state: InstalledModel["state"];
}

/** Whether a model of this origin has an entry in the store. */
export function isInStore({ kind }: ListedModel["origin"]): boolean {
  return kind !== "starter" && kind !== "setting";
}

/** The starter first, then the others by name. */
export interface ModelList {
  readonly models: readonly ListedModel[];
  /** Why the store could not be listed; null when it was. */
  readonly error: RuntimeErrorInfo | null;
}

/** What is to be listed. */
export interface ListScope {
  readonly store: string;
  /** Folder of the model that the settings name: listed too, though it may be in no store. */
  readonly selected: string;
}

/** Lists, adds, removes, downloads and quantizes models. The list is kept until it is said to have changed. */
export class ModelStore {
  readonly #changed = new Emitter<void>();
  #listed: { readonly scope: ListScope; readonly list: Promise<ModelList> } | undefined;

  /** `starter` is the folder of the model that ships with the extension. */
  constructor(
    private readonly runtime: Pick<RuntimeClient, "request">,
    private readonly starter: string,
  ) {}

  /** Fires when the list may have changed. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Says that the store may have changed: the next `list` asks anew. */
  refresh(): void {
    this.#listed = undefined;
    this.#changed.fire();
  }

  /** The models there are. Never throws; a failure stays until `refresh`. */
  list(scope: ListScope): Promise<ModelList> {
    const known = this.#listed?.scope;
    if (!this.#listed || known?.store !== scope.store || known.selected !== scope.selected) {
      this.#listed = { scope, list: this.#ask(scope) };
    }
    return this.#listed.list;
  }

  /** Everything of one folder. Throws as `RuntimeClient.request`, like all below. */
  details(folder: string): Promise<ModelDetails> {
    return this.runtime.request(modelDetailsRequest, { folder });
  }

  /** Adds a folder, where it is. */
  add(store: string, folder: string, signal?: AbortSignal): Promise<InstalledModel> {
    return this.#change(this.runtime.request(addModelRequest, { store, folder }, { signal }));
  }

  /** Takes a model out; the files of one that lies in the store are deleted. */
  remove(store: string, id: string): Promise<null> {
    return this.#change(this.runtime.request(removeModelRequest, { store, id }));
  }

  /** What a download would fetch. */
  hubList(params: HubListParams, signal?: AbortSignal): Promise<HubListing> {
    return this.runtime.request(hubListRequest, params, { signal });
  }

  /** Downloads a model, going on where an earlier try ended. */
  download(params: HubDownloadParams, options: CallOptions): Promise<InstalledModel> {
    return this.#change(this.runtime.request(hubDownloadRequest, params, options));
  }

  /** Writes a quantized copy into the store. */
  quantize(params: QuantizeParams, options: CallOptions): Promise<QuantizeResult> {
    return this.#change(this.runtime.request(quantizeRequest, params, options));
  }

  async #ask({ store, selected }: ListScope): Promise<ModelList> {
    const [starter, installed] = await Promise.all([
      this.#describe(this.starter, "starter", "starter"),
      this.runtime.request(listModelsRequest, { store }).then(
        (models) => ({ models, error: null }),
        (error: unknown) => ({ models: [], error: toErrorInfo(error) }),
      ),
    ]);
    const listed = [starter, ...installed.models].some(({ folder }) => sameFolder(folder, selected));
    const others = listed ? [] : [await this.#describe(selected, "setting", basename(selected))];
    const byName = [...installed.models, ...others].sort((a, b) => a.name.localeCompare(b.name));
    return { models: [starter, ...byName], error: installed.error };
  }

  async #describe(folder: string, kind: "starter" | "setting", name: string): Promise<ListedModel> {
    // No folder of a store can have a name with a slash.
    const model = { id: `/${kind}`, name, folder, origin: { kind } };
    try {
      const { description } = await this.details(folder);
      return { ...model, state: { kind: "ready", description } };
    } catch (error) {
      return { ...model, state: { kind: "broken", error: toErrorInfo(error) } };
    }
  }

  /** A failed change may have changed something too: a cancelled download leaves files behind, a removal may stop halfway. */
  async #change<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } finally {
      this.refresh();
    }
  }
}
