/** Runs the scoring graph over a padded batch. */
import type { ModelFolder } from "../../src/runtime/checkpoint/store";
import { checkpointFolder, checkpointParameters } from "../../src/runtime/engine/parameters";
import { int64Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import { buildScoringGraph, type Products } from "../../src/runtime/model/gpt";
import type { Device } from "../../src/runtime/protocol";
import type { ReferenceCase } from "./reference";

/** Compiles the scoring graph of `model`; `products` matters when it is quantized. */
export function createScoringSession(model: ModelFolder, device: Device, products?: Products): Promise<Session> {
  const parameters = checkpointParameters(model);
  const graph = buildScoringGraph(model.config, parameters, deviceTraits[device].headsAtOnce, products);
  const folder = checkpointFolder(model.checkpoint);
  return Session.create(graph, { name: `scoring graph of ${model.name}`, device, folder });
}

/** A padded batch. */
export type Batch = Pick<ReferenceCase, "input_ids" | "attention_mask" | "position_ids">;

/** Logits of every position of a case, row by row of the flattened batch. */
export async function batchLogits(session: Session, reference: Batch): Promise<Float32Array[]> {
  const { input_ids: ids } = reference;
  const shape = [ids.length, ids[0]?.length ?? 0];
  const mask = reference.attention_mask ?? ids.map((row) => row.map(() => 1));
  const positions = reference.position_ids ?? ids.map((row) => row.map((_, i) => i));
  const feeds = {
    input_ids: int64Tensor(ids.flat(), shape),
    position_ids: int64Tensor(positions.flat(), shape),
    attention_mask: int64Tensor(mask.flat(), shape),
  };
  const logits = readFloat32(await session.run(feeds, { logits: null }), "logits");
  const rows = ids.flat().length;
  const width = logits.length / rows;
  return Array.from({ length: rows }, (_, row) => logits.subarray(row * width, (row + 1) * width));
}
