/** The requests about labelled data, as the service answers them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CancelledError, RuntimeError } from "../../../src/runtime/errors";
import { TrainingService } from "../../../src/runtime/trainingService";

const root = join(__dirname, "../../..");
const path = join(root, "samples/data/sentiment.jsonl");

describe("requests about labelled data", () => {
  const service = new TrainingService();
  const context = () => ({ signal: new AbortController().signal });

  it("guess what a file holds, and tell what it holds in a model's tokens", async () => {
    const { data } = await service.guess({ path }, context());
    assert.equal(data.task, "classification");
    const model = { folder: join(root, "media/models/starter"), device: "cpu" as const };
    const settings = { ...data, devShare: 0.1, testShare: 0.1, seed: 1 };
    const preview = await service.preview({ data: settings, model, maxLength: 16 }, context());
    const { tokens } = preview;
    assert.ok(tokens && tokens.median > 5 && tokens.longest > 16 && tokens.truncated > 0);
    assert.equal(
      preview.splits.reduce((sum, { items }) => sum + items, 0),
      140,
    );
  });

  it("refuse paths that depend on a folder, and end when they are cancelled", async () => {
    const isInvalid = (error: unknown) => error instanceof RuntimeError && error.code === "invalidRequest";
    await assert.rejects(service.guess({ path: "sentiment.jsonl" }, context()), isInvalid);
    const data = { path: "sentiment.jsonl", task: "classification", devShare: 0, testShare: 0, seed: 1 } as const;
    await assert.rejects(service.preview({ data }, context()), isInvalid);
    const gone = { signal: AbortSignal.abort() };
    await assert.rejects(service.guess({ path }, gone), CancelledError);
    await assert.rejects(service.preview({ data: { ...data, path } }, gone), CancelledError);
  });
});
