/** What a prediction hangs on, as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import type { Salience } from "../../../runtime/analysisProtocol";
import type { ScoredToken } from "../../../runtime/protocol";
import type { Drawing } from "../../shared/drawing";
import { plainToken } from "../../shared/tokenText";
import { watchable } from "../ablation/ablationSections";
import { toBits } from "../ablation/sentences";
import { flowDrawing } from "../export/flowDrawing";
import type { ViewTable } from "../viewContext";
import { salienceScale } from "./salienceScale";
import type { Followed } from "./salienceSections";

/** What stands in tables for what was followed: the label, or the token as it is shown. */
export function followedText(followed: Followed, token: ScoredToken | null): string {
  if (followed.kind === "label") return followed.label;
  const found = token && watchable(token).find(({ id }) => id === followed.id);
  return found ? plainToken(found) : String(followed.id);
}

/** One row per token, in the text's order. Places count from 0. */
export function salienceTable(
  { tokens: found, logprob }: Salience,
  tokens: readonly ScoredToken[],
  followed: string,
): ViewTable {
  return {
    title: l10n.t("Salience: gradient × input"),
    columns: ["place", "token", "gradientTimesInputNats", "gradientTimesInputBits", "normNats", "followed", "logprob"],
    rows: pairs(found, tokens).map(([token, { gradientTimesInput, norm }], place) => [
      place,
      plainToken(token),
      gradientTimesInput,
      toBits(gradientTimesInput),
      norm,
      followed,
      logprob,
    ]),
  };
}

/** The tokens coloured by what each does to the prediction, which is named in the title. */
export function salienceDrawing({ tokens: found }: Salience, tokens: readonly ScoredToken[], name: string): Drawing {
  const scale = salienceScale(found.map(({ gradientTimesInput }) => toBits(gradientTimesInput)));
  const chips = pairs(found, tokens).map(([token, { gradientTimesInput }]) => {
    const { fill, text: ink } = scale.paint(toBits(gradientTimesInput));
    return { text: plainToken(token), fill, ink, ends: token.text.includes("\n") };
  });
  return flowDrawing(l10n.t("What the prediction of {0} hangs on", name), [{ title: "", chips }]);
}

/** The text's tokens as far as there is an answer about them. */
function pairs(found: Salience["tokens"], tokens: readonly ScoredToken[]) {
  return found.flatMap((one, i) => {
    const token = tokens[i];
    return token ? [[token, one] as const] : [];
  });
}
