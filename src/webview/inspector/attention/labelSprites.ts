import { gutter, labelledCell } from "./viewport";

/** Width of a label that stands upright, CSS pixels. */
export const spriteWidth = 16;

/** Sprites that are kept: as many as are in sight on a large screen. */
const keptSprites = 512;

/** Labels that read upwards, drawn once: turned text is slow to draw. */
export class LabelSprites {
  readonly #sprites = new Map<string, HTMLCanvasElement>();

  /** A canvas `spriteWidth` wide and as high as the gutter, with the text at its lower end. */
  upright(text: string, font: string, color: string, pixelRatio: number): HTMLCanvasElement {
    const key = `${pixelRatio} ${color} ${font} ${text}`;
    const kept = this.#sprites.get(key);
    if (kept) return kept;
    if (this.#sprites.size >= keptSprites) this.#sprites.clear();
    const sprite = drawUpright(text, font, color, pixelRatio);
    this.#sprites.set(key, sprite);
    return sprite;
  }
}

function drawUpright(text: string, font: string, color: string, pixelRatio: number): HTMLCanvasElement {
  const height = gutter(labelledCell).top - 6;
  const sprite = document.createElement("canvas");
  [sprite.width, sprite.height] = [Math.round(spriteWidth * pixelRatio), Math.round(height * pixelRatio)];
  const context = sprite.getContext("2d");
  if (!context) return sprite;
  context.scale(pixelRatio, pixelRatio);
  context.translate(spriteWidth / 2, height);
  context.rotate(-Math.PI / 2);
  context.font = font;
  context.fillStyle = color;
  context.textBaseline = "middle";
  context.fillText(text, 0, 0);
  return sprite;
}
