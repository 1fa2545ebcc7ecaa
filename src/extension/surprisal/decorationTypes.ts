import * as vscode from "vscode";
import { configSection, type SurprisalConfig } from "../config";
import { colorOf, levelCount, stepCount } from "./levels";

/** Lowest level that the overview ruler shows: from 4 bits on. */
const rulerLevel = 3;

/** One type for each step of the scale. Their colours are the theme's. */
export function createDecorationTypes({
  scale,
  overviewRuler,
}: SurprisalConfig): readonly vscode.TextEditorDecorationType[] {
  return Array.from({ length: stepCount(scale) }, (_, step) => {
    const { level, part } = colorOf(scale, step);
    const ruler = overviewRuler && level >= rulerLevel ? { overviewRulerColor: themeColor(level) } : {};
    return vscode.window.createTextEditorDecorationType({
      backgroundColor: part === 0 ? themeColor(level) : mixedColor(level, part),
      borderRadius: "3px",
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      overviewRulerLane: vscode.OverviewRulerLane.Right,
      ...ruler,
    });
  });
}

function colorName(level: number): string {
  return `${configSection}.surprisal${Math.min(level, levelCount - 1)}`;
}

function themeColor(level: number): vscode.ThemeColor {
  return new vscode.ThemeColor(colorName(level));
}

/** Between two levels' colours, whatever the theme or the user made of them: VS Code has every colour as a CSS variable. */
function mixedColor(level: number, part: number): string {
  const variable = (name: string) => `var(--vscode-${name.replace(".", "-")})`;
  const upper = `${variable(colorName(level + 1))} ${part * 100}%`;
  return `color-mix(in srgb, ${variable(colorName(level))}, ${upper})`;
}
