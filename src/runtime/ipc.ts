/** How the runtime process writes to the process that forked it: not faster than that one reads. */
import { AbstractMessageWriter, type Message, type MessageWriter } from "vscode-jsonrpc/node";

/** What `IPCWriter` needs of a process. */
export type Channel = Pick<NodeJS.Process, "send" | "on">;

/** Writes messages to the channel. Unlike vscode-jsonrpc's own, `write` resolves when the system has taken the message. */
export class IPCWriter extends AbstractMessageWriter implements MessageWriter {
  #errors = 0;

  constructor(private readonly channel: Channel) {
    super();
    channel.on("error", (error) => this.fireError(error));
    channel.on("disconnect", () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null) => {
        this.#errors = error ? this.#errors + 1 : 0;
        if (!error) return resolve();
        this.fireError(error, message, this.#errors);
        reject(error);
      };
      if (this.channel.send) this.channel.send(message, undefined, undefined, done);
      else done(new Error("there is no channel"));
    });
  }

  end(): void {
    this.dispose();
  }
}

/** Messages of one stream that may be on the way: about 50 ms of the starter model's tokens. */
export const mostOnTheWay = 64;

/**
 * Sends the events of a stream in order. Once `mostOnTheWay` are not yet taken, the promise it gives resolves only when the oldest of
 * them is, or when `signal` aborts: who waits for it computes no further ahead of a receiver that does not read.
 */
export function pacedSender<E>(send: (event: E) => Promise<void>, signal: AbortSignal): (event: E) => Promise<void> {
  const onTheWay: Promise<void>[] = [];
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return async (event) => {
    onTheWay.push(send(event));
    if (onTheWay.length > mostOnTheWay) await Promise.race([onTheWay.shift(), aborted]);
  };
}
