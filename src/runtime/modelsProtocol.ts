/**
 * The part of the protocol about model folders: describing them, the model store, hubs, quantization.
 * Platform-free, like `protocol.ts`.
 */
import { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo } from "./errors";
import type { Device, DeviceChoice, WithProgress } from "./protocol";
import type { TaskType } from "./trainingDataProtocol";

/** How a checkpoint's matrices are stored: safetensors' types, or whole numbers of few bits with a scale per block (`Q8`, `Q4`). */
export type Precision = "F32" | "F16" | "BF16" | "Q8" | "Q4" | "mixed";

/** Memory a model needs on a device, bytes. */
export interface MemoryNeed {
  /** Parameters as they lie in memory. */
  readonly weights: number;
  /** Key/value cache of one sequence of the full context. */
  readonly cache: number;
  /** Largest intermediate results of one pass. */
  readonly workspace: number;
  readonly total: number;
}

/** A model folder, described from its config.json and its checkpoint's headers; no weight is read. */
export interface ModelDescription {
  readonly modelType: string;
  readonly precision: Precision;
  /** Scalars in all parameters, tied ones counted once. */
  readonly parameterCount: number;
  /** Bytes of the checkpoint's files. */
  readonly fileBytes: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly nInner: number;
  /** Longest context, tokens. */
  readonly nPositions: number;
  readonly vocabSize: number;
  /** Attention pattern of each layer: `dense`, `banded(256)`, `strided(128)`. */
  readonly attention: readonly string[];
  /** False when the folder has no tokenizer: then only token ids can be scored. */
  readonly hasTokenizer: boolean;
  /** What a fine-tuned classifier tells apart; absent for other models. Multiple choice has no labels. */
  readonly classifier?: { readonly task: TaskType; readonly labels: readonly string[] };
  /** Folder of the model that a LoRA adapter changes; absent when the weights are the folder's own. */
  readonly adapterOf?: string;
  /** On each device that this version knows. */
  readonly memory: { readonly [D in Device]: MemoryNeed };
}

/** A tensor of a checkpoint, as it is stored. */
export interface TensorDescription {
  /** Its name in the file. */
  readonly name: string;
  /** File name, without folder. */
  readonly file: string;
  /** safetensors' word: `F32`, `F16`, `BF16`, `U8`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/** Everything there is to know of a model folder without loading it. */
export interface ModelDetails {
  readonly folder: string;
  readonly description: ModelDescription;
  readonly tensors: readonly TensorDescription[];
}

/** Where a model of the store came from. */
export type ModelOrigin =
  /** A folder of the user's, used where it is. */
  | { readonly kind: "folder" }
  | {
      readonly kind: "hub";
      readonly endpoint: string;
      readonly repo: string;
      /** Commit that was downloaded. */
      readonly revision: string;
    }
  | {
      readonly kind: "quantized";
      /** The source's name when it was quantized. */
      readonly source: string;
      /** SHA-256 of the source's weights, hexadecimal. */
      readonly sourceSha256: string;
      readonly bits: 4 | 8;
      readonly blockSize: 32 | 128;
      readonly embeddingBits?: 8;
    }
  /** A LoRA adapter, by where it was (those of runs have one name), merged into its base, by its folder's name. */
  | { readonly kind: "merged"; readonly adapter: string; readonly base: string };

/** A model of the store. One that cannot be read is listed too, with what is wrong. */
export interface InstalledModel {
  /** Unique in the store. */
  readonly id: string;
  readonly name: string;
  /** Where its files lie: within the store, or the user's folder. */
  readonly folder: string;
  readonly origin: ModelOrigin;
  readonly state:
    | { readonly kind: "ready"; readonly description: ModelDescription }
    | { readonly kind: "broken"; readonly error: RuntimeErrorInfo };
}

/** Names the store: an absolute folder, made when it is first written to. */
export interface StoreParams {
  readonly store: string;
}

/** Parameters of `models/add`. */
export interface AddModelParams extends StoreParams {
  /** Absolute path of a model folder, used where it is. */
  readonly folder: string;
}

/** Parameters of `models/remove`. A model in the store is deleted; of a user's folder only the entry goes. */
export interface RemoveModelParams extends StoreParams {
  readonly id: string;
}

/** A model on a hub. */
export interface HubModel {
  /** `https://…`, or `http://` on loopback. */
  readonly endpoint: string;
  /** `owner/name` or `name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Sent to the endpoint only; never written anywhere. */
  readonly token?: string;
}

/** A file to download. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal; null for small files the hub keeps no SHA-256 of. */
  readonly sha256: string | null;
}

/** What a download would fetch. */
export interface HubListing {
  /** Commit that `revision` stands for. */
  readonly commit: string;
  /** Only what a model folder needs. */
  readonly files: readonly HubFile[];
  /** Bytes of them all. */
  readonly totalBytes: number;
  /** Bytes of them that an interrupted download has already. */
  readonly presentBytes: number;
  /** Free on the store's disk, bytes. */
  readonly freeBytes: number;
}

/** Parameters of `hub/list`. */
export type HubListParams = StoreParams & HubModel;

/** Parameters of `hub/download`; `revision` is the commit that was listed. */
export type HubDownloadParams = StoreParams & HubModel;

/** Parameters of `models/quantize`. */
export interface QuantizeParams extends StoreParams {
  /** Absolute path of the model folder to quantize. */
  readonly folder: string;
  readonly bits: 4 | 8;
  readonly blockSize: 32 | 128;
  /** Absent: token embeddings and a head of its own stay as they are. */
  readonly embeddingBits?: 8;
  /** Text on which perplexity is measured before and after; empty: not measured. */
  readonly text: string;
  /** What it is measured on; absent: `auto`. */
  readonly device?: DeviceChoice;
}

/** What quantization cost. */
export interface QuantizeResult {
  readonly model: InstalledModel;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Perplexity on the text before and after; null when there was none. */
  readonly perplexity: { readonly before: number; readonly after: number; readonly tokens: number } | null;
}

/** Describes a model folder without loading it. */
export const modelDetailsRequest = new RequestType<{ readonly folder: string }, ModelDetails, RuntimeErrorInfo>(
  "model/details",
);
/** Models of the store, by name. */
export const listModelsRequest = new RequestType<StoreParams, readonly InstalledModel[], RuntimeErrorInfo>(
  "models/list",
);
/** Adds a folder to the store, where it is. */
export const addModelRequest = new RequestType<AddModelParams, InstalledModel, RuntimeErrorInfo>("models/add");
/** Takes a model out of the store. */
export const removeModelRequest = new RequestType<RemoveModelParams, null, RuntimeErrorInfo>("models/remove");
/**
 * Writes a quantized copy into the store, or finds the one that is there. Reports work progress: `checking` the source (its hash),
 * `quantizing`, in bytes, and `measuring`, in tokens of both measurements.
 */
export const quantizeRequest = new RequestType<WithProgress<QuantizeParams>, QuantizeResult, RuntimeErrorInfo>(
  "models/quantize",
);
/** What a download would fetch. */
export const hubListRequest = new RequestType<HubListParams, HubListing, RuntimeErrorInfo>("hub/list");
/** Downloads a model into the store, going on where an earlier try ended. Reports work progress in bytes. */
export const hubDownloadRequest = new RequestType<WithProgress<HubDownloadParams>, InstalledModel, RuntimeErrorInfo>(
  "hub/download",
);
