/** Where log lines go: VS Code's `LogOutputChannel` has this shape, and so have the fakes of the tests. */
export interface Logger {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
