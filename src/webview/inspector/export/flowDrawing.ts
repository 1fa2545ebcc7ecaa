/** Tokens as running text, coloured. Pure. */
import { type Drawing, fitMono, type Mark, monoLength, type Paint } from "../../shared/drawing";

/** A token, or several that stand for one. */
export interface FlowChip {
  readonly text: string;
  readonly fill: Paint;
  /** Of the text. */
  readonly ink: Paint;
  /** Whether the line ends behind it. */
  readonly ends: boolean;
}

/** A text with its title. */
export interface FlowPart {
  readonly title: string;
  readonly chips: readonly FlowChip[];
}

const width = 900;
const pad = 16;
const fontSize = 13;
const lineHeight = 23;
const gap = 2;

/** The texts, one below the other, wrapped to the width of a page. */
export function flowDrawing(label: string, parts: readonly FlowPart[]): Drawing {
  const marks: Mark[] = [];
  let y = pad + 14;
  const title = (text: string, size: number) => {
    marks.push({ kind: "text", x: pad, y, text, size, fill: "foreground", bold: true });
    y += lineHeight;
  };
  title(label, 14);
  for (const part of parts) {
    if (part.title) title(part.title, 13);
    y = addChips(marks, part.chips, y) + lineHeight / 2;
  }
  return { label, width, height: y + pad, marks };
}

/** Adds the chips of a text from the baseline `from` on; returns the next free baseline. */
function addChips(marks: Mark[], chips: readonly FlowChip[], from: number): number {
  let [x, y] = [pad, from];
  const widest = width - 2 * pad;
  for (const { text, fill, ink, ends } of chips) {
    const shown = fitMono(text, fontSize, widest - 4);
    const length = monoLength(shown, fontSize) + 4;
    if (x > pad && x + length > width - pad) [x, y] = [pad, y + lineHeight];
    marks.push(
      { kind: "rect", x, y: y - 15, width: length, height: 20, fill },
      { kind: "text", x: x + 2, y, text: shown, size: fontSize, fill: ink, mono: true },
    );
    x += length + gap;
    if (ends) [x, y] = [pad, y + lineHeight];
  }
  return x > pad ? y + lineHeight : y;
}
