/** The starter model, opened for tests of the engine. */
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { type LoadedModel, loadModel } from "../../../../src/runtime/engine/loadedModel";

/** Folder of the model that ships with the extension. */
export const starterFolder = join(__dirname, "../../../../media/models/starter");

/** Loads the starter on the CPU. */
export async function loadStarter(): Promise<LoadedModel> {
  return loadModel(await openModelFolder(starterFolder), "cpu", performance.now());
}

/** Text that is longer than a few stretches but shorter than the starter's context. */
export const sampleText = `export interface Point {\n  readonly x: number;\n  readonly y: number;\n}\n
/** Distance between two points, naïvely. 🙂 */\nexport function distance(a: Point, b: Point): number {
  const dx = a.x - b.x;\n  const dy = a.y - b.y;\n  return Math.sqrt(dx * dx + dy * dy);\n}\n
// Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse,
// and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part.\n`;
