import assert from "node:assert/strict";
import fc from "fast-check";
import type { ReactiveController } from "lit";
import type { PanelAnswer } from "../../../src/runtime/analysisPanelProtocol";
import type { AttentionOverview } from "../../../src/runtime/analysisProtocol";
import { AnswerCache } from "../../../src/webview/inspector/attention/answerCache";
import { CurrentQuestion } from "../../../src/webview/inspector/attention/asking";
import { firstChoice, matrixSource, withinModel, withOrder } from "../../../src/webview/inspector/attention/choice";
import { headLabel, headRows, sortHeads, statisticText } from "../../../src/webview/inspector/attention/heads";
import { paragraphStarts, segmentRows, segmentsOf } from "../../../src/webview/inspector/attention/segments";
import { segmentsSvg } from "../../../src/webview/inspector/attention/segmentsSvg";
import { shortToken } from "../../../src/webview/inspector/attention/tokenLabels";
import { topKeys } from "../../../src/webview/inspector/attention/topKeys";
import type { ViewContext } from "../../../src/webview/inspector/viewContext";
import { numberFormats } from "../../../src/webview/shared/format";
import { attentionAnswers } from "../../webview/answers";
import { scores } from "../../webview/states";

const formats = numberFormats("en");

/** The overview that the page's tests use too. */
async function overview(segments = segmentsOf([], scores().tokens).segments): Promise<AttentionOverview> {
  const answer = (await attentionAnswers(scores())["analysis/overview"]?.({
    thumbnailSize: 32,
    segments,
  })) as PanelAnswer<AttentionOverview>;
  return answer.kind === "ready" ? answer.value : assert.fail();
}

describe("heads", () => {
  it("are sorted by a number, what was not measured last, either way", async () => {
    const rows = headRows(await overview()).map((row, index) =>
      index === 3 ? { ...row, statistics: { ...row.statistics, induction: Number.NaN } } : row,
    );
    for (const descending of [false, true]) {
      const sorted = sortHeads(rows, "induction", descending);
      assert.equal(sorted.length, rows.length);
      assert.equal(sorted.at(-1), rows[3]);
      const numbers = sorted.slice(0, -1).map((row) => row.statistics.induction);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => (descending ? b - a : a - b)),
      );
    }
    assert.deepEqual(sortHeads([...rows].reverse(), "layer", false), rows);
  });

  it("have a name with all their numbers", async () => {
    const [row] = headRows(await overview());
    assert.ok(row);
    assert.match(
      headLabel(row, formats),
      /^Layer 0, head 0: Entropy [\d.]+ bits, Distance [\d.]+ tokens, Previous token [\d.]+%, Induction [\d.]+%, First token [\d.]+%$/,
    );
    assert.equal(statisticText("induction", Number.NaN, formats), "–");
  });
});

describe("the choice", () => {
  it("fits the model, and turns an order round", () => {
    assert.deepEqual(withinModel({ ...firstChoice, layer: 11, head: 7 }, 4, 3), { ...firstChoice, layer: 3, head: 2 });
    assert.equal(withinModel(firstChoice, 4, 3), firstChoice);
    const byEntropy = withOrder(firstChoice, "entropy");
    assert.equal(byEntropy.descending, true);
    assert.equal(withOrder(byEntropy, "entropy").descending, false);
    assert.equal(withOrder(byEntropy, "layer").descending, false);
  });

  it("names the matrix", () => {
    const choice = { ...firstChoice, layer: 2, head: 1 };
    assert.deepEqual(matrixSource(choice), { kind: "head", layer: 2, head: 1 });
    assert.deepEqual(matrixSource({ ...choice, source: "layerMax" }), { kind: "layer", layer: 2, combine: "max" });
    assert.equal(matrixSource({ ...choice, source: "flow" }), null);
  });
});

describe("segments", () => {
  const tokens = (...texts: string[]) => texts.map((text) => ({ text }));

  it("are paragraphs where none are named: blank lines part them", () => {
    assert.deepEqual(
      paragraphStarts(tokens("One", " two", ".", "\n", "\n", "Three", "\n", "four", "\n \n", "Five")),
      [0, 5, 9],
    );
    assert.deepEqual(paragraphStarts(tokens("\n\n", "One", ".\n\nTwo", "x")), [0, 2]);
    assert.deepEqual(paragraphStarts(tokens("a", "\r\n\r\n", "b")), [0, 2]);
    assert.deepEqual(segmentsOf([{ name: "query", start: 0, end: 1 }], tokens("a")).kind, "named");
  });

  it("cover every token once, in sixteen at most", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", " b", "\n", "\n\n", " "), { minLength: 1, maxLength: 200 }),
        (texts) => {
          const { segments } = segmentsOf([], tokens(...texts));
          assert.ok(segments.length <= 16);
          assert.equal(segments[0]?.start, 0);
          assert.equal(segments.at(-1)?.end, texts.length);
          for (const [i, segment] of segments.slice(1).entries()) assert.equal(segment.start, segments[i]?.end);
          for (const { start, end } of segments) assert.ok(end > start);
        },
      ),
    );
  });

  it("have rows that sum to 1, of a head and of a layer's mean", async () => {
    const answer = await overview([
      { name: "a <b>", start: 0, end: 20 },
      { name: "c", start: 30, end: 60 },
    ]);
    for (const head of [0, 2, null]) {
      const rows = segmentRows(answer, 1, head) ?? assert.fail();
      assert.equal(rows.length, 2);
      // rtol 1e-5: sums of float32
      for (const row of rows) assert.ok(Math.abs(row.reduce((sum, p) => sum + p) - 1) < 1e-5);
    }
    const [first, second, third] = [0, 1, 2].map((head) => segmentRows(answer, 1, head)?.[1]?.[0] ?? 0);
    const mean = segmentRows(answer, 1, null)?.[1]?.[0] ?? 0;
    assert.ok(Math.abs(mean - ((first ?? 0) + (second ?? 0) + (third ?? 0)) / 3) < 1e-6);
    assert.equal(segmentRows({ ...answer, segments: null }, 0, 0), null);
  });

  it("are drawn for export with their names as text", () => {
    const table = { title: "T & U", columns: ["Queries of", "a <b>", "elsewhere"], rows: [["a <b>", 0.25, 0.75]] };
    const drawn = segmentsSvg(table, formats, { background: "#000", foreground: "#fff", bar: "#00f", font: "sans" });
    assert.ok(drawn.includes("T &amp; U") && drawn.includes("a &lt;b&gt;") && drawn.includes("75.0%"));
    assert.ok(!drawn.includes("<b>"));
  });
});

describe("the strongest keys", () => {
  it("come first, without those that are not computed", () => {
    assert.deepEqual(topKeys([0.1, Number.NaN, 0.5, 0.1], 2), [
      { key: 2, probability: 0.5 },
      { key: 3, probability: 0.1 },
    ]);
    assert.equal(topKeys(new Float32Array(100)).length, 20);
  });

  it("have short labels", () => {
    assert.equal(shortToken({ text: " the" }), "·the");
    assert.equal(shortToken({ text: "incomprehensible" }), "incompreh…");
    assert.equal(shortToken({ text: "\ufffd", bytes: "f09f" }), "f0 9f");
  });
});

describe("answers that are kept", () => {
  it("are forgotten with their text, and when there are too many the longest unused", () => {
    const cache = new AnswerCache(100);
    cache.about(1);
    cache.set("a", "A", 40);
    cache.set("b", "B", 40);
    assert.equal(cache.get("a"), "A");
    cache.set("c", "C", 40);
    assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], ["A", undefined, "C"]);
    cache.about(1);
    assert.equal(cache.get("a"), "A");
    cache.about(2);
    assert.equal(cache.get("a"), undefined);
    cache.set("large", "L", 1000);
    assert.equal(cache.get("large"), "L");
  });
});

describe("a question", () => {
  const context = (text: number) => ({ state: { ...scores(), text }, progress: null }) as unknown as ViewContext;
  function setUp() {
    let updates = 0;
    const controllers: ReactiveController[] = [];
    const host = {
      addController: (controller: ReactiveController) => controllers.push(controller),
      removeController: () => undefined,
      requestUpdate: () => {
        updates++;
      },
      updateComplete: Promise.resolve(true),
    };
    const question = new CurrentQuestion<string>(host, new AnswerCache(1000));
    const signals: AbortSignal[] = [];
    const answers: ((answer: PanelAnswer<string>) => void)[] = [];
    const asking = (name: string) => ({
      name,
      size: () => 10,
      ask: (signal: AbortSignal) => {
        signals.push(signal);
        return new Promise<PanelAnswer<string>>((done) => answers.push(done));
      },
    });
    return {
      question,
      signals,
      answers,
      asking,
      updates: () => updates,
      leave: () => controllers[0]?.hostDisconnected?.(),
    };
  }
  const settle = () => new Promise((done) => setImmediate(done));

  it("is asked once, and its answer is kept", async () => {
    const { question, answers, asking, signals } = setUp();
    question.want(asking("a"), context(1));
    question.want(asking("a"), context(1));
    assert.equal(signals.length, 1);
    answers[0]?.({ kind: "ready", value: "A" });
    await settle();
    assert.deepEqual(question.asked, { kind: "ready", value: "A" });
    question.want(asking("b"), context(1));
    assert.equal(question.asked.kind, "asking");
    question.want(asking("a"), context(1));
    assert.deepEqual(question.asked, { kind: "ready", value: "A" });
    assert.equal(signals.length, 2);
    assert.ok(signals[1]?.aborted);
  });

  it("yields to a newer one, whose answer counts, and to a newer text", async () => {
    const { question, answers, asking, signals } = setUp();
    question.want(asking("a"), context(1));
    question.want(asking("a"), context(2));
    assert.ok(signals[0]?.aborted && !signals[1]?.aborted);
    answers[1]?.({ kind: "ready", value: "new" });
    answers[0]?.({ kind: "ready", value: "old" });
    await settle();
    assert.deepEqual(question.asked, { kind: "ready", value: "new" });
  });

  it("is aborted when the view goes, and asked again when it comes back", () => {
    const { question, asking, signals, leave } = setUp();
    question.want(asking("a"), context(1));
    leave();
    assert.ok(signals[0]?.aborted);
    question.want(asking("a"), context(1));
    assert.equal(signals.length, 2);
  });

  it("can be given up and asked again", async () => {
    const { question, answers, asking, signals } = setUp();
    question.want(asking("a"), context(1));
    question.cancel();
    assert.ok(signals[0]?.aborted);
    answers[0]?.({ kind: "cancelled" });
    await settle();
    assert.equal(question.asked.kind, "cancelled");
    question.again();
    assert.equal(question.asked.kind, "asking");
    assert.equal(signals.length, 2);
  });
});
