/** What the comparison panel's page tells and asks, and what is done about it. It comes from a webview: checked. Knows nothing of VS Code. */
import type { NotificationType, RequestType } from "vscode-messenger-common";
import * as z from "zod";
import { copyText, type ExportedFile, exportFile, type PanelAnswer } from "../../runtime/analysisPanelProtocol";
import { itemsFilterForm } from "../../runtime/comparison/itemsFilterForm";
import {
  askItems,
  askReplay,
  type DataPlace,
  exportReport,
  type ItemsQuestion,
  openComparisonFile,
  openDataPlace,
  pauseComparison,
  type ReplayQuestion,
  repeatComparison,
  resumeComparison,
  showSuspicions,
  startComparison,
  useTrainedArm,
} from "../../runtime/comparisonPanelProtocol";
import { comparisonReportForms } from "../../runtime/comparisonProtocol";
import type { ComparisonRecord } from "../../runtime/comparisonRecord";
import type { ReportSuspicion } from "../../runtime/comparisonReport";
import { openLog } from "../../runtime/panelProtocol";
import type { WorkProgress } from "../../runtime/protocol";
import type { ComparisonLab } from "./comparisonLab";
import { baseFolder } from "./dataPlaces";

/** What the panel's buttons do beyond the lab itself. */
export interface ComparisonHandlers {
  /** Shows the comparison file with the text that it had. */
  openFile(record: ComparisonRecord): unknown;
  /** Opens a comparison file that is not run yet. */
  openPlanned(path: string): unknown;
  /** Shows a line (from 1) of a file that the comparison names. */
  openData(record: ComparisonRecord, place: Pick<DataPlace, "file" | "line">): unknown;
  /** Shows labels that look wrong as warnings. `folder`: absolute; what their files' paths are relative to. */
  showSuspicions(folder: string, suspicions: readonly ReportSuspicion[]): unknown;
  /** Classify selections with the fine-tuned model in this folder. */
  use(folder: string): unknown;
  /** Takes what the page sent, unchecked. */
  exportFile(file: ExportedFile): unknown;
  copyText(text: string): unknown;
  openLog(): unknown;
}

/** A message of the page. */
export interface PageMessage {
  readonly type: NotificationType<unknown>;
  /** Throws a `ZodError` for parameters that are none of ours, and does nothing then. */
  hear(params: unknown): unknown;
}

/** How a question of the page is answered. */
export interface QuestionContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WorkProgress) => void;
}

/** A question of the page. */
export interface PageQuestion {
  readonly type: RequestType<unknown, PanelAnswer<unknown>>;
  /** Throws a `ZodError` for parameters that are none of ours. */
  answer(params: unknown, context: QuestionContext): Promise<PanelAnswer<unknown>>;
}

const number = z.int().min(0);
const shown = z.object({ shown: z.number() });
const itemsQuestion: z.ZodType<ItemsQuestion> = shown.extend(itemsFilterForm);
const replayQuestion: z.ZodType<ReplayQuestion> = shown.extend({ arm: number, seed: number, item: number });
const places = {
  data: shown.extend({ file: z.string().min(1).max(10_000), line: number }),
  arm: shown.extend({ arm: number }),
  export: shown.extend({ form: z.enum(comparisonReportForms) }),
};

/** Every message but the one that the page is ready. */
export function pageMessages(lab: ComparisonLab, handlers: ComparisonHandlers): readonly PageMessage[] {
  const run = (asked: { readonly shown: number }) => lab.shownRun(asked.shown);
  return [
    message(startComparison, shown, (asked) => lab.start(asked.shown)),
    message(pauseComparison, shown, (asked) => (lab.shows(asked.shown) ? lab.pause() : undefined)),
    message(resumeComparison, shown, (asked) => lab.resumeShown(asked.shown)),
    message(repeatComparison, shown, (asked) => lab.repeat(asked.shown)),
    message(openComparisonFile, shown, (asked) => {
      const record = run(asked)?.record;
      if (record) return handlers.openFile(record);
      const path = lab.plannedPath(asked.shown);
      return path && handlers.openPlanned(path);
    }),
    message(exportReport, places.export, (asked) => {
      const folder = run(asked)?.folder;
      return folder === undefined ? undefined : lab.export(folder, asked.form);
    }),
    message(openDataPlace, places.data, (asked) => {
      const record = run(asked)?.record;
      return record && handlers.openData(record, { file: asked.file, line: asked.line });
    }),
    message(showSuspicions, shown, (asked) => {
      const report = run(asked)?.report;
      return report && handlers.showSuspicions(baseFolder(report.record), report.suspicions);
    }),
    message(useTrainedArm, places.arm, (asked) => {
      const folder = run(asked)?.trainedModel(asked.arm);
      return folder && handlers.use(folder);
    }),
    { type: openLog, hear: () => handlers.openLog() },
    { type: exportFile, hear: (file) => handlers.exportFile(file as ExportedFile) },
    { type: copyText, hear: (text) => handlers.copyText(z.string().parse(text)) },
  ];
}

/** Every question. */
export function pageQuestions({ questions }: Pick<ComparisonLab, "questions">): readonly PageQuestion[] {
  return [
    question(askItems, itemsQuestion, (asked, { signal }) => questions.items(asked, signal)),
    question(askReplay, replayQuestion, (asked, context) => questions.replay(asked, context)),
  ];
}

function message<P>(type: NotificationType<P>, schema: z.ZodType<P>, use: (params: P) => unknown): PageMessage {
  return { type, hear: (params) => use(schema.parse(params)) };
}

function question<P, T>(
  type: RequestType<P, PanelAnswer<T>>,
  schema: z.ZodType<P>,
  answer: (params: P, context: QuestionContext) => Promise<PanelAnswer<T>>,
): PageQuestion {
  return { type, answer: async (params, context) => answer(schema.parse(params), context) };
}
