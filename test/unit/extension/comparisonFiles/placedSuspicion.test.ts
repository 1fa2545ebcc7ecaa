import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { fileInside } from "../../../../src/extension/comparisonFiles/fileInside";
import {
  findAgain,
  mendLabel,
  moveSuspicion,
  type PlacedSuspicion,
  placeSuspicion,
  type Suspicion,
  stands,
  suspicionKey,
} from "../../../../src/extension/comparisonFiles/placedSuspicion";

const suspicion: Suspicion = {
  ...{ line: 3, text: "Two of four cups\nbroke", label: "positive", suggested: "negative" },
  ...{ labelProbability: 0.1, suggestedProbability: 0.9, column: "label", value: "0" },
};
const csv = 'text,label\nA warm coat,1\n"Two of four cups\nbroke",1\nIt hums,0\n';

function placed(text = csv, said = suspicion): PlacedSuspicion {
  const found = placeSuspicion(text, ",", said);
  assert.ok(found);
  return found;
}

function mended(text: string, one: PlacedSuspicion): string | null {
  const change = mendLabel(text, ",", one);
  return change && text.slice(0, change.start) + change.text + text.slice(change.end);
}

describe("a suspected label", () => {
  it("stands in its cell, and is mended there alone", () => {
    const one = placed();
    const start = one.rowStart + one.cell.start;
    assert.equal(csv.slice(start, one.rowStart + one.cell.end), "1");
    assert.equal(mended(csv, one), csv.replace('broke",1', 'broke",0'));
  });

  it("is none where the line holds another item, or was mended", () => {
    assert.equal(placeSuspicion(csv.replace("Two of four", "All"), ",", suspicion), null);
    assert.equal(placeSuspicion(`${csv.replace("A warm coat,1\n", "")}`, ",", suspicion), null);
    assert.equal(placeSuspicion(csv.replace('broke",1', 'broke",0'), ",", suspicion), null);
    assert.equal(placeSuspicion(csv, ",", { ...suspicion, column: "stars" }), null);
    const json = '\n\n{"text": "Two of four cups broke", "label": 1}';
    assert.ok(placeSuspicion(json, "jsonLines", suspicion));
  });

  it("moves with the rows above it, and goes when its own row is edited", () => {
    const one = placed();
    const edit = (text: string, at: number, length: number, by: string) => ({
      text: text.slice(0, at) + by + text.slice(at + length),
      moved: moveSuspicion(one, [{ rangeOffset: at, rangeLength: length, text: by }]),
    });
    fc.assert(
      fc.property(fc.nat(csv.length), fc.nat(12), fc.constantFrom("", "x", "x,y\n", "\n\n"), (at, cut, by) => {
        const length = Math.min(cut, csv.length - at);
        const { text, moved } = edit(csv, at, length, by);
        const end = one.rowStart + one.row.length;
        const isOutside = at + length < one.rowStart || at > end;
        // Outside of the row it is found again; inside, what stands is the row as it was, or nothing does.
        if (isOutside) assert.ok(stands(text, moved));
        if (stands(text, moved)) assert.equal(text.slice(moved.rowStart, moved.rowStart + one.row.length), one.row);
        else assert.equal(mendLabel(text, ",", moved), null);
      }),
      { numRuns: 500 },
    );
    const above = edit(csv, 11, 0, "New,1\n");
    assert.equal(mended(above.text, above.moved), above.text.replace('broke",1', 'broke",0'));
  });

  it("comes back when an edit is undone", () => {
    const one = placed();
    const at = one.rowStart + 3;
    const edited = moveSuspicion(one, [{ rangeOffset: at, rangeLength: 0, text: "x" }]);
    assert.ok(!stands(`${csv.slice(0, at)}x${csv.slice(at)}`, edited));
    assert.ok(stands(csv, moveSuspicion(edited, [{ rangeOffset: at, rangeLength: 1, text: "" }])));
  });

  it("is found again in a file that was changed while it was closed, if there is one such row", () => {
    const one = placed();
    const more = `text,label\nNew,1\n${csv.slice("text,label\n".length)}`;
    assert.equal(findAgain(more, one)?.rowStart, one.rowStart + "New,1\n".length);
    assert.equal(findAgain(`${one.row}\n${one.row}\n`, one), null);
    assert.equal(findAgain("text,label\n", one), null);
    assert.equal(findAgain(`x${one.row}`, one), null);
  });

  it("is remembered by file, row and suggestion", () => {
    const key = suspicionKey("file:///projects/space/a.csv", placed());
    assert.equal(suspicionKey("file:///projects/space/a.csv", { ...placed(), rowStart: 0 }), key);
    assert.notEqual(suspicionKey("file:///projects/space/b.csv", placed()), key);
    assert.notEqual(suspicionKey("file:///projects/space/a.csv", placed(csv, { ...suspicion, value: "2" })), key);
  });
});

describe("a file that is named by another", () => {
  it("lies inside of a root, links followed", async () => {
    const parent = mkdtempSync(join(tmpdir(), "inside-"));
    try {
      const root = join(parent, "space");
      mkdirSync(join(root, "data"), { recursive: true });
      for (const path of ["space/data/a.csv", "b.csv"]) writeFileSync(join(parent, path), "");
      symlinkSync(join(parent, "b.csv"), join(root, "data/link.csv"));
      assert.ok((await fileInside(join(root, "data"), "a.csv", ["/projects/none", root].slice(1)))?.endsWith("a.csv"));
      assert.equal(await fileInside(root, "../b.csv", [root]), null);
      assert.equal(await fileInside(root, "data/link.csv", [root]), null);
      assert.equal(await fileInside(root, join(parent, "b.csv"), [root]), null);
      assert.equal(await fileInside(root, "data/none.csv", [root]), null);
      assert.equal(await fileInside(root, "data/a.csv", []), null);
    } finally {
      rmSync(parent, { recursive: true });
    }
  });
});
