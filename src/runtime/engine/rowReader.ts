/** Gets a row of log-probabilities from where a pass left it: 50,257 of them need not cross from a device for every token. */
import { GraphBuilder } from "../graph/graph";
import type { Device } from "../protocol";
import { isOnHost, readFloat32, Session, type SessionTensor } from "./session";

/** Reads rows `[1, V]`. (onnxruntime-node 1.30 ends the process when asked for a tensor's data on a device: a graph copies it.) */
export class RowReader {
  #copying: Promise<Session> | undefined;

  constructor(
    private readonly device: Device,
    private readonly vocabSize: number,
  ) {}

  /** The values. Throws `sessionFailed`. */
  async read(row: SessionTensor): Promise<Float32Array> {
    if (isOnHost(row)) return readFloat32({ row }, "row");
    this.#copying ??= this.#compile();
    return readFloat32(await (await this.#copying).run({ row }, { copy: null }), "copy");
  }

  /** Frees the graph. */
  async dispose(): Promise<void> {
    await (await this.#copying?.catch(() => undefined))?.release();
  }

  #compile(): Promise<Session> {
    const g = new GraphBuilder();
    g.outputAs("copy", g.add(g.input("row", "float32", [1, this.vocabSize]), g.scalar(0)));
    return Session.create(g.build(), { name: "row reader", device: this.device });
  }
}
