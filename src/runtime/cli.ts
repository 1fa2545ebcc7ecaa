#!/usr/bin/env node
/** `gptw`: the runtime with no editor. Ends with 0, 1 (failure), 2 (wrong usage) or 130 (interrupted). */
import { runCommandLine } from "./cli/commandLine";
import { processTerminal } from "./cli/terminal";

const terminal = processTerminal();

void runCommandLine(process.argv.slice(2), terminal).then(async (code) => {
  await terminal.flush();
  // Not only exitCode: a driver's threads may keep the process alive after the work is done.
  process.exit(code);
});
