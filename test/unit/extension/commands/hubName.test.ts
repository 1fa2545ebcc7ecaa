import assert from "node:assert/strict";
import fc from "fast-check";
import { parseHubName } from "../../../../src/extension/commands/hubName";

const endpoint = "https://hub.example/base";

describe("hubName", () => {
  const names: readonly (readonly [typed: string, repo: string, revision: string])[] = [
    ["gpt2", "gpt2", "main"],
    ["  openai-community/gpt2 ", "openai-community/gpt2", "main"],
    ["EleutherAI/gpt-neo-1.3B@v1.0", "EleutherAI/gpt-neo-1.3B", "v1.0"],
    ["a/b@refs/pr/3", "a/b", "refs/pr/3"],
    [`a/b@${"0123456789".repeat(4)}`, "a/b", "0123456789".repeat(4)],
    ["https://hub.example/base/a/b", "a/b", "main"],
    ["https://hub.example/base/a/b/?x=1#files", "a/b", "main"],
    ["https://hub.example/base/a/b/tree/main", "a/b", "main"],
    ["https://hub.example/base/gpt2/tree/refs/pr/3/", "gpt2", "refs/pr/3"],
  ];
  for (const [typed, repo, revision] of names) {
    it(`reads ${JSON.stringify(typed)}`, () => {
      assert.deepEqual(parseHubName(typed, endpoint), { kind: "ok", name: { repo, revision } });
    });
  }

  const refused: readonly (readonly [typed: string, problem: RegExp])[] = [
    ["", /Type the name/],
    ["   ", /Type the name/],
    ["a/b/c", /owner\/name/],
    ["/a", /owner\/name/],
    ["a/", /owner\/name/],
    ["../a", /owner\/name/],
    ["a/..", /owner\/name/],
    ["a/b..c", /owner\/name/],
    ["a/b--c", /owner\/name/],
    ["a/b.git", /owner\/name/],
    ["a/b.", /owner\/name/],
    ["a b/c", /owner\/name/],
    ["a/b\nc", /owner\/name/],
    ["a/b?c", /owner\/name/],
    [`a/${"b".repeat(97)}`, /owner\/name/],
    ["a/b@", /branch/],
    ["a/b@../x", /branch/],
    ["a/b@x y", /branch/],
    ["a/b@x//y", /branch/],
    ["https://other.example/a/b", /not the address of a model at https:\/\/hub\.example\/base/],
    ["https://hub.example/basement/a", /not the address/],
    ["https://hub.example/base/a/b/blob/main/config.json", /owner\/name/],
  ];
  for (const [typed, problem] of refused) {
    it(`refuses ${JSON.stringify(typed)}`, () => {
      const result = parseHubName(typed, endpoint);
      assert.ok(result.kind === "invalid" && problem.test(result.problem), JSON.stringify(result));
    });
  }

  it("lets nothing through that could leave its place in a path or an address", () => {
    const piece = fc.constantFrom("a", "b1", "/", ".", "..", "@", "%2e", "\\", "?", "#", " ", "-", "_", "\n", "tree");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const result = parseHubName(pieces.join(""), endpoint);
        if (result.kind === "invalid") return;
        const { repo, revision } = result.name;
        const url = new URL(`${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/config.json`);
        assert.ok(url.pathname.startsWith(`/base/${repo}/resolve/`));
        assert.doesNotMatch(`${repo}@${revision}`, /\.\.|[\\?#%\s]|\/\//);
      }),
    );
  });
});
