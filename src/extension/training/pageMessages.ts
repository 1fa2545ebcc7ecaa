/** What the training panel's page tells, and what is done with it. It comes from a webview: checked. Knows nothing of VS Code. */
import type { NotificationType } from "vscode-messenger-common";
import * as z from "zod";
import { type ExportedFile, exportFile } from "../../runtime/analysisPanelProtocol";
import { openLog } from "../../runtime/panelProtocol";
import {
  beginTraining,
  chooseFile,
  controlTraining,
  editFineTune,
  editPretrain,
  repeatTraining,
  resumeTraining,
  revealTrained,
  showRunning,
  startTraining,
  useTrained,
} from "../../runtime/trainingPanelProtocol";
import type { TrainingRecord } from "../../runtime/trainingProtocol";
import type { TrainingLab } from "./trainingLab";
import { fineTuneValuesSchema, pretrainValuesSchema } from "./valueSchemas";

/** What the panel's buttons do beyond the lab itself. */
export interface TrainingHandlers {
  begin(kind: "finetune" | "pretrain"): unknown;
  /** Classify selections with the fine-tuned model in this folder, or use the pre-trained one. */
  use(folder: string, kind: TrainingRecord["kind"]): unknown;
  reveal(folder: string): unknown;
  /** Shows the other long work that is under way. */
  showOther(): unknown;
  /** Takes what the page sent, unchecked. */
  exportFile(file: ExportedFile): unknown;
  openLog(): unknown;
}

/** A message of the page. */
export interface PageMessage {
  readonly type: NotificationType<unknown>;
  /** Throws a `ZodError` for parameters that are none of ours, and does nothing then. */
  hear(params: unknown): unknown;
}

const form = z.object({ form: z.number() });
const run = z.object({ run: z.number() });
const edited = form.extend({ revision: z.number() });
const chosen = form.extend({ what: z.enum(["path", "dev", "test", "root", "model", "tokenizerFrom"]) });

/** Every message but the one that the page is ready. */
export function pageMessages(lab: TrainingLab, handlers: TrainingHandlers): readonly PageMessage[] {
  return [
    message(editFineTune, edited.extend({ values: fineTuneValuesSchema }), (edit) =>
      lab.editFineTune(edit.form, edit.revision, edit.values),
    ),
    message(editPretrain, edited.extend({ values: pretrainValuesSchema }), (edit) =>
      lab.editPretrain(edit.form, edit.revision, edit.values),
    ),
    message(chooseFile, chosen, (asked) => lab.chooseFile(asked.form, asked.what)),
    message(startTraining, form, (asked) => lab.start(asked.form)),
    message(controlTraining, z.enum(["pause", "stop"]), (action) => lab.control(action)),
    message(resumeTraining, run, (asked) => lab.resumeShown(asked.run)),
    message(repeatTraining, run, (asked) => lab.repeat(asked.run)),
    message(useTrained, run, (asked) => {
      const { model, record } = lab.shownRun(asked.run)?.view(null) ?? {};
      return model && record ? handlers.use(model, record.kind) : undefined;
    }),
    message(revealTrained, run, (asked) => {
      const shown = lab.shownRun(asked.run);
      const folder = shown?.view(null).model ?? shown?.folder;
      return folder ? handlers.reveal(folder) : undefined;
    }),
    message(beginTraining, z.enum(["finetune", "pretrain"]), (kind) => handlers.begin(kind)),
    { type: showRunning, hear: () => (lab.running ? lab.showCurrent() : handlers.showOther()) },
    { type: openLog, hear: () => handlers.openLog() },
    { type: exportFile, hear: (file) => handlers.exportFile(file as ExportedFile) },
  ];
}

function message<P>(type: NotificationType<P>, schema: z.ZodType<P>, use: (params: P) => unknown): PageMessage {
  return { type, hear: (params) => use(schema.parse(params)) };
}
