/** Our decoding against that of Hugging Face's transformers, on the starter. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { beamSearch } from "../../src/runtime/engine/beamSearch";
import { endOfText, type GenerateOptions, generateTokens, type TokenStep } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { peerPython } from "./environment";

const starter = join(__dirname, "../../media/models/starter");
const { signal } = new AbortController();
const ids = z.array(z.int());
const answer = z.object({
  beams: z.array(z.array(z.object({ ids, score: z.number() }))),
  greedy: z.array(ids),
  drawn: z.array(z.array(z.number())),
});

/** Beam searches: width, α, early stopping; `end` ends a text. */
const searches = [
  { numBeams: 4, lengthPenalty: 0.6, earlyStopping: false, maxNewTokens: 16 },
  { numBeams: 4, lengthPenalty: 0.6, earlyStopping: true, maxNewTokens: 16 },
  { numBeams: 4, lengthPenalty: 2, earlyStopping: "never", maxNewTokens: 12 },
  { numBeams: 3, lengthPenalty: 0, earlyStopping: false, maxNewTokens: 20 },
  { numBeams: 7, lengthPenalty: 1, earlyStopping: false, maxNewTokens: 10 },
] as const;

const draws = [
  { temperature: 0.9, topK: 0, topP: 0.9, minP: 0.02, repetitionPenalty: 1.2 },
  { temperature: 1.5, topK: 50, topP: 0.95, minP: 0, repetitionPenalty: 1 },
  { temperature: 0.7, topK: 200, topP: 0.8, minP: 0.05, repetitionPenalty: 0.9 },
];
const penalties = [1.2, 2, 0.8];

describe("decoding in transformers", function () {
  this.timeout(300_000);
  let python = "";
  let model: LoadedModel;
  let prompt: number[];
  let end: number;
  let theirs: z.infer<typeof answer>;
  const texts: TokenStep[][] = [];

  before(async function () {
    const found = await peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with transformers here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    model = await loadModel(await openModelFolder(starter), "cpu", performance.now());
    prompt = model.tokenizer?.encode("export function distance(a: Point, b: Point): number {\n  return ") ?? [];
    // A token that comes often, so that texts end in the midst of others.
    end = model.tokenizer?.encode("\n")[0] ?? 0;
    for (const draw of draws) texts.push(await generated({ ...draw, seed: 3 }));
    theirs = ask();
  });
  after(() => model?.dispose());

  async function generated(config: Partial<GenerateOptions["config"]>): Promise<TokenStep[]> {
    const standard = { maxNewTokens: 24, temperature: 0, topK: 0, topP: 1, seed: 0 };
    const describe = (id: number) => ({ id, text: String(id) });
    const options = { config: { ...standard, ...config }, endOfText: endOfText(model), topK: 1, describe, signal };
    const steps: TokenStep[] = [];
    for await (const step of generateTokens(model, prompt, options)) steps.push(step);
    return steps;
  }

  function ask(): z.infer<typeof answer> {
    const request = {
      prompt,
      beams: searches.map(({ numBeams, lengthPenalty, earlyStopping, maxNewTokens }) => ({
        num_beams: numBeams,
        length_penalty: lengthPenalty,
        early_stopping: earlyStopping,
        max_new_tokens: maxNewTokens,
        eos_token_id: end,
      })),
      greedy: penalties.map((x) => ({ repetition_penalty: x, max_new_tokens: 24 })),
      drawn: draws.map((draw, i) => ({ ...draw, ids: texts[i]?.map(({ id }) => id) })),
    };
    const options = { encoding: "utf8", input: JSON.stringify(request), maxBuffer: 2 ** 26 } as const;
    const { status, stdout, stderr } = spawnSync(python, [join(__dirname, "decode.py"), starter], options);
    assert.equal(status, 0, stderr);
    return answer.parse(JSON.parse(stdout));
  }

  for (const [i, search] of searches.entries())
    it(`finds the same texts with beams: ${JSON.stringify(search)}`, async () => {
      const ours = await beamSearch(model, prompt, { ...search, endOfText: end, signal });
      const expected = theirs.beams[i] ?? [];
      assert.equal(ours.length, expected.length);
      for (const [j, { ids, score }] of ours.entries()) {
        // Theirs are padded to one length.
        assert.deepEqual(expected[j]?.ids.slice(0, ids.length), ids, `text ${j}`);
        assert.ok(
          Math.abs((expected[j]?.score ?? 0) - score) < 1e-3,
          `score ${j}: ${score}, not ${expected[j]?.score}`,
        );
      }
    });

  for (const [i, repetitionPenalty] of penalties.entries())
    it(`takes the same tokens with the repetition penalty ${repetitionPenalty}`, async () => {
      const ours = await generated({ repetitionPenalty });
      assert.deepEqual(
        ours.map(({ id }) => id),
        theirs.greedy[i],
      );
    });

  for (const [i, draw] of draws.entries())
    it(`draws tokens with the same probabilities: ${JSON.stringify(draw)}`, () => {
      const expected = theirs.drawn[i] ?? [];
      const ours = texts[i] ?? [];
      assert.ok(ours.length > 0 && expected.length === ours.length);
      for (const [j, { truncatedProbability: p }] of ours.entries())
        assert.ok(Math.abs((expected[j] ?? 0) - p) < 1e-4, `token ${j}: ${p}, not ${expected[j]}`);
    });
});
