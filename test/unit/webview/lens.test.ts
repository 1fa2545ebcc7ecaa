import assert from "node:assert/strict";
import fc from "fast-check";
import type { PanelAnswer } from "../../../src/runtime/analysisPanelProtocol";
import type { Lens } from "../../../src/runtime/analysisProtocol";
import { gridTarget } from "../../../src/webview/inspector/gridKeys";
import { LensCells } from "../../../src/webview/inspector/lens/lensCells";
import { lensTable } from "../../../src/webview/inspector/lens/lensExport";
import { columnWidth, windowOf } from "../../../src/webview/inspector/lens/lensGrid";
import { lensMeasures, lensPaint } from "../../../src/webview/inspector/lens/lensScale";
import {
  type Stretch,
  StretchLoader,
  stretchesOf,
  stretchLength,
} from "../../../src/webview/inspector/lens/stretchLoader";
import { deepScores, lensAnswer } from "../../webview/analysisAnswers";

const state = deepScores(3, 2);

function read(places: Stretch): Lens {
  const answer = lensAnswer(state)({ text: 1, places, topK: 3 });
  return answer.kind === "ready" ? answer.value : assert.fail();
}

describe("the lens' cells", () => {
  const lens = read([33, 40]);
  const cells = new LensCells();
  cells.add(read([1, 33]));
  cells.add(lens);

  it("take each number from its place of the answer", () => {
    for (const layer of [0, 1, 3]) {
      for (const place of [33, 39]) {
        const at = layer * 7 + (place - 33);
        const cell = cells.cell(layer, place) ?? assert.fail();
        assert.deepEqual(
          cell.top.map(({ id }) => id),
          [...lens.topIds.subarray(at * 3, at * 3 + 3)],
        );
        assert.equal(cell.top[0]?.text, lens.vocabulary[lens.topIds[at * 3] ?? -1]?.text);
        assert.equal(cell.divergence, lens.divergence[at]);
        assert.equal(cell.rank, lens.ranks[at]);
        assert.equal(cell.leads, lens.firstLeads[place - 33] === layer);
      }
    }
    assert.equal(cells.cell(4, 33), null);
    assert.equal(cells.cell(0, 40), null);
  });

  it("lead in one layer of every place", () => {
    for (const place of cells.places) {
      const leading = [0, 1, 2, 3].filter((layer) => cells.cell(layer, place)?.leads);
      assert.equal(leading.length, 1, `place ${place}`);
    }
  });

  it("have a paint for every measure, none for the rank behind the text", () => {
    const known = cells.cell(1, 33) ?? assert.fail();
    for (const measure of lensMeasures) assert.match(lensPaint(known, measure), /^(surprisal|probability)-[0-6]$/);
    assert.equal(lensPaint({ ...known, rank: 0 }, "rank"), "background");
    assert.equal(lensPaint({ ...known, rank: 1 }, "rank"), "surprisal-0");
    assert.equal(lensPaint({ ...known, divergence: 20 }, "divergence"), "surprisal-6");
  });

  it("are a table of one row per layer and place", () => {
    const { columns, rows } = lensTable(cells, state);
    assert.equal(rows.length, 39 * 4);
    for (const row of rows) assert.equal(row.length, columns.length);
    assert.deepEqual(rows[0]?.slice(0, 3), [1, state.tokens[1]?.text.replaceAll(" ", "·"), 0]);
  });
});

describe("the lens' stretches", () => {
  it("hold every place that is wanted, none twice, none out of the text", () => {
    const place = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(place, fc.integer({ min: 0, max: 60 }), place, (first, more, count) => {
        const held = stretchesOf(first, first + more, count).flatMap(([start, end]) => {
          assert.ok(end - start <= stretchLength && start >= 1 && end <= count + 1);
          return Array.from({ length: end - start }, (_, index) => start + index);
        });
        assert.equal(new Set(held).size, held.length);
        for (let at = first; at <= Math.min(first + more, count); at++) assert.ok(held.includes(at), `${at}`);
      }),
    );
  });

  it("come from the columns in sight, and no more than a few beside them", () => {
    const { first, last } = windowOf(100 * columnWidth, 134 + 5 * columnWidth, 1024);
    assert.ok(first <= 100 && first >= 95 && last >= 104 && last <= 110, `${first} to ${last}`);
    assert.deepEqual(windowOf(0, 0, 1), { first: 0, last: 0 });
  });
});

describe("the lens' loader", () => {
  interface Asked {
    readonly stretch: Stretch;
    readonly signal: AbortSignal;
    answer(answer: PanelAnswer<Stretch>): Promise<void>;
  }

  function makeLoader(count = 200) {
    const asked: Asked[] = [];
    const known = new Set<number>();
    const loader = new StretchLoader<Stretch>({
      count,
      has: (place) => known.has(place),
      add: ([start, end]) => {
        for (let place = start; place < end; place++) known.add(place);
      },
      changed: () => undefined,
      ask: (stretch, signal) =>
        new Promise((resolve) => {
          const answer = (value: PanelAnswer<Stretch>) => {
            resolve(value);
            return new Promise<void>((done) => setImmediate(done));
          };
          asked.push({ stretch, signal, answer });
        }),
    });
    const last = () => asked.at(-1) ?? assert.fail("nothing was asked");
    return { loader, asked, last, known };
  }

  it("asks one stretch after the other, and none twice", async () => {
    const { loader, asked, last } = makeLoader();
    loader.want(30, 40);
    assert.equal(asked.length, 1);
    const [first] = asked;
    await last().answer({ kind: "ready", value: last().stretch });
    assert.equal(asked.length, 2);
    assert.notDeepEqual(last().stretch, first?.stretch);
    await last().answer({ kind: "ready", value: last().stretch });
    loader.want(31, 41);
    assert.equal(asked.length, 2);
    assert.equal(loader.busy, false);
  });

  it("aborts what was scrolled away, and takes no late answer to it for the new one", async () => {
    const { loader, asked, last, known } = makeLoader();
    loader.want(1, 10);
    const gone = last();
    loader.want(150, 160);
    assert.equal(gone.signal.aborted, true);
    assert.equal(asked.length, 2);
    await gone.answer({ kind: "cancelled" });
    assert.equal(loader.busy, true);
    await last().answer({ kind: "ready", value: last().stretch });
    assert.ok(known.has(150) && !known.has(1));
  });

  it("stops at a failure until it is told to go on", async () => {
    const { loader, asked, last } = makeLoader();
    loader.want(1, 40);
    const error = { code: "internal", message: "broken", hint: "" } as const;
    await last().answer({ kind: "failed", error });
    assert.equal(loader.error, error);
    loader.want(1, 41);
    assert.equal(asked.length, 1);
    loader.retry();
    assert.equal(loader.error, null);
    assert.equal(asked.length, 2);
  });

  it("asks for nothing after the end", () => {
    const { loader, last } = makeLoader(40);
    loader.want(35, 60);
    assert.deepEqual(last().stretch, [33, 41]);
    loader.stop();
    assert.equal(last().signal.aborted, true);
  });
});

describe("the keys of a grid", () => {
  const size = { rows: 13, columns: 108, page: 9 };
  const go = (key: string, ctrlKey = false) => gridTarget({ key, ctrlKey }, { row: 4, column: 20 }, size);

  it("lead where a grid's keys lead", () => {
    assert.deepEqual(go("ArrowLeft"), { row: 4, column: 19 });
    assert.deepEqual(go("ArrowDown"), { row: 5, column: 20 });
    assert.deepEqual(
      [go("Home"), go("End")],
      [
        { row: 4, column: 0 },
        { row: 4, column: 107 },
      ],
    );
    assert.deepEqual(
      [go("Home", true), go("End", true)],
      [
        { row: 0, column: 0 },
        { row: 12, column: 107 },
      ],
    );
    assert.deepEqual(
      [go("PageUp"), go("PageDown")],
      [
        { row: 4, column: 11 },
        { row: 4, column: 29 },
      ],
    );
    assert.equal(go("x"), null);
  });

  it("never leave it", () => {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
    const place = fc.record({ row: fc.integer({ min: 0, max: 12 }), column: fc.integer({ min: 0, max: 107 }) });
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.boolean(), place, (key, ctrlKey, from) => {
        const { row, column } = gridTarget({ key, ctrlKey }, from, size) ?? assert.fail();
        assert.ok(row >= 0 && row < 13 && column >= 0 && column < 108);
      }),
    );
  });
});
