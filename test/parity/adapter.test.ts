/** A LoRA adapter that PEFT wrote: added to its base in the graph, and merged into it, on every device. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { mergeAdapter } from "../../src/runtime/checkpoint/merge";
import { openSafetensors, readTensor } from "../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import type { Device } from "../../src/runtime/protocol";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { fixturesFolder } from "./reference";
import { batchLogits, createScoringSession } from "./scoringSession";

const base = join(fixturesFolder, "gpt2-tiny");
const adapter = join(base, "train/lora_c_attn");

const training = z.object({
  batches: z.array(z.object({ input_ids: z.array(z.array(z.int())), attention_mask: z.array(z.array(z.int())) })),
});

/** Logits of the tokens that are not padding. */
async function expectedLogits() {
  const [batch] = training.parse(JSON.parse(readFileSync(join(base, "train/train.json"), "utf8"))).batches;
  assert.ok(batch);
  const file = await openSafetensors(join(adapter, "expected.safetensors"));
  return { batch, logits: await readTensor(file, "logits") };
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[])
  describe(`a LoRA adapter on ${device}`, function () {
    this.timeout(120_000);
    let folder = "";

    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      folder = mkdtempSync(join(tmpdir(), "gptw-adapter-"));
    });
    after(() => {
      if (folder !== "") rmSync(folder, { recursive: true, force: true });
    });

    async function check(model: Awaited<ReturnType<typeof openModelFolder>>): Promise<void> {
      const { batch, logits } = await expectedLogits();
      const session = await createScoringSession(model, device);
      try {
        const reference = { input_ids: batch.input_ids, attention_mask: batch.attention_mask, position_ids: null };
        const rows = await batchLogits(session, reference);
        const width = model.config.vocabSize;
        for (const [row, real] of batch.attention_mask.flat().entries())
          if (real)
            assertClose(rows[row] ?? [], logits.subarray(row * width, (row + 1) * width), {
              atol: 1e-4,
              what: `row ${row}`,
            });
      } finally {
        await session.release();
      }
    }

    it("gives PEFT's logits over its base", async () => check(await openModelFolder(adapter, { base })));

    it("gives PEFT's logits when it is merged", async () => {
      const merged = join(folder, "merged");
      await mergeAdapter(adapter, merged, { base });
      await check(await openModelFolder(merged));
    });
  });
