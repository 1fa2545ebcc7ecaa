import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { opinionatedModel } from "../comparison/planted";
import { hopelessArm, plantedArms, plantedComparison } from "../comparison/plantedComparison";
import { gptw, jsonLines } from "./fakeTerminal";

describe("gptw compare", function () {
  this.timeout(240_000);
  let parent: string;
  let where: readonly string[];
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-compare-"));
    const model = await opinionatedModel(parent, "sighted");
    where = ["--model", model, "--device", "cpu", "--runs", join(parent, "runs")];
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  /** Writes a comparison of a prompt and a head. */
  function file(changes: Readonly<Record<string, unknown>> = {}): string {
    const [zero, , head] = plantedArms;
    const { source } = plantedComparison(parent, "", { arms: [zero, head], curve: {}, ...changes });
    writeFileSync(source.path, source.text);
    return source.path;
  }

  it("tells the plan first, then the arms, and where the run is", async () => {
    const { code, out, err } = await gptw(["compare", ...where, file()]);
    assert.equal(code, 0, err);
    for (const word of ["zero-shot", "head", "completed", "3 of 3 units", join(parent, "runs")])
      assert.ok(out.includes(word), `"${out}" lacks "${word}"`);
    for (const word of ["Run: ", "to measure with", "3 units: about"])
      assert.ok(err.includes(word), `"${err}" lacks "${word}"`);
  });

  it("runs only the arms that are named, as lines of JSON", async () => {
    const { code, out } = await gptw(["compare", ...where, "--arm", "zero-shot", "--json", file()]);
    assert.equal(code, 0);
    const lines = jsonLines(out);
    assert.deepEqual([lines[0]?.kind, lines.at(-1)?.kind], ["begin", "result"]);
    const { record } = lines.at(-1) as { record: { arms: { name: string }[] } };
    assert.deepEqual(
      record.arms.map(({ name }) => name),
      ["zero-shot"],
    );
  });

  it("only plans when it is told to", async () => {
    const { code, out } = await gptw(["compare", ...where, "--plan", file()]);
    assert.equal(code, 0);
    for (const word of ["ARM", "zero-shot", "to learn from", "3 units: about"]) assert.ok(out.includes(word), word);
    const { out: json } = await gptw(["compare", ...where, "--plan", "--json", file()]);
    assert.equal(JSON.parse(json).units, 3);
  });

  it("pauses on an interrupt with exit code 130, and goes on with --resume", async () => {
    const interrupt = new AbortController();
    const onOut = (out: string) => {
      if (out.includes('"kind":"outcome"')) interrupt.abort();
    };
    const paused = await gptw(["compare", ...where, "--json", file()], { signal: interrupt.signal, onOut });
    assert.equal(paused.code, 130, paused.err);
    const { folder, record } = jsonLines(paused.out).at(-1) as { folder: string; record: { state: string } };
    assert.equal(record.state, "paused");
    assert.ok(paused.err.includes(`--resume ${folder}`));
    const resumed = await gptw(["compare", "--resume", folder]);
    assert.equal(resumed.code, 0, resumed.err);
    assert.match(resumed.out, /completed, 3 of 3 units/);
  });

  it("ends with 1 for a file with a mistake, and says the place", async () => {
    const path = join(parent, "wrong.compare.yaml");
    writeFileSync(path, "data: { file: planted.jsonl, task: classification }\narms:\n  - name: a\n");
    const { code, out, err } = await gptw(["compare", ...where, path]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /wrong\.compare\.yaml:3:\d+/);
  });

  it("ends with 1 for an arm that fails, and says which", async () => {
    const { code, err } = await gptw(["compare", ...where, file({ arms: [hopelessArm] })]);
    assert.equal(code, 1);
    assert.match(err, /hopeless.*finite/);
  });

  it("writes reports that hold no text of the data, and no path of the machine, when it is told to", async () => {
    const path = join(parent, "shared.json");
    const { code, err } = await gptw(["compare", ...where, "--report", `json=${path}`, "--without-texts", file()]);
    assert.equal(code, 0, err);
    const text = readFileSync(path, "utf8");
    assert.ok(!text.includes(parent));
    const { report, items } = JSON.parse(text);
    assert.equal(report.record.params.source.path, "planted.compare.yaml");
    assert.ok(items.length > 0);
    for (const { fields } of items) assert.deepEqual(fields, {});
    const alone = await gptw(["compare", ...where, "--without-texts", file()]);
    assert.equal(alone.code, 2);
    assert.match(alone.err, /--report/);
  });

  it("asks for a model where an arm has none", async () => {
    const { code, err } = await gptw(["compare", "--device", "cpu", file()]);
    assert.equal(code, 2);
    assert.match(err, /--model.*zero-shot/);
  });
});
