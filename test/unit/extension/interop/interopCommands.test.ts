import assert from "node:assert/strict";
import { exportPromptFile, importTask } from "../../../../src/extension/interop/interopCommands";
import type { InteropParts } from "../../../../src/extension/interop/interopParts";
import { CancelledError, invalidRequest } from "../../../../src/runtime/errors";
import { readPromptText } from "../../../../src/runtime/prompt/promptText";

const text = "task: completion\nvariants: [{ name: v, template: '{{ a }} {{ answer }}' }]\n";
const source = { path: "/projects/space/t.prompt.yaml", text };
const { file } = readPromptText(text);
const nearest = readPromptText(`${text}demonstrations: { sampler: nearest, from: [{ a: x, answer: y }] }\n`).file;
const reference = { folder: "/models/m", device: "cpu" } as const;

/** A window whose user answers so. */
function fake(user: { form?: string; there?: readonly string[]; yes?: boolean; out?: string; fails?: Error }) {
  const seen: { asked: object[]; opened: string[]; told: string[]; errors: string[] } = {
    asked: [],
    opened: [],
    told: [],
    errors: [],
  };
  const answer = async (params: object) => {
    seen.asked.push(params);
    if (user.fails) throw user.fails;
    return { files: ["/out/first", "/out/second"], notes: ["A note."] };
  };
  const parts: InteropParts = {
    messages: { info: (told) => void seen.told.push(told), error: (told) => void seen.errors.push(told) },
    dialogs: {
      choose: async (_, choices) => choices.find(({ value }) => value === user.form)?.value,
      confirm: async () => user.yes ?? false,
      askFolder: async () => ({ scheme: "file", fsPath: "/out" }),
      withProgress: (_, work) => work(() => undefined, new AbortController().signal),
    },
    client: { export: answer, import: answer },
    files: {
      askTask: async () => "/tasks/sst.yaml",
      askPromptFile: async (_, __, name) => user.out ?? `/projects/space/${name}`,
      exists: async (path) => user.there?.includes(path) ?? false,
      open: async (path) => void seen.opened.push(path),
    },
    model: async () => reference,
  };
  return { parts, seen };
}

describe("exportPromptFile", () => {
  assert.ok(file && nearest);

  it("writes into a folder of its own, opens the first file, and tells the notes", async () => {
    const { parts, seen } = fake({ form: "lm-eval" });
    await exportPromptFile(parts, source, file);
    assert.deepEqual(seen.asked, [{ source, to: "lm-eval", folder: "/out/t-lm-eval", overwrite: false }]);
    assert.deepEqual([seen.opened, seen.told], [["/out/first"], ["2 files were written. A note."]]);
  });

  it("asks before it replaces files", async () => {
    const there = ["/out/t-promptfoo"];
    const no = fake({ form: "promptfoo", there });
    await exportPromptFile(no.parts, source, file);
    assert.deepEqual(no.seen.asked, []);
    const yes = fake({ form: "promptfoo", there, yes: true });
    await exportPromptFile(yes.parts, source, file);
    assert.deepEqual(yes.seen.asked, [{ source, to: "promptfoo", folder: "/out/t-promptfoo", overwrite: true }]);
  });

  it("takes a model only for the nearest demonstrations, tells failures, and is silent when cancelled", async () => {
    const near = fake({ form: "lm-eval" });
    await exportPromptFile(near.parts, source, nearest);
    assert.deepEqual(near.seen.asked, [
      { source, to: "lm-eval", folder: "/out/t-lm-eval", overwrite: false, model: reference },
    ]);
    const failing = fake({ form: "lm-eval", fails: invalidRequest("this is wrong") });
    await exportPromptFile(failing.parts, source, file);
    assert.match(failing.seen.errors[0] ?? "", /this is wrong/);
    const stopped = fake({ form: "lm-eval", fails: new CancelledError("cancelled") });
    await exportPromptFile(stopped.parts, source, file);
    assert.deepEqual([stopped.seen.errors, stopped.seen.told], [[], []]);
  });
});

describe("importTask", () => {
  it("writes a prompt file named after the task, and opens it", async () => {
    const { parts, seen } = fake({ form: "lm-eval" });
    await importTask(parts);
    const out = "/projects/space/sst.prompt.yaml";
    assert.deepEqual(seen.asked, [{ from: "lm-eval", path: "/tasks/sst.yaml", out, overwrite: false }]);
    assert.deepEqual(seen.opened, ["/out/first"]);
  });

  it("refuses a name that no prompt file has", async () => {
    const { parts, seen } = fake({ form: "promptfoo", out: "/projects/space/x.yaml" });
    await importTask(parts);
    assert.deepEqual(seen.asked, []);
    assert.match(seen.errors[0] ?? "", /\.prompt\.yaml/);
  });
});
