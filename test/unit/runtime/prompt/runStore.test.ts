import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { listRuns, RunWriter, readRun, runFiles, runId } from "../../../../src/runtime/prompt/runStore";
import { choiceCell, record, runItem } from "./runs";

const time = new Date("2026-11-26T01:02:03.456Z");

describe("stored runs", () => {
  let runs: string;
  beforeEach(async () => {
    runs = join(await mkdtemp(join(tmpdir(), "runs-")), "deeper");
  });
  afterEach(() => rm(join(runs, ".."), { recursive: true, force: true }));

  const create = () => RunWriter.create(runs, time, "/projects/reviews.prompt.yaml", [runItem("a"), runItem("b")]);

  it("are read back as they were written", async () => {
    const writer = await create();
    assert.equal(writer.id, "2026-11-26T01-02-03-reviews");
    await writer.append([choiceCell(0, 0), choiceCell(1, 0)]);
    await writer.append([choiceCell(0, 1)]);
    await writer.record(record(2));
    const read = await readRun(writer.folder);
    assert.deepEqual(read.record, record(2));
    assert.deepEqual(read.items, [runItem("a"), runItem("b")]);
    assert.deepEqual(read.cells, [choiceCell(0, 0), choiceCell(1, 0), choiceCell(0, 1)]);
  });

  it("have the calibrated cells in place of those that were streamed", async () => {
    const writer = await create();
    await writer.append([choiceCell(0, 0), choiceCell(0, 1)]);
    await writer.replace([choiceCell(0, 1, { output: "positive", correct: true })]);
    await writer.record(record(2));
    const text = await readFile(join(writer.folder, runFiles.cells), "utf8");
    assert.equal(text.trimEnd().split("\n").length, 2);
    assert.deepEqual(
      (await readRun(writer.folder)).cells.map(({ output }) => output),
      ["negative", "positive"],
    );
  });

  it("get folders of their own, however many start in one second", async () => {
    const folders = [await create(), await create(), await create()].map(({ id }) => id);
    assert.deepEqual(
      folders,
      ["", "-2", "-3"].map((end) => `2026-11-26T01-02-03-reviews${end}`),
    );
  });

  it("have names that every file system takes", () => {
    assert.equal(runId(time, "/a/CON: x?*.prompt.yml"), "2026-11-26T01-02-03-CON-x");
    assert.equal(runId(time, "/a/Übung 1.prompt.yaml"), "2026-11-26T01-02-03-Übung-1");
    assert.equal(runId(time, "/a/..."), "2026-11-26T01-02-03-prompt");
  });

  it("are read without lines that a crash tore, or that are no cells", async () => {
    const writer = await create();
    await writer.append([choiceCell(0, 0)]);
    await writer.record(record(2));
    const file = join(writer.folder, runFiles.cells);
    const bad = [{ ...choiceCell(0, 1), output: 5 }, choiceCell(7, 0), choiceCell(0, 99)];
    await appendFile(file, `nonsense\n${bad.map((line) => JSON.stringify(line)).join("\n")}\n`);
    await writer.append([choiceCell(1, 1)]);
    await truncate(file, (await readFile(file)).length - 3);
    assert.deepEqual((await readRun(writer.folder)).cells, [choiceCell(0, 0)]);
  });

  it("are listed newest first, without folders that are none", async () => {
    for (const [i, startedAt] of ["2026-01-02", "2026-03-04", "2025-06-07"].entries())
      await (await create()).record(record(2, { id: String(i), startedAt }));
    await create(); // has no record yet
    await mkdir(join(runs, "other"));
    await writeFile(join(runs, "other", "run.json"), '{"version": 2}');
    assert.deepEqual(
      (await listRuns(runs)).map((run) => run.record.id),
      ["1", "0", "2"],
    );
    assert.deepEqual(await listRuns(join(runs, "nowhere")), []);
  });

  it("are refused with the file and the key at fault, and no link is followed", async () => {
    const writer = await create();
    const fails = (word: string) =>
      assert.rejects(readRun(writer.folder), (error) => {
        assert.ok(error instanceof RuntimeError && error.code === "storeFailed");
        assert.ok(error.message.includes(word), error.message);
        return true;
      });
    await fails("run.json");
    const file = join(writer.folder, runFiles.record);
    await writeFile(file, "{");
    await fails("JSON");
    await writeFile(file, JSON.stringify({ ...record(2), items: -1 }));
    await fails('"items"');
    await rm(file);
    await writeFile(join(runs, "elsewhere.json"), JSON.stringify(record(2)));
    await symlink(join(runs, "elsewhere.json"), file);
    await fails("link");
  });
});
