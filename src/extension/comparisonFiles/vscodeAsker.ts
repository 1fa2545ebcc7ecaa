import * as vscode from "vscode";
import type { Choice } from "../dialogs";
import type { Answer, Asker, Question } from "./steps";

/** Asks by quick picks and input boxes with a Back button; the first question has none. All of it by keyboard. */
export const vscodeAsker: Asker = {
  pick: async (question, choices, active = 0) => {
    const answer = await quickPick(question, choices, { many: false, active: [active] });
    if (answer.kind !== "answer") return answer;
    const [value] = answer.value;
    return value === undefined ? { kind: "stop" } : { kind: "answer", value: value.value };
  },
  pickMany: async (question, choices) => {
    const active = choices.flatMap(({ picked }, i) => (picked ? [i] : []));
    const answer = await quickPick(question, choices, { many: true, active });
    return answer.kind === "answer" ? { kind: "answer", value: answer.value.map(({ value }) => value) } : answer;
  },
  input,
};

interface Item<T> extends vscode.QuickPickItem {
  readonly choice: Choice<T>;
}

function quickPick<T>(
  question: Question,
  choices: readonly Choice<T>[],
  { many, active }: { readonly many: boolean; readonly active: readonly number[] },
): Promise<Answer<readonly Choice<T>[]>> {
  const box = vscode.window.createQuickPick<Item<T>>();
  const items = choices.map((choice): Item<T> => {
    const { label, description, detail } = choice;
    return {
      label,
      choice,
      ...(description === undefined ? {} : { description }),
      ...(detail === undefined ? {} : { detail }),
    };
  });
  const chosen = active.flatMap((i) => items[i] ?? []);
  setUp(box, question);
  box.placeholder = question.hint;
  box.canSelectMany = many;
  box.matchOnDescription = true;
  box.items = items;
  if (many) box.selectedItems = chosen;
  else box.activeItems = chosen;
  return answerOf(box, () =>
    box.selectedItems.length > 0 ? box.selectedItems.map(({ choice }) => choice) : undefined,
  );
}

function input(
  question: Question,
  value: string,
  problem: (text: string) => string | undefined,
): Promise<Answer<string>> {
  const box = vscode.window.createInputBox();
  setUp(box, question);
  box.prompt = question.hint;
  box.value = value;
  const check = () => {
    box.validationMessage = problem(box.value);
  };
  box.onDidChangeValue(check);
  return answerOf(box, () => {
    check();
    return problem(box.value) === undefined ? box.value : undefined;
  });
}

function setUp(box: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox, { title, step }: Question): void {
  box.title = title;
  box.ignoreFocusOut = true; // one looks into the data meanwhile
  if (step > 1) box.buttons = [vscode.QuickInputButtons.Back];
}

type Box = Pick<vscode.InputBox, "onDidAccept" | "onDidTriggerButton" | "onDidHide" | "show" | "dispose">;

/** `accept` gives undefined for what is no answer yet. */
function answerOf<T>(box: Box, accept: () => T | undefined): Promise<Answer<T>> {
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      const value = accept();
      if (value === undefined) return;
      resolve({ kind: "answer", value });
      box.dispose();
    });
    box.onDidTriggerButton(() => {
      resolve({ kind: "back" });
      box.dispose();
    });
    box.onDidHide(() => {
      resolve({ kind: "stop" });
      box.dispose();
    });
    box.show();
  });
}
