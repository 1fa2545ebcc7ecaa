/** The runtime's requests that concern model folders, and the list of what is installed. Knows nothing of VS Code. */
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
import type { CallOptions, RuntimeClient } from "./runtimeClient";

/** A model of the list: one of the store, or the starter, which is in no store. */
export interface ListedModel {
  /** Unique in the list. */
  readonly id: string;
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly origin: ModelOrigin | { readonly kind: "starter" };
  readonly state: InstalledModel["state"];
}

/** The starter first, then the models of the store by name. */
export interface ModelList {
  readonly models: readonly ListedModel[];
  /** Why the store could not be listed; null when it was. */
  readonly error: RuntimeErrorInfo | null;
}

/** No folder of a store can have this name. */
const starterId = "/starter";

/** Lists, adds, removes, downloads and quantizes models. The list is kept until it is said to have changed. */
export class ModelStore {
  readonly #changed = new Emitter<void>();
  #listed: { readonly store: string; readonly list: Promise<ModelList> } | undefined;

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

  /** What is installed in the store at `store`. Never throws; a failure stays until `refresh`. */
  list(store: string): Promise<ModelList> {
    if (this.#listed?.store !== store) this.#listed = { store, list: this.#ask(store) };
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

  async #ask(store: string): Promise<ModelList> {
    const [starter, installed] = await Promise.all([
      this.#starter(),
      this.runtime.request(listModelsRequest, { store }).then(
        (models) => ({ models: models.toSorted((a, b) => a.name.localeCompare(b.name)), error: null }),
        (error: unknown) => ({ models: [], error: toErrorInfo(error) }),
      ),
    ]);
    return { models: [starter, ...installed.models], error: installed.error };
  }

  async #starter(): Promise<ListedModel> {
    const model = { id: starterId, name: "starter", folder: this.starter, origin: { kind: "starter" } } as const;
    try {
      const { description } = await this.details(this.starter);
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
