import assert from "node:assert/strict";
import {
  checkNamedModels,
  checkStoredRun,
  type TrustedChoices,
} from "../../../../src/extension/comparison/comparisonTrust";
import { record } from "./support";

const listed = [
  { id: "starter", name: "starter", folder: "/models/starter" },
  { id: "openai--gpt2", name: "GPT-2", folder: "/models/openai--gpt2" },
];
const choices = (trusted: boolean): TrustedChoices => ({ trusted, list: async () => listed });

/** A comparison file whose file and arm name these models. */
function file(model?: string, arm?: string): string {
  return [
    "data: { file: data.jsonl, task: classification }",
    ...(model === undefined ? [] : [`model: ${JSON.stringify(model)}`]),
    `arms: [{ name: zero-shot, prompt: { template: "{{text}} {{answer}}" }${arm === undefined ? "" : `, model: ${JSON.stringify(arm)}`} }]`,
  ].join("\n");
}

describe("models of a comparison in a workspace that is not trusted", () => {
  it("may be of the store, by id, name or hub name, or the settings'", async () => {
    for (const text of [file(), file("starter"), file("GPT-2", "openai/gpt2"), "nonsense: ["]) {
      await checkNamedModels(text, choices(false));
    }
  });

  it("may not be named by a path, nor be a folder beside the file", async () => {
    for (const [text, named] of [
      [file("./model"), "./model"],
      [file(undefined, "../model"), "../model"],
      [file("/models/starter"), "/models/starter"],
      [file("starter", "models/mine"), "models/mine"],
      [file("C:\\models\\x"), "C:\\models\\x"],
    ] as const) {
      const refusal = { message: new RegExp(`${named.replaceAll(/[\\/.]/g, "\\$&")}".*not trusted`) };
      await assert.rejects(checkNamedModels(text, choices(false)), refusal, named);
      await checkNamedModels(text, choices(true));
    }
  });

  it("are the user's own in a stored run, as are the folders that it writes to", async () => {
    const own = { store: "/models", cache: "/storage/cells" };
    const { cache: _, ...others } = record.params;
    const params = { ...others, store: "/models", model: "/models/starter" };
    const run = { text: file(), params };
    await checkStoredRun(run, own, choices(false));
    await checkStoredRun({ ...run, params: { ...params, cache: "/storage/cells" } }, own, choices(false));
    for (const changed of [{ store: "/w/models" }, { model: "/w/model" }, { cache: "/etc" }]) {
      const other = { ...run, params: { ...params, ...changed } };
      await assert.rejects(checkStoredRun(other, own, choices(false)), /not trusted/, JSON.stringify(changed));
      await checkStoredRun(other, own, choices(true));
    }
    await assert.rejects(checkStoredRun({ ...run, text: file("./evil") }, own, choices(false)), /not trusted/);
  });
});
