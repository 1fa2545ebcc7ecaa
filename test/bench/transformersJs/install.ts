/** Hugging Face's transformers.js, which runs ONNX exports through an onnxruntime of its own. */
import { installPeer, type Peer } from "../installPeer";

/** The package and its onnxruntime-node, which come with their builds. Throws when they cannot be installed. */
export function transformersJsPeer(): Peer {
  return installPeer({
    name: "@huggingface/transformers",
    version: "4.3.1",
    entry: "@huggingface/transformers/dist/transformers.node.mjs",
  });
}
