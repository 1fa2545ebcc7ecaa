import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Calls back when its element's size changes, for as long as the element is in the page. */
export class Resized implements ReactiveController {
  readonly #observer: ResizeObserver;

  constructor(
    private readonly host: ReactiveControllerHost & Element,
    onResize: () => void,
  ) {
    this.#observer = new ResizeObserver(onResize);
    host.addController(this);
  }

  hostConnected(): void {
    this.#observer.observe(this.host);
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
  }
}
