import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds";
import { isReadOnly } from "../commands/documents";
import type { Replacement } from "../commands/replaceToken";
import { hoverText, legendText } from "./hoverText";
import type { LensBriefs } from "./lensBriefs";
import type { Found } from "./scoredDocument";
import type { SurprisalStore } from "./surprisalStore";
import { commandTarget, hoverFormats } from "./tokenText";

/** How long a hover waits for the logit lens, milliseconds. */
const lensWaitMs = 300;
/** How long it waits where the alternatives come with it, because the text is long, milliseconds. */
const alternativesWaitMs = 3000;

/** Registers the hover over tokens, in documents of all kinds. */
export function registerHover(store: SurprisalStore, briefs: LensBriefs): vscode.Disposable {
  return vscode.languages.registerHoverProvider("*", {
    provideHover: (document, position, token) => provide(store, briefs, document, position, token),
  });
}

async function provide(
  store: SurprisalStore,
  briefs: LensBriefs,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<vscode.Hover | undefined> {
  const found = store.at(document.uri.toString(), document.offsetAt(position));
  if (!found) return undefined;
  const { version } = document;
  const [first, end] = found.range.tokens;
  const known = found.scored.tokens
    .slice(first, end)
    .every(({ prediction }) => !prediction || prediction.top.length > 0);
  const [readOnly, lens] = await Promise.all([
    isReadOnly(document.uri),
    briefs.ask(found.scored, first, end, known ? lensWaitMs : alternativesWaitMs),
  ]);
  if (token.isCancellationRequested || document.version !== version) return undefined;
  const { start, end: last } = found.range;
  const range = new vscode.Range(document.positionAt(start), document.positionAt(last));
  const formats = hoverFormats(vscode.env.language);
  const documentText = document.getText(range);
  const replaceTarget = readOnly ? undefined : replaceTargets(document, found, documentText);
  const { head, body } = hoverText({ found, documentText, briefs: lens, replaceTarget, formats });
  const contents = [new vscode.MarkdownString(head), legend(legendText(found.range.bits, formats))];
  return new vscode.Hover(body ? [...contents, withLinks(body)] : contents, range);
}

/** Links to one command and no other. HTML stays off. */
function withLinks(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text);
  const replace: CommandId = "gptWorkbench.replaceToken";
  markdown.isTrusted = { enabledCommands: [replace] };
  return markdown;
}

/** Colours need HTML: a text of its own, without commands and without anything of a token. */
function legend(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text);
  markdown.supportHtml = true;
  return markdown;
}

function replaceTargets({ uri }: vscode.TextDocument, { range }: Found, text: string): (replacement: string) => string {
  const command: CommandId = "gptWorkbench.replaceToken";
  return (replacement) => {
    const argument: Replacement = { uri: uri.toString(), start: range.start, text, replacement };
    return commandTarget(command, argument);
  };
}
