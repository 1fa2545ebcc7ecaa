/** The states that a capture gives against Hugging Face's, and against the trace graph over more tokens, on every device that runs here. */
import assert from "node:assert/strict";
import { readTensor } from "../../src/runtime/checkpoint/safetensors";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { createTraceSession, trace } from "../../src/runtime/engine/trace";
import type { Device } from "../../src/runtime/protocol";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { expectedTensors, fixturesFolder, type ReferenceModel, referenceModels } from "./reference";

/** The fixtures' own: GPT-Neo's scores are unscaled, so that rounding is amplified. */
const tolerances = { usual: 1e-4, unscaled: 3e-4 };
/** On software WebGPU a model takes some ten seconds: there, one of each family. */
const few = ["gpt2-tiny", "gpt-neo-tiny", "openai-gpt-tiny"];
const turn = { signal: new AbortController().signal };

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`captures on ${device}`, () => {
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const reference of referenceModels(fixturesFolder).filter(
      ({ name }) => device === "cpu" || few.includes(name),
    ))
      describe(reference.name, () => captureTests(reference, device));
  });
}

function captureTests(reference: ReferenceModel, device: Device): void {
  let folder: ModelFolder;
  let model: LoadedModel;
  let atol = tolerances.usual;

  before(async () => {
    folder = await openModelFolder(reference.folder);
    if (!folder.config.scaleAttnWeights) atol = tolerances.unscaled;
    model = await loadModel(folder, device, performance.now());
  });
  after(() => model?.dispose());

  it("has the embeddings and every block's output, before the final norm", async () => {
    const { input_ids: rows } = reference.cases.plain ?? assert.fail("no plain case");
    const file = await expectedTensors(reference);
    const embedded = await readTensor(file, "plain.hidden_states");
    const blocks = await readTensor(file, "plain.block_out");
    const { nLayer, nEmbd } = folder.config;
    for (const [row, ids] of rows.entries()) {
      const { states } = await model.captures.get(ids, turn);
      assert.equal(states.length, nLayer + 1);
      const size = ids.length * nEmbd;
      const start = (depth: number) => ((depth === 0 ? 0 : depth - 1) * rows.length + row) * size;
      for (const [depth, state] of states.entries()) {
        const from = depth === 0 ? embedded : blocks;
        const expected = from.subarray(start(depth), start(depth) + size);
        assertClose(state, expected, { atol, what: `state ${depth} of row ${row}` });
      }
    }
  });

  it("is that of the trace graph over a text of more than 32 tokens", async () => {
    const { nPositions, vocabSize } = folder.config;
    const ids = Array.from({ length: Math.min(nPositions, 64) }, (_, i) => (i * i * 31 + 7 * i) % vocabSize);
    const session = await createTraceSession(folder, device);
    const { blockOut, hiddenStates } = await trace(session, folder.config, { ids: [ids] });
    await session.release();
    const expected = [...hiddenStates.slice(0, 1), ...blockOut];
    const { states } = await model.captures.get(ids, turn);
    for (const [depth, state] of states.entries())
      assertClose(state, expected[depth] ?? [], { atol: 2e-5, what: `state ${depth}` });
  });
}
