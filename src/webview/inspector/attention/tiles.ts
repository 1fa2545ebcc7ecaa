import type { AttentionMap } from "./attentionMap";
import { type Look, paintRows } from "./paint";

/** A map's pyramid as canvases, one per level: what a frame is drawn from. */
export class MapTiles {
  readonly #canvases: readonly HTMLCanvasElement[];

  constructor(
    readonly map: AttentionMap,
    readonly look: Look,
  ) {
    this.#canvases = map.levels.map(({ columns, rows }) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [columns, rows];
      return canvas;
    });
    this.paint(map.first, map.first + map.rows);
  }

  /** Paints queries `from` … `to` anew, on every level. */
  paint(from: number, to: number): void {
    const { map, look } = this;
    for (const [index, level] of map.levels.entries()) {
      const start = Math.floor((from - map.first) / level.block);
      const end = Math.min(level.rows, Math.ceil((to - map.first) / level.block));
      const pixels = paintRows(map, level, start, end, look);
      const image = new ImageData(new Uint8ClampedArray(pixels.buffer), level.columns, end - start);
      this.#canvases[index]?.getContext("2d")?.putImageData(image, 0, start);
    }
  }

  /** The canvas of a level. */
  level(index: number): { readonly canvas: HTMLCanvasElement; readonly block: number } | null {
    const [canvas, level] = [this.#canvases[index], this.map.levels[index]];
    return canvas && level ? { canvas, block: level.block } : null;
  }
}
