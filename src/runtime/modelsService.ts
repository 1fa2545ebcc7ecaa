/** The part of the service that is about model folders: no model is loaded here. */
import { describeModelFolder } from "./checkpoint/describe";
import { type DownloadContext, downloadModel, listDownload } from "./checkpoint/hubDownload";
import { addModel, listModels, removeModel } from "./checkpoint/modelStore";
import type {
  AddModelParams,
  HubDownloadParams,
  HubListing,
  HubListParams,
  InstalledModel,
  ModelDetails,
  RemoveModelParams,
  StoreParams,
} from "./modelsProtocol";
import { modelsParams } from "./modelsRequests";
import { parseRequest } from "./requests";
import type { RequestContext } from "./service";

/** Answers requests about folders, the store and hubs. Every method throws `invalidRequest` for wrong parameters. */
export class ModelsService {
  /** Describes a folder. */
  async details(params: { readonly folder: string }): Promise<ModelDetails> {
    return describeModelFolder(parseRequest(modelsParams.details, params).folder);
  }

  /** Models of the store. */
  async list(params: StoreParams): Promise<readonly InstalledModel[]> {
    return listModels(parseRequest(modelsParams.list, params).store);
  }

  /** Adds a user's folder. */
  async add(params: AddModelParams): Promise<InstalledModel> {
    const { store, folder } = parseRequest(modelsParams.add, params);
    return addModel(store, folder);
  }

  /** Takes a model out of the store. */
  async remove(params: RemoveModelParams): Promise<null> {
    const { store, id } = parseRequest(modelsParams.remove, params);
    await removeModel(store, id);
    return null;
  }

  /** What a download would fetch. */
  async hubList(params: HubListParams, context: RequestContext): Promise<HubListing> {
    const { store, ...model } = parseRequest(modelsParams.hub, params);
    return listDownload(store, model, downloadContext(context));
  }

  /** Downloads a model into the store. */
  async hubDownload(params: HubDownloadParams, context: RequestContext): Promise<InstalledModel> {
    const { store, ...model } = parseRequest(modelsParams.hub, params);
    return downloadModel(store, model, downloadContext(context));
  }
}

function downloadContext({ signal, onProgress }: RequestContext): DownloadContext {
  return { signal, onProgress: (stage, done, total) => onProgress?.({ stage, done, total }) };
}
