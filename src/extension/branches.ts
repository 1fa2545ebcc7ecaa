/** Continuations with another token in the place of one of the text's, as they stream in. Knows nothing of VS Code. */
import { CancelledError, toErrorInfo } from "../runtime/errors";
import {
  type Branch,
  type BranchDelta,
  type Branches,
  type BranchStart,
  branchLength,
  type InspectorState,
  maxBranches,
} from "../runtime/panelProtocol";
import type { Alternative, GeneratedToken, GenerateEvent, GenerationConfig, TokenPrompt } from "../runtime/protocol";
import type { Clock } from "./clock";
import type { Disposable } from "./emitter";
import type { ModelClient } from "./modelClient";
import { deltaIntervalMs } from "./panels/inspectorStore";

/** A text of which branches can begin. */
export type BranchingState = Extract<InspectorState, { kind: "scores" | "completion" }>;

/** How a branch goes on: the user's settings for the text's document. */
export interface BranchSettings {
  readonly config: GenerationConfig;
  /** Alternatives per token, 0 to 100. */
  readonly topAlternatives: number;
}

/** The panel's side: what can be sent to it while it is shown. */
export interface BranchesView {
  show(branches: Branches): void;
  append(delta: BranchDelta): void;
}

/** What this needs. */
export interface BranchesOptions {
  readonly models: Pick<ModelClient, "generate">;
  readonly store: { readonly state: InspectorState };
  readonly clock: Clock;
  /** Null when a setting is wrong, which the user was told. */
  settings(state: BranchingState): BranchSettings | null;
}

/** Holds the branches of one text at a time: of the last one of which one began. */
export class BranchStore {
  #branches: Branches = { text: null, items: [] };
  #view: BranchesView | undefined;
  #nextId = 1;
  readonly #running = new Map<number, AbortController>();
  /** Tokens that are not sent yet, by branch. */
  #pending = new Map<number, GeneratedToken[]>();
  #timer: Disposable | undefined;

  constructor(private readonly options: BranchesOptions) {}

  /** All branches, streamed tokens included. */
  get branches(): Branches {
    this.#merge();
    return this.#branches;
  }

  /** The branch of this id. */
  find(id: number): Branch | undefined {
    return this.branches.items.find((branch) => branch.id === id);
  }

  /**
   * Begins a branch and resolves when it ended; a failure is shown in it. Nothing happens when the panel shows another text by now, or
   * the alternative is none of that place. The oldest branch makes room.
   */
  async start({ text, index, id }: BranchStart): Promise<void> {
    const { state } = this.options.store;
    if (textNumber(state) !== text || (state.kind !== "scores" && state.kind !== "completion")) return;
    const alternative = alternativeAt(state, index, id);
    const settings = alternative && this.options.settings(state);
    if (!settings) return;
    if (this.#branches.text !== text) this.clear();
    while (this.#branches.items.length >= maxBranches) this.remove(this.#branches.items[0]?.id ?? 0);
    const branch: Branch = { id: this.#nextId++, index, alternative, tokens: [], status: { kind: "running" } };
    this.#show({ text, items: [...this.branches.items, branch] });
    await this.#run(branch, state, settings);
  }

  /** Stops a branch, which keeps what it has. */
  stop(id: number): void {
    this.#running.get(id)?.abort();
  }

  /** Stops a branch and forgets it. */
  remove(id: number): void {
    this.stop(id);
    this.#running.delete(id);
    this.#pending.delete(id);
    const items = this.branches.items.filter((branch) => branch.id !== id);
    if (items.length < this.#branches.items.length) this.#show({ ...this.#branches, items });
  }

  /** Stops and forgets all. */
  clear(): void {
    for (const { id } of this.branches.items) this.stop(id);
    this.#running.clear();
    this.#show({ text: null, items: [] });
  }

  /** The panel is shown and listens: it gets all branches now, and what changes from here on. */
  attach(view: BranchesView): void {
    this.#view = view;
    view.show(this.branches);
  }

  /** The panel is hidden or gone. */
  detach(): void {
    this.#view = undefined;
  }

  async #run(branch: Branch, state: BranchingState, { config, topAlternatives }: BranchSettings): Promise<void> {
    const controller = new AbortController();
    const { id, index, alternative } = branch;
    this.#running.set(id, controller);
    const current = () => this.#running.get(id) === controller;
    const params = {
      model: state.reference,
      prompt: branchPrompt(state, index, alternative.id),
      config: { ...config, maxNewTokens: Math.min(config.maxNewTokens, branchLength - 1) },
      topAlternatives,
      priority: "interactive",
    } as const;
    const onEvent = (event: GenerateEvent) => {
      if (event.kind === "token" && current()) this.#append(id, event.token);
    };
    const status = await ended(this.options.models.generate(params, { signal: controller.signal, onEvent }));
    if (!current()) return; // removed
    this.#running.delete(id);
    const items = this.branches.items.map((one) => (one.id === id ? { ...one, status } : one));
    this.#show({ ...this.#branches, items });
  }

  #append(id: number, token: GeneratedToken): void {
    this.#pending.set(id, [...(this.#pending.get(id) ?? []), token]);
    this.#timer ??= this.options.clock.after(deltaIntervalMs, () => this.#flush());
  }

  #flush(): void {
    for (const [id, tokens] of this.#merge()) this.#view?.append({ id, tokens });
  }

  /** Moves the pending tokens into the branches, and returns them. */
  #merge(): ReadonlyMap<number, readonly GeneratedToken[]> {
    const pending = this.#pending;
    this.#timer?.dispose();
    this.#timer = undefined;
    if (pending.size === 0) return pending;
    this.#pending = new Map();
    const items = this.#branches.items.map((branch) => {
      const more = pending.get(branch.id);
      return more ? { ...branch, tokens: [...branch.tokens, ...more] } : branch;
    });
    this.#branches = { ...this.#branches, items };
    return pending;
  }

  #show(branches: Branches): void {
    this.#branches = branches;
    this.#view?.show(branches);
  }
}

/** Which text is shown: `text` of scores, `run` of a completion; null where there is none. */
export function textNumber(state: InspectorState): number | null {
  if (state.kind === "scores") return state.text;
  return state.kind === "completion" ? state.run : null;
}

/** Alternative and continuation as text, whole characters even where the alternative is a part of one. */
export function branchText({ alternative, tokens }: Branch): string {
  const bytes = [alternative, ...tokens].map(({ text, bytes }) =>
    bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, "hex"),
  );
  return Buffer.concat(bytes).toString();
}

/** One of the tokens that were most probable at a place, or the one that stands there. */
function alternativeAt({ tokens }: BranchingState, index: number, id: number): Alternative | undefined {
  const token = tokens[index];
  if (!token?.prediction) return undefined;
  const found = token.prediction.top.find((one) => one.id === id);
  if (found || token.id !== id) return found;
  const { text, bytes, prediction } = token;
  return { id, text, ...(bytes === undefined ? {} : { bytes }), logprob: prediction.logprob };
}

/** Exactly the tokens before the place, and then the alternative. */
function branchPrompt(state: BranchingState, index: number, id: number): TokenPrompt {
  const ids = [...state.tokens.slice(0, index).map((token) => token.id), id];
  return state.kind === "completion" ? { text: state.prompt, ids } : { ids };
}

async function ended(generation: ReturnType<ModelClient["generate"]>): Promise<Branch["status"]> {
  try {
    return { kind: "finished", reason: (await generation).finishReason };
  } catch (error) {
    if (error instanceof CancelledError) return { kind: "finished", reason: "cancelled" };
    return { kind: "failed", error: toErrorInfo(error) };
  }
}

/** Whether an alternative is text by itself, so that it can stand in a document. */
export function isWhole({ bytes }: Pick<Alternative, "bytes">): boolean {
  return bytes === undefined;
}
