/** A picture as a list of marks, from which a vector file is made, and pixels of that. Pure, but for `svgPng`. */

/** A colour by its part: what a theme, or a style sheet, makes of it. */
export type Paint =
  | "background"
  | "foreground"
  | "muted"
  | "line"
  | "accent"
  | `${"surprisal" | "probability"}-${number}`
  | `${"surprisal" | "probability"}-${number}-text`
  | `difference-${"less" | "more"}-${number}`
  | `difference-${"less" | "more"}-${number}-text`;

/** Something to draw. Lengths are pixels, `y` of a text is its baseline. */
export type Mark =
  | {
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill?: Paint;
      readonly stroke?: Paint;
    }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly fill: Paint;
      readonly mono?: boolean;
      readonly bold?: boolean;
      readonly anchor?: "start" | "middle" | "end";
    }
  | {
      readonly kind: "line";
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      readonly stroke: Paint;
      readonly width: number;
    };

/** A picture. Later marks cover earlier ones. */
export interface Drawing {
  /** Said in place of the picture. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

/** Gives a paint its colour, as CSS writes it. */
export type Painter = (paint: Paint) => string;

/** Fonts that every system has. */
const fonts = { text: "system-ui, sans-serif", mono: "ui-monospace, 'DejaVu Sans Mono', Consolas, monospace" } as const;

/** Width of a character of the monospaced font, of its size. */
const monoWidth = 0.61;

/** Largest side of a canvas that browsers draw, pixels. */
const largestSide = 16_384;

/** `text` shortened so that its monospaced characters fit `width` pixels. */
export function fitMono(text: string, size: number, width: number): string {
  const most = Math.max(1, Math.floor(width / (size * monoWidth)));
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** Pixels that a monospaced text takes. */
export function monoLength(text: string, size: number): number {
  return Array.from(text).length * size * monoWidth;
}

/** The picture as an SVG document. */
export function drawingSvg({ label, width, height, marks }: Drawing, paint: Painter): string {
  const size = `width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}"`;
  const body = marks.map((mark) => `  ${element(mark, paint)}`).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escapeMarkup(label)}">
  <title>${escapeMarkup(label)}</title>
  <rect width="100%" height="100%" fill="${escapeMarkup(paint("background"))}"/>
${body}
</svg>
`;
}

/** An SVG document as PNG, twice as fine as the screen's pixels where a canvas can be that large. Throws when it is no picture. */
export async function svgPng(svg: string): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(2, largestSide / Math.max(image.width, image.height, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(image.width * scale));
  canvas.height = Math.max(1, Math.ceil(image.height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("This browser could not write the picture.");
  return new Uint8Array(await blob.arrayBuffer());
}

/** `text` as the content or a quoted attribute of HTML or XML. What XML cannot hold at all becomes U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function element(mark: Mark, paint: Painter): string {
  const color = (name: string, value: Paint | undefined) =>
    value === undefined ? "" : ` ${name}="${escapeMarkup(paint(value))}"`;
  switch (mark.kind) {
    case "rect": {
      const [x, y, width, height] = [mark.x, mark.y, mark.width, mark.height].map(number);
      const fill = mark.fill === undefined ? ' fill="none"' : color("fill", mark.fill);
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}"${fill}${color("stroke", mark.stroke)}/>`;
    }
    case "line": {
      const [x1, y1, x2, y2] = [mark.x1, mark.y1, mark.x2, mark.y2].map(number);
      const stroke = `${color("stroke", mark.stroke)} stroke-width="${number(mark.width)}"`;
      return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"${stroke}/>`;
    }
    case "text": {
      const place = `x="${number(mark.x)}" y="${number(mark.y)}" font-size="${number(mark.size)}"`;
      const family = ` font-family="${escapeMarkup(fonts[mark.mono ? "mono" : "text"])}"`;
      const more = `${mark.bold ? ' font-weight="600"' : ""} text-anchor="${mark.anchor ?? "start"}" xml:space="preserve"`;
      return `<text ${place}${family}${color("fill", mark.fill)}${more}>${escapeMarkup(mark.text)}</text>`;
    }
    default:
      return mark satisfies never;
  }
}

/** At most two decimals. */
function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
