/** The scored text as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import { surprisalBits } from "../../shared/format";
import { surprisalLevel } from "../../shared/surprisalScale";
import { plainToken, tokenBytes } from "../../shared/tokenText";
import type { ExportableView, Scores, ViewTable } from "../viewContext";
import { type FlowPart, flowDrawing } from "./flowDrawing";

/** The tab Tokens, which shows the state and nothing else. */
export function tokensExport(state: Scores): ExportableView {
  return {
    currentTable: () => tokensTable(state),
    currentPicture: async () => ({ drawing: flowDrawing(l10n.t("{0}: surprisal", state.title), [tokensFlow(state)]) }),
  };
}

/** One row per token; the first has no prediction. Places count from 0, as in the views of the inside. */
export function tokensTable({ tokens }: Scores): ViewTable {
  return {
    title: l10n.t("Token probabilities"),
    columns: ["place", "token", "id", "bytes", "probability", "logprob", "bits", "rank", "entropyBits", "mostProbable"],
    rows: tokens.map((token, place) => {
      const { prediction } = token;
      const known = [place, plainToken(token), token.id, tokenBytes(token)];
      if (!prediction) return [...known, null, null, null, null, null, null];
      const { logprob, rank, entropy, top } = prediction;
      const numbers = [Math.exp(logprob), logprob, surprisalBits(logprob), rank, entropy];
      return [...known, ...numbers, top[0] ? plainToken(top[0]) : null];
    }),
  };
}

/** The tokens coloured by surprisal. */
export function tokensFlow({ tokens }: Scores): FlowPart {
  return {
    title: "",
    chips: tokens.map((token) => {
      const { prediction } = token;
      const fill = prediction
        ? (`surprisal-${surprisalLevel(surprisalBits(prediction.logprob))}` as const)
        : "background";
      const ink = fill === "background" ? "foreground" : (`${fill}-text` as const);
      return { text: plainToken(token), fill, ink, ends: token.text.includes("\n") };
    }),
  };
}
