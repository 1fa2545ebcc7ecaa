/** Draws a map as far as it is in sight: cells, marks and labels. */
import { formatColor, type Rgb } from "../../shared/color";
import type { HeatPalette } from "../../shared/heatScale";
import { type LabelSprites, spriteWidth } from "./labelSprites";
import type { MapTiles } from "./tiles";
import { type Cell, gutter, labelledCell, levelFor, type MapShape, type Viewport, visibleCells } from "./viewport";

/** All that a frame shows. */
export interface Scene {
  readonly tiles: MapTiles;
  readonly view: Viewport;
  readonly shape: MapShape;
  /** [T], short enough for the gutters. */
  readonly labels: readonly string[];
  /** The chosen token, counted from the text's first. */
  readonly chosen: number | null;
  /** The cell under the pointer or the keyboard. */
  readonly cell: Cell | null;
  /** Whether the keyboard is at that cell. */
  readonly focused: boolean;
  readonly labelSprites: LabelSprites;
  readonly font: { readonly ui: string; readonly mono: string };
  readonly pixelRatio: number;
}

type Context = CanvasRenderingContext2D;

/** Draws the scene over the whole canvas. */
export function drawMap(context: Context, scene: Scene): void {
  const { shape, pixelRatio, tiles } = scene;
  const { palette } = tiles.look;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.fillStyle = formatColor(palette.background);
  context.fillRect(0, 0, shape.width, shape.height);
  drawCells(context, scene);
  drawMarks(context, scene);
  drawLabels(context, scene);
}

/** A hatch in the palette's colours. */
export function hatch(context: Context, { notComputed, hatch: line }: HeatPalette): CanvasPattern | null {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [6, 6];
  const paint = tile.getContext("2d");
  if (!paint) return null;
  paint.fillStyle = formatColor(notComputed);
  paint.fillRect(0, 0, 6, 6);
  paint.strokeStyle = formatColor(line);
  paint.beginPath();
  for (const x of [-6, 0, 6]) {
    paint.moveTo(x - 1, 7);
    paint.lineTo(x + 7, -1);
  }
  paint.stroke();
  return context.createPattern(tile, "repeat");
}

function drawCells(context: Context, scene: Scene): void {
  const { tiles, view, pixelRatio, shape } = scene;
  const { left, top, width, height } = plot(scene);
  context.fillStyle = hatch(context, tiles.look.palette) ?? formatColor(tiles.look.palette.notComputed);
  context.fillRect(left, top, width, height);
  const level = tiles.level(levelFor(view.cell, pixelRatio, tiles.map.levels.length));
  if (!level) return;
  const { canvas, block } = level;
  const [columns, rows] = [width / view.cell, height / view.cell];
  // The last block may stand for fewer cells than the others: what lies beyond the map is cut off.
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.imageSmoothingEnabled = false;
  const [x, y, w, h] = [view.column / block, view.row / block, columns / block, rows / block];
  const [cut, low] = [Math.min(w, canvas.width - x), Math.min(h, canvas.height - y)];
  const side = view.cell * block;
  context.drawImage(canvas, x, y, cut, low, left, top, cut * side, low * side);
  context.restore();
  context.strokeStyle = formatColor(tiles.look.palette.future);
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, Math.min(width, shape.width - left - 1) + 1, height + 1);
}

/** The part of the canvas that the map's cells fill. */
function plot({ view, shape }: Scene): { left: number; top: number; width: number; height: number } {
  const { left, top } = gutter(view.cell);
  const width = Math.min(shape.width - left, (shape.columns - view.column) * view.cell);
  const height = Math.min(shape.height - top, (shape.rows - view.row) * view.cell);
  return { left, top, width, height };
}

function drawMarks(context: Context, scene: Scene): void {
  const { view, tiles, chosen, cell, focused } = scene;
  const { left, top, width, height } = plot(scene);
  const { mark, foreground } = tiles.look.palette;
  const thickness = Math.max(3, view.cell);
  const at = (place: number, from: number, start: number) => start + (place + 0.5 - from) * view.cell - thickness / 2;
  context.save();
  context.beginPath();
  context.rect(left - 1, top - 1, width + 2, height + 2);
  context.clip();
  if (chosen !== null) {
    band(context, mark, left, at(chosen - tiles.map.first, view.row, top), width, thickness);
    band(context, mark, at(chosen, view.column, left), top, thickness, height);
  }
  if (cell) {
    const side = Math.max(5, view.cell);
    const middle = (place: number, from: number, start: number) => start + (place + 0.5 - from) * view.cell - side / 2;
    context.strokeStyle = formatColor(foreground);
    context.lineWidth = focused ? 2 : 1;
    context.strokeRect(middle(cell.column, view.column, left), middle(cell.row, view.row, top), side, side);
  }
  context.restore();
}

function band(context: Context, color: Rgb, x: number, y: number, width: number, height: number): void {
  context.strokeStyle = formatColor(color);
  context.lineWidth = 1;
  context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(width) - 1, Math.round(height) - 1);
}

function drawLabels(context: Context, scene: Scene): void {
  context.textBaseline = "middle";
  if (scene.view.cell >= labelledCell) drawTokens(context, scene);
  else drawNumbers(context, scene);
}

function drawTokens(context: Context, scene: Scene): void {
  const { view, shape, labels, chosen, tiles, font } = scene;
  const { left, top } = gutter(view.cell);
  const { rows, columns } = visibleCells(view, shape);
  context.font = font.mono;
  const ink = (token: number) =>
    formatColor(token === chosen ? tiles.look.palette.mark : tiles.look.palette.foreground);
  context.textAlign = "right";
  for (let row = rows[0]; row < rows[1]; row++) {
    const y = top + (row + 0.5 - view.row) * view.cell;
    if (y < top) continue;
    context.fillStyle = ink(tiles.map.first + row);
    context.fillText(labels[tiles.map.first + row] ?? "", left - 6, y);
  }
  for (let column = columns[0]; column < columns[1]; column++) {
    const x = left + (column + 0.5 - view.column) * view.cell;
    if (x < left) continue;
    const sprite = scene.labelSprites.upright(labels[column] ?? "", font.mono, ink(column), scene.pixelRatio);
    context.drawImage(sprite, Math.round(x) - spriteWidth / 2, 0, spriteWidth, top - 6);
  }
}

function drawNumbers(context: Context, scene: Scene): void {
  const { view, shape, tiles, font } = scene;
  const { left, top } = gutter(view.cell);
  const { rows, columns } = visibleCells(view, shape);
  context.font = font.ui;
  context.fillStyle = formatColor(tiles.look.palette.foreground);
  const step = tickStep(view.cell);
  context.textAlign = "right";
  const { first } = tiles.map;
  for (let token = Math.ceil((first + rows[0]) / step) * step; token < first + rows[1]; token += step) {
    const y = top + (token - first + 0.5 - view.row) * view.cell;
    if (y >= top - 1 && y < shape.height - 4) context.fillText(String(token + 1), left - 6, Math.max(y, top + 5));
  }
  context.textAlign = "center";
  for (let token = Math.ceil(columns[0] / step) * step; token < columns[1]; token += step) {
    const x = left + (token + 0.5 - view.column) * view.cell;
    if (x >= left - 1 && x < shape.width - 10) context.fillText(String(token + 1), Math.max(x, left + 5), top - 9);
  }
}

/** Tokens from one number to the next: at least 44 pixels, a power of two as contexts are. */
export function tickStep(cell: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(44 / cell)));
}
