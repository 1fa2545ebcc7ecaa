/** What a prediction hangs on, as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import type { Salience } from "../../../runtime/trainingProtocol";
import type { Drawing } from "../../shared/drawing";
import { plainToken, type TokenLike } from "../../shared/tokenText";
import { toBits } from "../ablation/sentences";
import { flowDrawing } from "../export/flowDrawing";
import type { ViewTable } from "../viewContext";
import { salienceScale } from "./salienceScale";

/** What was followed, in words. */
export function followedName({ target }: Salience, kind: "token" | "label"): string {
  return kind === "label" ? l10n.t("the label {0}", target.text) : plainToken(target);
}

/** One row per token, in the text's order. Places count from 0. */
export function salienceTable({ tokens, target }: Salience, text: readonly TokenLike[]): ViewTable {
  return {
    title: l10n.t("Salience: gradient × input"),
    columns: ["place", "token", "gradientTimesInputNats", "gradientTimesInputBits", "normNats", "followed", "logprob"],
    rows: tokens.map((token, place) => [
      place,
      plainToken(text[place] ?? token),
      token.gradientTimesInput,
      toBits(token.gradientTimesInput),
      token.norm,
      target.text,
      target.logprob,
    ]),
  };
}

/** The tokens coloured by what each does to the prediction. */
export function salienceDrawing({ tokens }: Salience, text: readonly TokenLike[], name: string): Drawing {
  const bits = tokens.map(({ gradientTimesInput }) => toBits(gradientTimesInput));
  const scale = salienceScale(bits);
  const chips = tokens.map((own, i) => {
    const { fill, text: ink } = scale.paint(bits[i] ?? 0);
    const token = text[i] ?? own;
    return { text: plainToken(token), fill, ink, ends: token.text.includes("\n") };
  });
  return flowDrawing(l10n.t("What the prediction of {0} hangs on", name), [{ title: "", chips }]);
}
