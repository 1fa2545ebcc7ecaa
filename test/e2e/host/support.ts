/** What the tests inside the extension host share. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";

/** Runtime processes that this extension host has started. */
export function runtimePids(): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const processes = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null);
  return processes
    .filter(([, , parent, args]) => Number(parent) === process.pid && args?.includes("out/runtime.js"))
    .map(([, pid]) => Number(pid));
}

/** What `look` finds, as soon as it finds something; fails after half a minute. */
export async function waitFor<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Opens a new document on the left. */
export async function open(text: string, language = "plaintext"): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ content: text, language });
  return vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
}
