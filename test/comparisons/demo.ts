/** `npm run demo`: a whole comparison on a sample with the starter model, and its report. */

import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runScript } from "../runScript";
import { openBrowser } from "../vscode/openBrowser";
import { build, gptw, root } from "./gptw";

const help = `npm run demo -- [--no-open]

Builds the programs and compares prompting with fine-tuning on samples/reviews.compare.yaml with the
starter model: under five minutes on two CPU cores. Then it opens the report.

  --no-open   only say where the report is`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: "boolean" }, "no-open": { type: "boolean" } } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  build();
  const runs = join(root, ".gpt-workbench");
  await mkdir(runs, { recursive: true });
  const folder = await mkdtemp(join(runs, "demo-"));
  const report = join(folder, "report.html");
  const started = performance.now();
  const code = await gptw(
    [
      "compare",
      ...["--model", join(root, "media", "models", "starter")],
      ...["--runs", folder],
      ...["--report", `html=${report}`],
      "reviews.compare.yaml",
    ],
    join(root, "samples"),
  );
  if (code !== 0) return code;
  console.log(`It took ${Math.round((performance.now() - started) / 1000)} s. The report: ${report}`);
  if (!values["no-open"] && !openBrowser(report)) console.log("No browser could be opened: open it yourself.");
  return 0;
}

runScript(main);
