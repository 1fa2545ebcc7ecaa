/** Models as VS Code's chat knows them, and answers of theirs. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { CancelledError, invalidRequest } from "../../runtime/errors";
import {
  type GenerateEvent,
  type GenerationConfig,
  type ModelReference,
  type TokenCountParams,
  type TokenCountResult,
  tokenCountRequest,
} from "../../runtime/protocol";
import type { Memory } from "../inlineCompletions/statisticsStore";
import type { ModelClient } from "../modelClient";
import { modelReference, sameFolder } from "../modelFolder";
import type { ListedModel, ModelStore } from "../modelStore";
import type { Resolved } from "../settings";
import { familyName, parameterText, precisionText } from "../views/modelTexts";
import { type ChatMessage, toTranscript } from "./chatMessages";
import { AnswerText, messageText, transcript, transcriptStops } from "./transcript";

/** A model that can be chatted with: a `vscode.LanguageModelChatInformation` with its folder. */
export interface ChatModel {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly version: string;
  readonly detail: string;
  readonly tooltip: string;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: { readonly imageInput: false; readonly toolCalling: false };
  /** Absolute. */
  readonly folder: string;
}

/** What chats are answered with. */
export interface ChatParts {
  readonly models: Pick<ModelClient, "generate" | "stream">;
  readonly modelStore: Pick<ModelStore, "list">;
  readonly settings: { resolve(): Resolved };
  /** Whether the runtime process is there: it is not started only to tell which models there are. */
  readonly running: () => boolean;
  readonly memory: Memory;
  readonly home: string;
}

const memoryKey = "gptWorkbench.chatModels";

const rememberedModel = z.object({
  ...{ id: z.string(), name: z.string(), family: z.string(), version: z.string() },
  ...{ detail: z.string(), tooltip: z.string(), folder: z.string() },
  ...{ maxInputTokens: z.int().min(1), maxOutputTokens: z.int().min(1) },
  capabilities: z.object({ imageInput: z.literal(false), toolCalling: z.literal(false) }),
}) satisfies z.ZodType<ChatModel>;

/** What was found last, and with which settings. */
const remembered = z.object({ scope: z.string(), models: z.array(rememberedModel) });

/** Lists models for chats, counts for them and answers them. */
export class ChatModels {
  constructor(private readonly parts: ChatParts) {}

  /**
   * Models with a tokenizer, that of the settings first. Asked `silent`, which VS Code does by itself, what was found last is told while
   * no runtime runs. Throws `invalidRequest` when a setting is wrong and it was not silent.
   */
  async list(silent: boolean): Promise<readonly ChatModel[]> {
    const { memory, modelStore, settings, running } = this.parts;
    const resolved = settings.resolve();
    if (resolved.kind === "invalid") {
      if (silent) return [];
      throw invalidRequest(resolved.problems.join(" "));
    }
    const { config, store, model } = resolved;
    const selected = model.folder;
    const scope = JSON.stringify([store, selected, config.generation.maxNewTokens]);
    const known = remembered.safeParse(memory.get(memoryKey));
    if (silent && !running() && known.success && known.data.scope === scope) return known.data.models;
    const { models } = await modelStore.list({ store, selected });
    const listed = models
      .toSorted((a, b) => Number(sameFolder(b.folder, selected)) - Number(sameFolder(a.folder, selected)))
      .flatMap((one) => chatModel(one, config));
    await memory.update(memoryKey, { scope, models: listed });
    return listed;
  }

  /** Exact count of a text's, or a message's, tokens as they stand in a prompt. Throws as `RuntimeClient.request`. */
  async count(model: ChatModel, what: string | ChatMessage, signal: AbortSignal): Promise<number> {
    const text = typeof what === "string" ? what : messageText(toTranscript(what));
    if (text === "") return 0;
    const params = { model: this.#reference(model), text };
    const options = { signal, modelOf: (told: TokenCountResult) => told.model };
    const result = await this.parts.models.stream<TokenCountParams, TokenCountResult, never>(
      tokenCountRequest,
      params,
      options,
    );
    return result.tokens;
  }

  /** Answers a chat, giving the text as it comes. Throws as `RuntimeClient.request`; `CancelledError` when stopped. */
  async answer(
    model: ChatModel,
    messages: readonly ChatMessage[],
    {
      options,
      signal,
      onText,
    }: {
      /** The caller's `modelOptions`. */
      readonly options: unknown;
      readonly signal: AbortSignal;
      readonly onText: (text: string) => void;
    },
  ): Promise<void> {
    const answer = new AnswerText();
    const onEvent = (event: GenerateEvent) => {
      const text = event.kind === "token" ? answer.push(event.textDelta) : "";
      if (text !== "") onText(text);
    };
    const params = {
      model: this.#reference(model),
      prompt: transcript(messages.map(toTranscript)),
      config: this.#config(model, options),
      topAlternatives: 0,
      priority: "interactive",
    } as const;
    const { finishReason } = await this.parts.models.generate(params, { signal, onEvent });
    if (finishReason === "cancelled") throw new CancelledError();
  }

  #reference({ folder }: ChatModel): ModelReference {
    return modelReference(folder, this.#resolved().config, this.parts.home);
  }

  #config({ maxOutputTokens }: ChatModel, options: unknown): GenerationConfig {
    const { generation } = this.#resolved().config;
    const own = parseOptions(options);
    return {
      ...generation,
      ...own,
      maxNewTokens: Math.min(own.maxNewTokens ?? generation.maxNewTokens, maxOutputTokens),
      // At most 16, of which the roles come first.
      stop: [...transcriptStops, ...(own.stop ?? generation.stop)].slice(0, 16),
      contextFull: "stop",
    };
  }

  #resolved(): Extract<Resolved, { kind: "ok" }> {
    const resolved = this.parts.settings.resolve();
    if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
    return resolved;
  }
}

/** A listed model for chats; none for one that cannot be run on text. Input and output share the context. */
function chatModel(
  { id, name, folder, state }: ListedModel,
  config: { readonly generation: GenerationConfig },
): ChatModel[] {
  if (state.kind !== "ready" || !state.description.hasTokenizer) return [];
  const { modelType, nPositions, parameterCount, precision } = state.description;
  const maxOutputTokens = Math.min(config.generation.maxNewTokens, Math.floor(nPositions / 2));
  const about = l10n.t("{0} parameters, {1}", parameterText(parameterCount), precisionText(precision));
  return [
    {
      ...{ id, name, folder, family: modelType, version: "1", detail: "GPT Workbench" },
      tooltip: l10n.t(
        "{0}, {1}, on this machine. It continues text and was not taught to chat.",
        familyName(modelType),
        about,
      ),
      maxInputTokens: nPositions - maxOutputTokens,
      maxOutputTokens,
      capabilities: { imageInput: false, toolCalling: false },
    },
  ];
}

const optionsSchema = z.object({
  temperature: z.number().min(0).max(100).optional().catch(undefined),
  top_p: z.number().gt(0).max(1).optional().catch(undefined),
  topP: z.number().gt(0).max(1).optional().catch(undefined),
  topK: z.int().min(0).optional().catch(undefined),
  max_tokens: z.int().min(1).optional().catch(undefined),
  maxTokens: z.int().min(1).optional().catch(undefined),
  maxNewTokens: z.int().min(1).optional().catch(undefined),
  seed: z.int().min(0).max(0xffffffff).optional().catch(undefined),
  stop: z
    .union([
      z
        .string()
        .min(1)
        .transform((one) => [one]),
      z.array(z.string().min(1)).max(16),
    ])
    .optional()
    .catch(undefined),
});

/** What a caller says of decoding, under OpenAI's names or ours; what is none of these, or out of range, is left out. */
export function parseOptions(options: unknown): Partial<GenerationConfig> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) return {};
  const { temperature, seed, stop, topK, ...named } = parsed.data;
  const topP = named.topP ?? named.top_p;
  const maxNewTokens = named.maxNewTokens ?? named.maxTokens ?? named.max_tokens;
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop }),
  };
}
