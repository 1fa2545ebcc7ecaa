/** The settings, parsed. The defaults stand once, in package.json; what a user may have typed is checked here. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { type DeviceChoice, deviceChoices, type GenerationConfig } from "../runtime/protocol";
import { type SurprisalScale, surprisalScales } from "./surprisal/levels";

/** The section of every setting. */
export const configSection = "gptWorkbench";

/** What the settings say. */
export interface Config {
  /** Path of the model folder as typed; empty for the model that ships with the extension. */
  readonly model: string;
  readonly device: DeviceChoice;
  /** Devices of single models, by name or folder as typed. */
  readonly modelDevices: Readonly<Record<string, DeviceChoice>>;
  /** Most tokens of context to use; 0 for the model's own. */
  readonly contextLength: number;
  readonly generation: GenerationConfig;
  /** Alternatives per token in the inspector, 0 to 100. */
  readonly topAlternatives: number;
  /** Address of the hub that models are downloaded from, without a slash at its end. */
  readonly hubEndpoint: string;
  /** Path of the model store as typed; empty for the extension's own storage. */
  readonly modelsFolder: string;
  readonly inlineCompletions: InlineConfig;
  readonly surprisal: SurprisalConfig;
}

/** The settings of inline completions. */
export interface InlineConfig {
  readonly enabled: boolean;
  /** By language; `*` stands for all others. */
  readonly languages: Readonly<Record<string, boolean>>;
  /** Geometric mean of the tokens' probabilities that a suggestion must reach, 0 to 1. */
  readonly minConfidence: number;
  /** How long typing must rest, milliseconds. */
  readonly debounceMs: number;
  readonly maxNewTokens: number;
  /** How many texts are tried when suggestions are asked for by a command. */
  readonly candidates: number;
  readonly notebooks: boolean;
  readonly inUntrustedWorkspaces: boolean;
}

/** How surprisal is shown in editors. */
export interface SurprisalConfig {
  readonly scale: SurprisalScale;
  /** Whether surprising tokens are marked beside the scroll bar. */
  readonly overviewRuler: boolean;
}

/** A setting with an unusable value. */
export interface ConfigProblem {
  /** Full name of the setting. */
  readonly key: string;
  /** One sentence: what it must be and what it is. */
  readonly message: string;
}

/** The settings, or everything that is wrong with them. */
export type ConfigResult =
  | { readonly kind: "ok"; readonly config: Config }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

const schema = z.object({
  model: z.string(),
  device: z.enum(deviceChoices),
  modelDevices: z.record(z.string(), z.enum(deviceChoices)),
  contextLength: z.union([z.literal(0), z.int().min(2).max(1_000_000)]),
  "generation.maxNewTokens": z.int().min(1).max(100_000),
  "generation.temperature": z.number().min(0).max(100),
  "generation.topK": z.int().min(0).max(1_000_000),
  "generation.topP": z.number().gt(0).max(1),
  "generation.minP": z.number().min(0).max(1),
  "generation.repetitionPenalty": z.number().min(0.01).max(100),
  "generation.frequencyPenalty": z.number().min(-100).max(100),
  "generation.presencePenalty": z.number().min(-100).max(100),
  "generation.seed": z.int().min(0).max(4_294_967_295),
  "generation.stop": z.array(z.string().min(1)).max(16),
  "inspector.topAlternatives": z.int().min(0).max(100),
  "hub.endpoint": z.string().refine(isHubEndpoint),
  "models.folder": z.string(),
  "inlineCompletions.enabled": z.boolean(),
  "inlineCompletions.languages": z.record(z.string(), z.boolean()),
  "inlineCompletions.minConfidence": z.number().min(0).max(1),
  "inlineCompletions.debounceMs": z.int().min(0).max(5000),
  "inlineCompletions.maxNewTokens": z.int().min(1).max(512),
  "inlineCompletions.candidates": z.int().min(1).max(10),
  "inlineCompletions.notebooks": z.boolean(),
  "inlineCompletions.inUntrustedWorkspaces": z.boolean(),
  "surprisal.scale": z.enum(surprisalScales),
  "surprisal.overviewRuler": z.boolean(),
});
type Settings = z.infer<typeof schema>;

// A function: the texts are translated after this module was loaded.
const expectations = (): { readonly [K in keyof Settings]: string } => ({
  model: l10n.t("a path, or empty"),
  device: l10n.t("one of {0}", deviceChoices.join(", ")),
  modelDevices: l10n.t("models' names or folders, each with one of {0}", deviceChoices.join(", ")),
  contextLength: l10n.t("0, or a whole number from {0} to {1}", 2, 1_000_000),
  "generation.maxNewTokens": l10n.t("a whole number from {0} to {1}", 1, 100_000),
  "generation.temperature": l10n.t("a number from {0} to {1}", 0, 100),
  "generation.topK": l10n.t("a whole number from {0} to {1}", 0, 1_000_000),
  "generation.topP": l10n.t("a number above 0 and at most 1"),
  "generation.minP": l10n.t("a number from {0} to {1}", 0, 1),
  "generation.repetitionPenalty": l10n.t("a number from {0} to {1}", 0.01, 100),
  "generation.frequencyPenalty": l10n.t("a number from {0} to {1}", -100, 100),
  "generation.presencePenalty": l10n.t("a number from {0} to {1}", -100, 100),
  "generation.seed": l10n.t("a whole number from {0} to {1}", 0, 4_294_967_295),
  "generation.stop": l10n.t("a list of at most 16 texts, none of them empty"),
  "inspector.topAlternatives": l10n.t("a whole number from {0} to {1}", 0, 100),
  "hub.endpoint": l10n.t('an address that starts with "https://", or with "http://" on this machine'),
  "models.folder": l10n.t("a path, or empty"),
  "inlineCompletions.enabled": l10n.t("true or false"),
  "inlineCompletions.languages": l10n.t("languages, each with true or false"),
  "inlineCompletions.minConfidence": l10n.t("a number from {0} to {1}", 0, 1),
  "inlineCompletions.debounceMs": l10n.t("a whole number from {0} to {1}", 0, 5000),
  "inlineCompletions.maxNewTokens": l10n.t("a whole number from {0} to {1}", 1, 512),
  "inlineCompletions.candidates": l10n.t("a whole number from {0} to {1}", 1, 10),
  "inlineCompletions.notebooks": l10n.t("true or false"),
  "inlineCompletions.inUntrustedWorkspaces": l10n.t("true or false"),
  "surprisal.scale": l10n.t("one of {0}", surprisalScales.join(", ")),
  "surprisal.overviewRuler": l10n.t("true or false"),
});

/** Names of the settings, without the section. */
export const settingKeys = schema.keyof().options;

/** Parses the settings; `read` gives the value of a key below the section. Never throws. */
export function parseConfig(read: (key: string) => unknown): ConfigResult {
  const values: Record<string, unknown> = Object.fromEntries(settingKeys.map((key) => [key, read(key)]));
  const parsed = schema.safeParse(values);
  if (parsed.success) return { kind: "ok", config: build(parsed.data) };
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0]));
  return {
    kind: "invalid",
    problems: settingKeys.filter((key) => wrong.has(key)).map((key) => problem(key, values[key])),
  };
}

/** Encrypted, or on loopback; nothing in it but host and path: a password there would end up in logs. */
function isHubEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password || search || hash) return false;
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}

function build(values: Settings): Config {
  return {
    model: values.model,
    device: values.device,
    modelDevices: values.modelDevices,
    contextLength: values.contextLength,
    generation: {
      maxNewTokens: values["generation.maxNewTokens"],
      temperature: values["generation.temperature"],
      topK: values["generation.topK"],
      topP: values["generation.topP"],
      minP: values["generation.minP"],
      repetitionPenalty: values["generation.repetitionPenalty"],
      frequencyPenalty: values["generation.frequencyPenalty"],
      presencePenalty: values["generation.presencePenalty"],
      seed: values["generation.seed"],
      stop: values["generation.stop"],
    },
    topAlternatives: values["inspector.topAlternatives"],
    hubEndpoint: values["hub.endpoint"].replace(/\/+$/, ""),
    modelsFolder: values["models.folder"],
    inlineCompletions: {
      enabled: values["inlineCompletions.enabled"],
      languages: values["inlineCompletions.languages"],
      minConfidence: values["inlineCompletions.minConfidence"],
      debounceMs: values["inlineCompletions.debounceMs"],
      maxNewTokens: values["inlineCompletions.maxNewTokens"],
      candidates: values["inlineCompletions.candidates"],
      notebooks: values["inlineCompletions.notebooks"],
      inUntrustedWorkspaces: values["inlineCompletions.inUntrustedWorkspaces"],
    },
    surprisal: { scale: values["surprisal.scale"], overviewRuler: values["surprisal.overviewRuler"] },
  };
}

function problem(key: keyof Settings, value: unknown): ConfigProblem {
  const name = `${configSection}.${key}`;
  const found = value === undefined ? l10n.t("missing") : JSON.stringify(value);
  return { key: name, message: l10n.t('The setting "{0}" must be {1}; it is {2}.', name, expectations()[key], found) };
}
