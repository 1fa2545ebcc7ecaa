/** Models and a workbench for the tests of the Models view and its commands. */
import assert from "node:assert/strict";
import type { Secrets } from "../../../src/extension/commands/hubToken";
import type { Choice, Confirmation, Dialogs, FolderUri, InputOptions, OpenText } from "../../../src/extension/dialogs";
import { Emitter } from "../../../src/extension/emitter";
import type { MessageAction } from "../../../src/extension/messages";
import { ModelClient, type Runtime } from "../../../src/extension/modelClient";
import { type ListedModel, ModelStore } from "../../../src/extension/modelStore";
import type { CallOptions } from "../../../src/extension/runtimeClient";
import type { Resolved } from "../../../src/extension/settings";
import type { RuntimeState } from "../../../src/extension/states";
import type { ModelWorkbench } from "../../../src/extension/workbench";
import type { InstalledModel, MemoryNeed, ModelDescription } from "../../../src/runtime/modelsProtocol";
import type { WorkProgress } from "../../../src/runtime/protocol";
import { greedy, modelInfo, recordingLogger } from "./support";

/** Memory of that total. */
export function memoryNeed(total: number): MemoryNeed {
  return { weights: total / 2, cache: total / 4, workspace: total / 4, total };
}

/** What a model takes on the CPU, and on every graphics card. */
export function memoryNeeds(cpu: number, others: number): ModelDescription["memory"] {
  const [host, own] = [memoryNeed(cpu), memoryNeed(others)];
  return { cpu: host, webgpu: own, cuda: own, directml: own, coreml: own };
}

/** GPT-2 small. */
export const description: ModelDescription = {
  modelType: "gpt2",
  precision: "F32",
  parameterCount: 124_439_808,
  fileBytes: 548_105_171,
  nLayer: 12,
  nHead: 12,
  nEmbd: 768,
  nInner: 3072,
  nPositions: 1024,
  vocabSize: 50_257,
  attention: Array.from({ length: 12 }, () => "dense"),
  hasTokenizer: true,
  memory: memoryNeeds(800e6, 640e6),
};

/** A folder of the user's, ready to load. */
export const gpt2: InstalledModel = {
  id: "a1",
  name: "gpt2",
  folder: "/models/gpt2",
  origin: { kind: "folder" },
  state: { kind: "ready", description },
};

/** The starter, as it is listed. */
export const starter: ListedModel = {
  id: "/starter",
  name: "starter",
  folder: "/ext/starter",
  origin: { kind: "starter" },
  state: { kind: "ready", description },
};

/** One that lies in the store. */
export const downloaded: InstalledModel = {
  ...gpt2,
  id: "b2",
  name: "openai-community/gpt2",
  folder: "/store/b2",
  origin: {
    kind: "hub",
    endpoint: "https://hub.example",
    repo: "openai-community/gpt2",
    revision: "607a30d783dfa663caf39e06633721c8d4cfcd7e",
  },
};

/** Usable settings: the starter, on any device. */
export const resolved: Extract<Resolved, { kind: "ok" }> = {
  kind: "ok",
  config: {
    model: "",
    device: "auto",
    modelDevices: {},
    contextLength: 0,
    generation: greedy,
    topAlternatives: 10,
    hubEndpoint: "https://hub.example",
    modelsFolder: "",
    inlineCompletions: {
      enabled: false,
      languages: { "*": true },
      minConfidence: 0.5,
      debounceMs: 75,
      maxNewTokens: 48,
      candidates: 3,
      notebooks: false,
      inUntrustedWorkspaces: false,
    },
    surprisal: { scale: "buckets", overviewRuler: false },
  },
  model: { folder: "/ext/starter", device: "auto" },
  store: "/store",
};

/** A request that the runtime was asked. */
export interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** An answer of the runtime: a value, or a function that makes or throws one. */
export type Answers = Readonly<
  Record<string, unknown | ((params: Record<string, unknown>, options: CallOptions) => unknown)>
>;

/** What a user says, in order; running out of answers fails the test. */
export interface UserAnswers {
  readonly inputs?: readonly (string | undefined)[];
  /** Labels of the choices to take. */
  readonly choices?: readonly (string | undefined)[];
  readonly confirms?: readonly boolean[];
  readonly folder?: FolderUri | undefined;
  readonly text?: OpenText | undefined;
  readonly revealed?: boolean;
  /** Cancels the n-th progress, counted from 0, as soon as it shows. */
  readonly cancels?: number;
}

/** A message with its buttons. */
export interface Told {
  readonly kind: "info" | "error" | "problems";
  readonly text: string;
  readonly actions: readonly MessageAction[];
}

/** Everything that was shown and done. */
export interface Seen {
  readonly asked: Asked[];
  readonly told: Told[];
  readonly confirmations: Confirmation[];
  readonly choices: { readonly title: string; readonly labels: readonly string[] }[];
  readonly inputs: InputOptions[];
  readonly progress: { readonly title: string; readonly reports: WorkProgress[] }[];
  readonly updates: [key: string, value: unknown][];
  readonly secrets: Map<string, string>;
  readonly log: readonly string[];
}

/** A workbench whose runtime and user answer as told. */
export function fakeWorkbench(
  answers: Answers = {},
  user: UserAnswers = {},
  settings: Resolved = resolved,
): { readonly workbench: ModelWorkbench; readonly seen: Seen } {
  const logger = recordingLogger();
  const seen: Seen = {
    ...{ asked: [], told: [], confirmations: [], choices: [], inputs: [], progress: [], updates: [] },
    secrets: new Map(),
    log: logger.lines,
  };
  const runtime = fakeRuntime(answers, seen);
  const tell =
    (kind: Told["kind"]) =>
    (text: string, ...actions: readonly MessageAction[]) =>
      void seen.told.push({ kind, text, actions });
  const workbench: ModelWorkbench = {
    log: logger,
    messages: {
      info: tell("info"),
      error: tell("error"),
      problems: (problems) => tell("problems")(problems.join(" ")),
    },
    dialogs: fakeDialogs(user, seen),
    settings: {
      resolve: () => settings,
      update: async (key, value) => void seen.updates.push([key, value]),
    },
    secrets: fakeSecrets(seen.secrets),
    models: new ModelClient(runtime),
    modelStore: new ModelStore(runtime, "/ext/starter"),
  };
  return { workbench, seen };
}

/** Presses a button of the last message. */
export async function press({ told }: Seen, title: string): Promise<void> {
  const action = told.at(-1)?.actions.find((one) => one.title === title);
  await (action ?? assert.fail(`no button ${title}`)).run();
}

/** A runtime that answers from a table; `model/load` always works unless the table says otherwise. */
function fakeRuntime(answers: Answers, seen: Seen): Runtime {
  const table: Answers = { "model/load": modelInfo, "model/unload": null, ...answers };
  const request = async (type: { method: string }, params: Record<string, unknown>, options: CallOptions = {}) => {
    seen.asked.push({ method: type.method, params });
    assert.ok(type.method in table, `${type.method} was not expected`);
    const answer = table[type.method];
    return typeof answer === "function" ? answer(params, options) : answer;
  };
  // The transport's types do not matter here: the answers are the test's.
  const never = { event: () => ({ dispose: () => undefined }) };
  return {
    request,
    onDidChangeState: new Emitter<RuntimeState>().event,
    onDidUseDevice: never.event,
    onDidFailDevice: never.event,
    onDidCrash: never.event,
  } as unknown as Runtime;
}

function fakeDialogs(user: UserAnswers, seen: Seen): Dialogs {
  const take = <T>(list: readonly T[] | undefined, taken: number, what: string): T => {
    if (!list || taken >= list.length) return assert.fail(`asked for ${what} once more than expected`);
    return list[taken] as T;
  };
  return {
    input: async (options) => {
      const typed = take(user.inputs, seen.inputs.push(options) - 1, "text");
      // VS Code accepts no text that has a problem.
      if (typed !== undefined) assert.equal(options.problem(typed), undefined);
      return typed;
    },
    choose: async <T>(title: string, choices: readonly Choice<T>[]) => {
      const labels = choices.map(({ label }) => label);
      const label = take(user.choices, seen.choices.push({ title, labels }) - 1, "a choice");
      if (label === undefined) return undefined;
      const chosen = choices.find((one) => one.label === label);
      return (chosen ?? assert.fail(`no choice ${label} in ${labels.join(", ")}`)).value;
    },
    confirm: async (confirmation) => take(user.confirms, seen.confirmations.push(confirmation) - 1, "a yes"),
    askFolder: async () => user.folder,
    withProgress: (title, work) => {
      const reports: WorkProgress[] = [];
      const controller = new AbortController();
      if (seen.progress.push({ title, reports }) - 1 === user.cancels) controller.abort();
      return work((report) => void reports.push(report), controller.signal);
    },
    openText: () => user.text,
    revealFolder: async () => user.revealed ?? true,
  };
}

function fakeSecrets(kept: Map<string, string>): Secrets {
  return {
    get: async (key) => kept.get(key),
    store: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
  };
}
