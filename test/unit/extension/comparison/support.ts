import { ComparisonLab } from "../../../../src/extension/comparison/comparisonLab";
import type {
  ComparisonHost,
  ComparisonParts,
  EndedComparison,
  ReportFile,
} from "../../../../src/extension/comparison/comparisonParts";
import type { CallOptions } from "../../../../src/extension/runtimeClient";
import type { ComparisonPanelState } from "../../../../src/runtime/comparisonPanelProtocol";
import type { ComparisonResult } from "../../../../src/runtime/comparisonProtocol";
import type { ComparisonEvent, ComparisonPlan, ComparisonRecord } from "../../../../src/runtime/comparisonRecord";
import { CancelledError, invalidRequest } from "../../../../src/runtime/errors";
import { plan, runningRecord } from "../../../webview/comparisonStates";
import { FakeClock, recordingLogger } from "../support";

/** The comparison file of the tests. */
export const path = "/w/reviews.compare.yaml";
/** The folder of the run that `fakeLab` makes. */
export const folder = "/w/.gpt-workbench/runs/1-reviews";
/** Its record when it begins. */
export const record: ComparisonRecord = { ...runningRecord(), state: "running", units: { done: 0, total: 78 } };

/** A request that waits for the test to answer it. */
export interface Asked<R, E = unknown> {
  readonly method: string;
  readonly params: unknown;
  readonly options: CallOptions<E>;
  /** Answers, and waits until the lab has seen to it. */
  answer(result: R): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Lets what waits for nothing but promises go on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
}

/** A lab whose runtime does what a test says. `stored` are files by path, `texts` those that editors have. */
export function fakeLab(stored: Readonly<Record<string, string>> = {}, texts: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const log = recordingLogger();
  const seen = {
    revealed: 0,
    remembered: [] as (string | null)[],
    ended: [] as EndedComparison[],
    saved: [] as ReportFile[],
    stored: [] as string[],
    /** Name of a training under way. */
    other: null as string | null,
    /** Whether stored runs may not be gone on with. */
    untrusted: false,
  };
  const asked: Asked<never, ComparisonEvent>[] = [];
  const ask =
    (method: string) =>
    (params: unknown, options: CallOptions<never> = {}): Promise<never> => {
      let resolve: (result: never) => void = () => undefined;
      let reject: (error: Error) => void = () => undefined;
      const promise = new Promise<never>((onResult, onError) => {
        [resolve, reject] = [onResult, onError];
      });
      asked.push({
        ...{ method, params, options: options as CallOptions<ComparisonEvent> },
        answer: async (result) => {
          resolve(result);
          await settled();
        },
        fail: async (error) => {
          reject(error);
          await settled();
        },
      });
      return promise;
    };
  const client: ComparisonParts["client"] = {
    ...{ plan: ask("plan"), run: ask("run"), resume: ask("resume"), report: ask("report") },
    ...{ items: ask("items"), export: ask("export"), replay: ask("replay") },
  };
  const host: ComparisonHost = {
    params: async (source, arms) => {
      if (source.text === "wrong settings") throw invalidRequest("the settings are wrong");
      const own = {
        model: "/models/starter",
        store: "/models",
        device: "cpu",
        runs: "/w/.gpt-workbench/runs",
      } as const;
      return { source, ...own, ...(arms ? { arms } : {}) };
    },
    checkStored: async () => {
      if (seen.untrusted) throw invalidRequest("this workspace is not trusted");
    },
    currentText: async (file) => texts[file] ?? null,
    other: () => seen.other,
    reveal: () => void seen.revealed++,
    remember: (remembered) => void seen.remembered.push(remembered),
    ended: (end) => void seen.ended.push(end),
    save: async (file) => void seen.saved.push(file),
  };
  const files: ComparisonParts["files"] = {
    read: async (at, name) => {
      const text = stored[`${at}/${name}`];
      return text === undefined ? null : new TextEncoder().encode(text);
    },
  };
  const lab = new ComparisonLab({ client, files, host, clock, log });
  lab.onDidStoreRun((one) => seen.stored.push(one));
  /** The last request of this method; throws where there is none. */
  const last = <R>(method: string): Asked<R, ComparisonEvent> => {
    const found = asked.findLast((one) => one.method === method);
    if (!found) throw new Error(`no request ${method}: ${asked.map((one) => one.method).join(", ")}`);
    return found as unknown as Asked<R, ComparisonEvent>;
  };
  const stateOf = <K extends ComparisonPanelState["kind"]>(kind: K): Extract<ComparisonPanelState, { kind: K }> => {
    const { state } = lab;
    if (state.kind !== kind) throw new Error(`the panel shows ${state.kind}`);
    return state as Extract<ComparisonPanelState, { kind: K }>;
  };
  const helpers = {
    planned: () => last<ComparisonPlan>("plan").answer(plan),
    begin: () => last("run").options.onEvent?.({ kind: "begin", folder, record }),
    ends: (result: Partial<ComparisonResult> & { readonly record: ComparisonRecord }) =>
      last<ComparisonResult>("run").answer({ folder, report: null, ...result }),
    cancelled: (method: string) => last(method).fail(new CancelledError()),
  };
  return { lab, clock, log, seen, asked, last, stateOf, ...helpers };
}
