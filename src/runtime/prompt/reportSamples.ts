/** A run's answers as lm-evaluation-harness logs its own (`--log_samples`): JSON Lines, one for each cell. */
import type { PromptCell } from "../promptProtocol";
import type { ReportedRun } from "./reportTable";
import { logSumExp } from "./scoringRules";

/** The lines; the columns are told in docs/interop.md. */
export function samplesReport({ record, items, cells }: ReportedRun): string {
  return cells
    .map((cell) => {
      const { name, rule } = record.variants[cell.variant] ?? { name: String(cell.variant), rule: "" };
      return `${JSON.stringify({ ...sample(cell), doc: items[cell.item]?.fields ?? {}, variant: name, rule })}\n`;
    })
    .join("");
}

function sample(cell: PromptCell): Readonly<Record<string, unknown>> {
  const { item, candidates, gold, output, correct } = cell;
  const metric = candidates ? "acc" : "exact_match";
  const said = candidates?.map(({ words }) => [logSumExp(words.map(({ logprob }) => logprob))]) ?? [output];
  const number = candidates?.findIndex(({ answer }) => answer === gold) ?? -1;
  const asked = candidates?.map(({ words: [word] }, i) => [`gen_args_${i}`, { arg_1: word?.text ?? "" }]) ?? [];
  return {
    doc_id: item,
    target: candidates ? (number < 0 ? null : number) : gold,
    arguments: Object.fromEntries(asked),
    resps: said.map((one) => [one]),
    filtered_resps: said,
    filter: "none",
    metrics: [metric],
    ...(correct === null ? {} : { [metric]: correct ? 1 : 0 }),
  };
}
