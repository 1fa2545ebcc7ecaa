/** Asks for a matrix stretch by stretch. */
import { askMatrix } from "../../../runtime/analysisPanelProtocol";
import type { MatrixSource } from "../../../runtime/analysisProtocol";
import type { ViewContext } from "../viewContext";
import type { Asking } from "./asking";
import { type AttentionMap, emptyMap, placeRows, stretches } from "./attentionMap";

/** The question for queries `window` of a matrix, those around `query` first. `onPart` hears of the map whenever rows have arrived. */
export function mapQuestion(
  { state, actions }: ViewContext,
  source: MatrixSource,
  window: readonly [number, number],
  query: number,
  onPart: (map: AttentionMap) => void,
): Asking<AttentionMap> {
  return {
    name: `matrix ${JSON.stringify(source)} ${window[0]}`,
    size: ({ levels }) => levels.reduce((sum, { values }) => sum + values.byteLength, 0),
    async ask(signal) {
      const map = emptyMap(window, state.tokens.length);
      for (const rows of stretches(map, query)) {
        const answer = await actions.ask(askMatrix, { text: state.text, source, rows }, signal);
        if (answer.kind !== "ready") return answer;
        placeRows(map, rows[0], answer.value.data);
        onPart(map);
      }
      return { kind: "ready", value: map };
    },
  };
}
