import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import { reportHtml } from "../../../../../src/runtime/comparison/report/html/reportHtml";
import { reportItems } from "../../../../../src/runtime/comparison/report/reportItems";
import { simulated } from "./simulatedComparison";

const hostile = `"><script>alert('x')</script>&amp;<img src=x onerror=alert(1)>`;

async function page(name: string, curves: boolean): Promise<string> {
  const plain = simulated({
    items: 60,
    labels: [`${name} no`, `${name} yes`],
    arms: [
      { name: `${name} prompt`, kind: "prompt", accuracy: 0.5, k: 4, seeds: [0, 1, 2, 3, 4], dev: 0.5 },
      {
        ...{ name: `${name} LoRA`, kind: "lora", accuracy: 0.95, seeds: [0, 1, 2] },
        ...(curves && { labelCurve: { 10: 0.3, 30: 0.8 } }),
      },
    ],
    record: { name, text: `description: ${name}\n`, notes: [name], device: name },
    file: { assertions: [{ arm: `${name} LoRA`, atLeast: 0.5 }] },
  });
  const test = plain.data.test.map((item) => ({
    ...item,
    file: name,
    fields: { [name]: `${name} ${item.fields.text}` },
  }));
  const input = { ...plain, data: { ...plain.data, test } };
  const { report, arms } = await buildReport(input);
  return reportHtml({ report, items: reportItems(input, arms, { from: 0, count: 1000 }).items });
}

const matches = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), ([, found = ""]) => found);

describe("a comparison as a page", () => {
  let text: string;
  before(async () => {
    text = await page(hostile, true);
  });

  it("lets no text be markup, and has no script and nothing from elsewhere", () => {
    assert.doesNotMatch(text, /<script|<img|<iframe|<link|<object|<base\b/i);
    assert.doesNotMatch(text, / on[a-z]+=(?!alert)| style=/);
    assert.ok(text.includes("&lt;script&gt;"));
    const [style = ""] = matches(text, /<style>([\s\S]*?)<\/style>/g);
    const policy = `default-src 'none'; style-src 'sha256-${hash("sha256", style, "base64")}'`;
    assert.ok(text.includes(`content="${policy}`), "the policy allows this style alone");
    for (const href of matches(text, / href="([^"]*)"/g)) assert.match(href, /^#/);
  });

  it("begins with the verdict", () => {
    const main = text.slice(text.indexOf("<main>"));
    assert.match(
      main,
      /^<main>\n<section class="verdict" aria-label="Verdict"><p class="answer">Fine-tuning does better\. /,
    );
  });

  it("leads every number to something on the page, and names nothing twice", () => {
    const ids = matches(text, / id="([^"]*)"/g);
    assert.equal(new Set(ids).size, ids.length);
    const known = new Set(ids);
    const links = matches(text, / href="#([^"]*)"/g);
    assert.ok(links.length > 100);
    assert.deepEqual(
      links.filter((link) => !known.has(link)),
      [],
    );
  });

  it("has tables with captions and headed rows, and plots with words", () => {
    const tables = text.match(/<table/g)?.length ?? 0;
    assert.equal(text.match(/<caption>/g)?.length, tables);
    assert.ok(tables > 10);
    const plots = text.match(/<svg/g)?.length ?? 0;
    assert.equal(text.match(/<svg class="plot" role="img" aria-label="[^"]+"/g)?.length, plots);
    // Arms, a learning curve, and reliability of both arms and the baselines.
    assert.equal(plots, 2 + 5);
  });

  it("lists the items behind each cell of the confusion", () => {
    const cells = matches(text, /<td class="heat-\d+(?: right)?"><a href="#arm-1-cell-0-1">(\d+)<\/a>/g);
    const lists = matches(text, /<p class="list" id="arm-1-cell-0-1">(.*?)<\/p>/g);
    assert.equal(lists.length, cells.length);
    for (const list of lists) assert.match(list, /says .* where .* is right<\/strong> \(\d+\): <a href="#item-\d+">/);
  });

  it("draws no number that is none", () => {
    assert.doesNotMatch(text, /NaN|Infinity|undefined|\[object/);
  });

  it("leaves out what there is not", async () => {
    const plain = await page("plain", false);
    assert.doesNotMatch(plain, /Learning curves/);
    assert.match(plain, /<h2 id="arms">Arms<\/h2>/);
  });
});
