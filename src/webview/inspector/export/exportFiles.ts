/** What a view gives away, as files. Pure, but for pixels, which a canvas makes. */
import type { ExportedFile } from "../../../runtime/analysisPanelProtocol";
import { tableCsv } from "../../shared/csv";
import { drawingSvg, type Painter, svgPng } from "../../shared/drawing";
import type { NumberFormats } from "../../shared/format";
import { comparisonFlow } from "../comparison/comparisonExport";
import { type Comparison, unitsOf } from "../comparison/units";
import type { ExportableView, Scores, ViewPicture, ViewTable } from "../viewContext";
import { exportFacts } from "./facts";
import { viewMarkdown } from "./markdown";
import { base64, reportHtml } from "./report";
import { tokensFlow } from "./tokensExport";

/** What is exported, and with what it is drawn. */
export interface ExportJob {
  readonly state: Scores | Comparison;
  readonly view: ExportableView;
  /** Whether the view's picture is another than the coloured text, which a report has anyway. */
  readonly pictured: boolean;
  readonly formats: NumberFormats;
  readonly paint: Painter;
  /** BCP 47 tag. */
  readonly language: string;
  readonly now: Date;
}

/** A file of the open view; null while it has nothing to show. */
export async function exportedFile(format: ExportedFile["format"], job: ExportJob): Promise<ExportedFile | null> {
  const table = job.view.currentTable();
  if (!table) return null;
  const name = `${job.state.title} - ${table.title}`;
  const file = (content: string | Uint8Array | null) => (content === null ? null : { name, format, content });
  switch (format) {
    case "csv":
      return file(tableCsv(table));
    case "json":
      return file(`${JSON.stringify(exportedJson(job, table), null, 2)}\n`);
    case "md":
      return file(viewMarkdown(job.state.title, exportFacts(job.state, job.now, job.formats), table));
    case "html":
      return file(await report(job, table));
    case "svg":
      return file(svgOf(await job.view.currentPicture(), job.paint, table.title));
    case "png":
      return file(await pngOf(await job.view.currentPicture(), job.paint));
    default:
      return format satisfies never;
  }
}

/** Everything as numbers, with what is needed to get them again. */
function exportedJson({ state, now }: ExportJob, table: ViewTable): unknown {
  const { title } = state;
  const about = { title, exported: now.toISOString() };
  const sums = ({ label, model, summary, truncation }: Comparison["a"]) => ({ label, model, summary, truncation });
  if (state.kind === "comparison") {
    return { ...about, a: sums(state.a), b: sums(state.b), heads: state.heads, headsReason: state.headsReason, table };
  }
  const { model, reference, summary, truncation, tokens } = state;
  return { ...about, model, settings: reference, summary, truncation, ids: tokens.map(({ id }) => id), table };
}

async function report({ state, view, pictured, formats, language, now }: ExportJob, table: ViewTable): Promise<string> {
  const texts =
    state.kind === "scores"
      ? [tokensFlow(state)]
      : (["a", "b"] as const).map((side) => comparisonFlow(state, unitsOf(state), side));
  const picture = pictured ? await view.currentPicture() : null;
  return reportHtml({ title: state.title, language, facts: exportFacts(state, now, formats), texts, picture, table });
}

function svgOf(picture: ViewPicture | null, paint: Painter, label: string): string | null {
  if (!picture) return null;
  if ("drawing" in picture) return drawingSvg(picture.drawing, paint);
  return "svg" in picture ? picture.svg : wrapped(picture.png, label);
}

/** Pixels in an SVG document, for programs that want one. */
function wrapped(png: Uint8Array, label: string): string {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  // The header chunk of every PNG file: width and height are its first two numbers.
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const drawing = drawingSvg({ label, width, height, marks: [] }, () => "none");
  return drawing.replace(
    "</svg>",
    `<image width="${width}" height="${height}" href="data:image/png;base64,${base64(png)}"/>\n</svg>`,
  );
}

async function pngOf(picture: ViewPicture | null, paint: Painter): Promise<Uint8Array | null> {
  if (!picture) return null;
  if ("png" in picture) return picture.png;
  return svgPng("svg" in picture ? picture.svg : drawingSvg(picture.drawing, paint));
}
