/** Attention flow (Abnar & Zuidema 2020 §4): how much of each token can flow to a query through a network of attention. */
import { setImmediate } from "node:timers/promises";
import { CancelledError } from "../errors";
import { FlowNetwork } from "./maxFlow";

/**
 * The maximum flow from the last query's state after the last layer to each token's embedding, [n]. `means` are the layers' attention,
 * first layer first, means over heads: each [n, n], rows are queries. An edge's capacity is 0.5 A, and a further 0.5 from a token to
 * itself, as in rollout. One token after the other; others' work may come between them. Throws `CancelledError` when the signal aborts.
 */
export async function attentionFlow(
  means: readonly Float32Array[],
  tokens: number,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (done: number) => void },
): Promise<Float32Array> {
  const network = layeredNetwork(means, tokens);
  const source = means.length * tokens + tokens - 1;
  const flow = new Float32Array(tokens);
  for (let token = 0; token < tokens; token++) {
    await setImmediate();
    if (signal.aborted) throw new CancelledError("cancelled");
    flow[token] = network.maxFlow(source, token);
    onProgress?.(token + 1);
  }
  return flow;
}

/** Node d·n + i is token i's state after d layers; edges go from a state to those that it was made of. */
function layeredNetwork(means: readonly Float32Array[], tokens: number): FlowNetwork {
  const network = new FlowNetwork((means.length + 1) * tokens, (means.length * tokens * (tokens + 1)) / 2);
  for (const [layer, mean] of means.entries())
    for (let query = 0; query < tokens; query++)
      for (let key = 0; key <= query; key++) {
        const capacity = ((mean[query * tokens + key] ?? 0) + (query === key ? 1 : 0)) / 2;
        if (capacity > 0) network.add((layer + 1) * tokens + query, layer * tokens + key, capacity);
      }
  return network;
}
