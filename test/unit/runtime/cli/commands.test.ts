/** The commands on the starter and on the reference models, in this process. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSafetensors, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { fixture, root, withFolder } from "../checkpoint/support";
import { loadReference, referenceDecode, referenceEncode } from "../tokenizer/referenceBpe";
import { gptw, jsonLines } from "./fakeTerminal";

const folder = join(root, "media/models/starter");
const starter = ["--model", folder, "--device", "cpu"];
const reference = loadReference(folder);

function number(value: unknown): number {
  assert.equal(typeof value, "number");
  return Number(value);
}

/** Scores a text given on standard input. */
async function scoreText(input: string | Uint8Array) {
  return gptw(["score", ...starter, "-"], { input });
}

describe("gptw score", function () {
  this.timeout(240_000);

  for (const name of ["gpt2-tiny", "gpt2-tiny-hubstyle", "gpt2-tiny-untied"]) {
    it(`gives the reference's log-probabilities and ranks for ${name} --ids`, async () => {
      const expected: { cases: { plain: { input_ids: number[][] } } } = JSON.parse(
        readFileSync(fixture(`${name}/expected.json`), "utf8"),
      );
      const file = await openSafetensors(fixture(`${name}/expected.safetensors`));
      const logprobs = await readTensor(file, "plain.token_logprobs");
      const logits = await readTensor(file, "plain.logits");
      const ids = expected.cases.plain.input_ids[0] ?? [];
      const vocabSize = logits.length / 2 / ids.length;
      const args = ["score", "--model", fixture(name), "--device", "cpu", "--ids", ids.join(",")];
      const { code, out, err } = await gptw(args);
      assert.equal(code, 0, err);
      const lines = jsonLines(out);
      assert.deepEqual(lines[0], { token: null, id: ids[0], logprob: null, rank: null });
      assert.equal(lines.length, ids.length);
      lines.slice(1).forEach((line, t) => {
        assert.deepEqual(Object.keys(line), ["token", "id", "logprob", "rank"]);
        assert.equal(line.id, ids[t + 1]);
        assert.ok(Math.abs(number(line.logprob) - number(logprobs[t])) < 1e-4, `token ${t + 1}`);
        const row = logits.subarray(t * vocabSize, (t + 1) * vocabSize);
        const target = number(row[ids[t + 1] ?? -1]);
        assert.equal(line.rank, 1 + row.filter((logit) => logit > target).length);
      });
    });
  }

  it("scores a file's every token, and sums up on standard error", async () => {
    const file = join(root, "samples/code/wordCount.ts");
    const text = readFileSync(file, "utf8");
    const { code, out, err } = await gptw(["score", ...starter, file]);
    assert.equal(code, 0, err);
    const lines = jsonLines(out);
    const ids = referenceEncode(reference, text);
    assert.deepEqual(
      lines.map(({ id }) => id),
      ids,
    );
    assert.equal(lines.map(({ token }) => token).join(""), text);
    const bits = -lines.slice(1).reduce((sum, { logprob }) => sum + number(logprob), 0) / Math.LN2;
    assert.ok(err.includes(`${bits.toFixed(2)} bits`), err);
    assert.ok(err.includes(`${ids.length} tokens, ${ids.length - 1} of them scored`), err);
    const bytes = Buffer.byteLength(text) - referenceDecode(reference, ids.slice(0, 1)).length;
    assert.ok(err.includes(`${(bits / bytes).toFixed(4)} bits per byte`), err);
  });

  it("gives the bytes of tokens that are no whole text", async () => {
    const lines = jsonLines((await scoreText("👍🏽 Grüße\r\n\tשלום")).out);
    const bytes = lines.map(({ token, bytes: hex }) =>
      hex === undefined ? Buffer.from(String(token)) : Buffer.from(String(hex), "hex"),
    );
    assert.equal(Buffer.concat(bytes).toString(), "👍🏽 Grüße\r\n\tשלום");
    assert.ok(lines.some((line) => "bytes" in line));
  });

  it("gives the same for a text and for its ids", async () => {
    const text = "The president of the United States\n";
    const ids = referenceEncode(reference, text).join(",");
    const byText = await scoreText(text);
    assert.deepEqual(await gptw(["score", ...starter, "--ids", ids]), byText);
    assert.equal(byText.code, 0);
  });

  it("scores one token: nothing stands before it", async () => {
    const { code, out, err } = await gptw(["score", ...starter, "--ids", "5"]);
    assert.equal(code, 0);
    assert.equal(jsonLines(out).length, 1);
    assert.match(err, /1 tokens, 0 of them scored; 0\.00 bits, perplexity 1\.00/);
  });

  it("keeps the start of a text that is too long, and says so", async () => {
    const text = "one two three four five ".repeat(300);
    const { code, out, err } = await scoreText(text);
    assert.equal(code, 0);
    const lines = jsonLines(out);
    assert.equal(lines.length, 512);
    assert.ok(text.startsWith(lines.map(({ token }) => token).join("")));
    const total = referenceEncode(reference, text).length;
    assert.ok(err.includes(`The text has ${total} tokens; the first 512 were kept.`), err);
  });

  it("scores a text that is too long whole with --slide, and says how often the context was full", async () => {
    const text = "one two three four five ".repeat(300);
    const { code, out, err } = await gptw(["score", ...starter, "--context", "200", "--slide", "-"], { input: text });
    assert.equal(code, 0);
    const lines = jsonLines(out);
    assert.equal(lines.map(({ token }) => token).join(""), text);
    assert.ok(lines.slice(1).every(({ logprob }) => typeof logprob === "number"));
    // Each window after the first adds 101 places to the 200 that the first predicts.
    const slides = Math.ceil((lines.length - 1 - 200) / 101);
    assert.ok(err.includes(`The context was full ${slides} times`), err);
    const head = await gptw(["score", ...starter, "--context", "200", "-"], { input: text });
    assert.deepEqual(jsonLines(head.out), lines.slice(0, 200));
  });

  const failures: readonly (readonly [what: string, args: readonly string[], words: readonly string[]])[] = [
    ["a folder that is no model", ["--model", root, "--ids", "1"], ["config.json is missing", "Choose a folder"]],
    ["a file that is not there", ["--model", folder, "nowhere.txt"], ["nowhere.txt"]],
    ["a folder for a file", ["--model", folder, root], ["not a file"]],
    ["a file that is no text", ["--model", folder, join(folder, "model.safetensors")], ["UTF-8"]],
    ["ids outside the vocabulary", ["--model", folder, "--ids", "8191,8192"], ["8192"]],
    ["text for a model without tokenizer", ["--model", fixture("gpt2-tiny"), "package.json"], ["vocab.json"]],
  ];
  for (const [what, args, words] of failures) {
    it(`fails with exit code 1 on ${what}`, async () => {
      const { code, out, err } = await gptw(["score", "--device", "cpu", ...args]);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, /^gptw: /);
      for (const word of words) assert.ok(err.includes(word), `"${err}" lacks "${word}"`);
    });
  }

  it("fails on input that is empty or no text", async () => {
    const empty = await scoreText("");
    assert.deepEqual([empty.code, empty.out], [1, ""]);
    assert.match(empty.err, /no text/);
    const binary = await scoreText(Uint8Array.of(0x61, 0xff));
    assert.deepEqual([binary.code, binary.out], [1, ""]);
    assert.match(binary.err, /standard input is not UTF-8/);
  });

  it("ends with 130 when it is interrupted before it begins", async () => {
    const { code, out, err } = await gptw(["score", ...starter, "--ids", "1,2"], { signal: AbortSignal.abort() });
    assert.deepEqual([code, out, err], [130, "", ""]);
  });
});

describe("gptw generate", function () {
  this.timeout(240_000);
  const greedy = ["generate", ...starter, "--temperature", "0"];

  it("writes the continuation, then a line feed", async () => {
    const { code, out, err } = await gptw([...greedy, "--max-new-tokens", "12", "export function "]);
    assert.deepEqual([code, err], [0, ""]);
    const { out: json } = await gptw([...greedy, "--max-new-tokens", "12", "--json", "export function "]);
    const lines = jsonLines(json);
    const result = lines.at(-1);
    assert.equal(out, `${String(result?.text)}\n`);
    assert.equal(lines.length, 13);
    assert.equal(
      referenceDecode(
        reference,
        lines.slice(0, -1).map(({ id }) => number(id)),
      ).toString(),
      result?.text,
    );
  });

  it("gives what score gives: greedy tokens are of rank 1, with the same probability", async () => {
    const prompt = "import { readFile } from ";
    const { out } = await gptw([...greedy, "--max-new-tokens", "8", "--json", prompt]);
    const generated = jsonLines(out).slice(0, -1);
    const promptIds = referenceEncode(reference, prompt);
    const ids = [...promptIds, ...generated.map(({ id }) => id)].join(",");
    const scored = jsonLines((await gptw(["score", ...starter, "--ids", ids])).out).slice(promptIds.length);
    generated.forEach((token, i) => {
      assert.deepEqual([token.rank, token.truncatedProbability, scored[i]?.rank], [1, 1, 1]);
      assert.ok(Math.abs(number(token.logprob) - number(scored[i]?.logprob)) < 1e-4);
    });
  });

  it("streams: the first tokens come before the last is made", async () => {
    const lengths: number[] = [];
    const { out } = await gptw([...greedy, "--max-new-tokens", "10", "The "], {
      onOut: (text) => lengths.push(text.length),
    });
    assert.ok(new Set(lengths).size > 5, String(lengths));
    assert.equal(lengths.at(-1), out.length);
  });

  it("repeats itself for a seed, and varies with seeds", async () => {
    const run = async (seed: number) =>
      (await gptw(["generate", ...starter, "--max-new-tokens", "16", "--seed", String(seed), "The "])).out;
    const [first, again, ...others] = [await run(1), await run(1), await run(2), await run(3)];
    assert.equal(first, again);
    assert.ok(others.some((other) => other !== first));
  });

  it("records how to repeat it", async () => {
    const args = [
      "--temperature",
      "0.5",
      "--top-k",
      "7",
      "--top-p",
      ".9",
      "--seed",
      "3",
      "--stop",
      "§",
      "--max-new-tokens=4",
    ];
    const { out } = await gptw(["generate", ...starter, ...args, "--json", "The "]);
    const { config, model, promptTokens, truncation, finishReason, tokens } = jsonLines(out).at(-1) ?? {};
    assert.deepEqual(config, { maxNewTokens: 4, temperature: 0.5, topK: 7, topP: 0.9, seed: 3, stop: ["§"] });
    assert.deepEqual(
      [promptTokens, truncation, finishReason, tokens],
      [referenceEncode(reference, "The ").length, null, "maxNewTokens", 4],
    );
    assert.ok(typeof model === "object" && model && "folder" in model && model.folder === folder);
  });

  it("records the other settings where they are given, and obeys them", async () => {
    const given = [
      "--min-p",
      ".1",
      "--repetition-penalty",
      "1.5",
      "--frequency-penalty=-.5",
      "--presence-penalty",
      "2",
    ];
    const args = [
      ...given,
      "--logit-bias",
      "300=1e9",
      "--logit-bias",
      "301=-4.5",
      "--max-new-tokens",
      "3",
      "--json",
      "The ",
    ];
    const wrong = await gptw(["generate", ...starter, ...args]);
    assert.deepEqual([wrong.code, wrong.out], [2, ""]);
    assert.match(wrong.err, /--logit-bias must be a token's id and a number/);
    const { out } = await gptw(["generate", ...starter, ...args.map((arg) => arg.replace("1e9", "1000"))]);
    const lines = jsonLines(out);
    assert.deepEqual(
      lines.slice(0, -1).map(({ id }) => id),
      [300, 300, 300],
    );
    assert.deepEqual(lines.at(-1)?.config, {
      maxNewTokens: 3,
      temperature: 0.8,
      topK: 40,
      topP: 1,
      minP: 0.1,
      repetitionPenalty: 1.5,
      frequencyPenalty: -0.5,
      presencePenalty: 2,
      logitBias: { 300: 1000, 301: -4.5 },
      seed: 0,
      stop: [],
    });
  });

  it("ends before a stop string, which may be written with escapes", async () => {
    const args = [...greedy, "--max-new-tokens", "40"];
    const prompt = "function add(a, b) {";
    const text = (await gptw([...args, prompt])).out.slice(0, -1);
    const line = await gptw([...args, "--stop", "\\n", prompt]);
    assert.ok(text.includes("\n"), JSON.stringify(text));
    assert.equal(line.out, `${text.slice(0, text.indexOf("\n"))}\n`);
    const stop = text.slice(text.length / 2, text.length / 2 + 6);
    const written = stop.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
    const stopped = await gptw([...args, "--stop", "§", "--stop", written, prompt]);
    assert.equal(stopped.out, `${text.slice(0, text.indexOf(stop))}\n`);
  });

  it("gives out what was held back for a stop string that never came", async () => {
    const plain = await gptw([...greedy, "--max-new-tokens", "9", "The "]);
    const text = plain.out.slice(0, -1);
    const held = await gptw([...greedy, "--max-new-tokens", "9", "--stop", `${text.slice(-2)}§`, "The "]);
    assert.equal(held.out, plain.out);
  });

  it("reads the text from standard input", async () => {
    const input = "const x = [\r\n\t1,\n";
    const piped = await gptw([...greedy, "--max-new-tokens", "5", "-"], { input });
    const given = await gptw([...greedy, "--max-new-tokens", "5", input]);
    assert.deepEqual(piped, given);
    assert.equal(piped.code, 0);
  });

  it("takes a text that begins with a dash after --", async () => {
    assert.equal((await gptw([...greedy, "--max-new-tokens", "2", "--", "--help"])).code, 0);
  });

  it("keeps the end of a text that is too long, and says so", async () => {
    const { code, err } = await gptw([...greedy, "--max-new-tokens", "3", "one two three four five ".repeat(300)]);
    assert.equal(code, 0);
    assert.match(err, /The text has \d+ tokens; the last 509 were kept\./);
  });

  it("fails on an empty text, and on a model without tokenizer", async () => {
    const empty = await gptw([...greedy, ""]);
    assert.deepEqual([empty.code, empty.out], [1, ""]);
    const silent = await gptw(["generate", "--model", fixture("gpt2-tiny"), "--device", "cpu", "hello"]);
    assert.deepEqual([silent.code, silent.out], [1, ""]);
    assert.match(silent.err, /vocab\.json/);
  });

  it("stops computing when it is interrupted, and keeps what it had", async () => {
    const interrupt = new AbortController();
    const onOut = (out: string) => {
      if (out.split("\n").length > 3) interrupt.abort();
    };
    const args = [...greedy, "--max-new-tokens", "400", "--json", "The "];
    const { code, out } = await gptw(args, { signal: interrupt.signal, onOut });
    assert.equal(code, 130);
    const lines = jsonLines(out);
    assert.equal(lines.at(-1)?.finishReason, "cancelled");
    assert.ok(lines.length < 10, `${lines.length} lines`);
  });

  it("names the tensor of a damaged checkpoint", async () => {
    await withFolder(async (damaged) => {
      for (const name of ["config.json", "vocab.json", "merges.txt"]) {
        await writeFile(join(damaged, name), readFileSync(join(folder, name)));
      }
      const whole = readFileSync(join(folder, "model.safetensors"));
      await writeFile(join(damaged, "model.safetensors"), whole.subarray(0, whole.length - 1));
      const { code, err } = await gptw(["generate", "--model", damaged, "--device", "cpu", "The "]);
      assert.equal(code, 1);
      assert.match(err, /model\.safetensors: tensor "transformer\.[\w.]+" ends at byte/);
    });
  });
});
