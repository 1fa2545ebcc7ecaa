import assert from "node:assert/strict";
import { downloadModel } from "../../../../src/extension/commands/downloadModel";
import { setHubToken } from "../../../../src/extension/commands/hubToken";
import type { CallOptions } from "../../../../src/extension/runtimeClient";
import { CancelledError, hubFailed } from "../../../../src/runtime/errors";
import type { HubListing } from "../../../../src/runtime/modelsProtocol";
import { downloaded, fakeWorkbench, press, type Seen } from "../models";

const listing: HubListing = {
  commit: "607a30d783dfa663caf39e06633721c8d4cfcd7e",
  files: [
    { path: "config.json", size: 665, sha256: null },
    { path: "model.safetensors", size: 548_105_171, sha256: "ab".repeat(32) },
  ],
  totalBytes: 548_105_836,
  presentBytes: 0,
  freeBytes: 20e9,
};
const repo = "openai-community/gpt2";
const cut = hubFailed("https://hub.example", "ended the connection", "Try again.");
const methods = ({ asked }: Seen): string[] => asked.map(({ method }) => method);

describe("downloadModel", () => {
  it("lists first, asks, downloads the commit that was listed, and offers to load it", async () => {
    const answers = { "hub/list": listing, "hub/download": downloaded };
    const { workbench, seen } = fakeWorkbench(answers, { inputs: [`${repo}@v1`], confirms: [true] });
    await downloadModel(workbench);
    const hub = { store: "/store", endpoint: "https://hub.example", repo };
    assert.deepEqual(seen.asked, [
      { method: "hub/list", params: { ...hub, revision: "v1" } },
      { method: "hub/download", params: { ...hub, revision: listing.commit } },
    ]);
    assert.match(seen.told[0]?.text ?? "", /openai-community\/gpt2 was downloaded/);
    await press(seen, "Load");
    assert.deepEqual(seen.updates, [["model", "/store/b2"]]);
  });

  it("says in the question what is fetched, from where, how much room there is, and what leaves the machine", async () => {
    const some = { ...listing, presentBytes: 100e6 };
    const { workbench, seen } = fakeWorkbench({ "hub/list": some }, { inputs: [repo], confirms: [false] });
    await downloadModel(workbench);
    assert.equal(seen.confirmations[0]?.message, "Download openai-community/gpt2 (448 MB)?");
    assert.deepEqual(seen.confirmations[0]?.detail.split("\n"), [
      "model.safetensors: 548 MB",
      "config.json: 665 B",
      "",
      "Total: 548 MB",
      "Already here: 100 MB",
      "Free on disk: 20 GB",
      "",
      "From https://hub.example, commit 607a30d783.",
      "Only the model's name is sent there. Nothing else leaves this machine.",
    ]);
    assert.deepEqual(methods(seen), ["hub/list"], "no download without a yes");
  });

  it("names at most twelve files, the largest, and makes their names visible", async () => {
    const files = Array.from({ length: 30 }, (_, i) => ({ path: `shard-${i}\n`, size: 1000 * (i + 1), sha256: null }));
    const many = { ...listing, files };
    const { workbench, seen } = fakeWorkbench({ "hub/list": many }, { inputs: [repo], confirms: [false] });
    await downloadModel(workbench);
    const lines = seen.confirmations[0]?.detail.split("\n") ?? [];
    assert.equal(lines[0], "shard-29\uFFFD: 30 kB");
    assert.equal(lines[12], "and 18 more: 171 kB");
  });

  it("asks nothing when the disk is too small, and says so", async () => {
    const small = { ...listing, presentBytes: 48_105_836, freeBytes: 499e6 };
    const { workbench, seen } = fakeWorkbench({ "hub/list": small }, { inputs: [repo] });
    await downloadModel(workbench);
    assert.match(seen.told[0]?.text ?? "", /\/store: 500 MB are needed, but only 499 MB are free/);
    assert.deepEqual(methods(seen), ["hub/list"]);
    const enough = { ...small, freeBytes: 500e6 };
    const other = fakeWorkbench({ "hub/list": enough }, { inputs: [repo], confirms: [false] });
    await downloadModel(other.workbench);
    assert.equal(other.seen.confirmations.length, 1);
  });

  it("goes on after a break when told to try again", async () => {
    let tries = 0;
    const download = () => {
      if (tries++ < 2) throw cut;
      return downloaded;
    };
    const answers = { "hub/list": listing, "hub/download": download };
    const { workbench, seen } = fakeWorkbench(answers, { inputs: [repo], confirms: [true] });
    await downloadModel(workbench);
    assert.equal(seen.told[0]?.text, `${cut.message} ${cut.hint}`);
    await press(seen, "Try Again");
    await press(seen, "Try Again");
    assert.match(seen.told.at(-1)?.text ?? "", /was downloaded/);
    assert.deepEqual(methods(seen), ["hub/list", "hub/download", "hub/download", "hub/download"]);
    assert.deepEqual(seen.asked[3], seen.asked[1], "the same commit each time");
  });

  it("passes progress on, and hands the cancel to the runtime without a message", async () => {
    const download = (_: unknown, { onProgress, signal }: CallOptions) => {
      onProgress?.({ stage: "downloading", done: 1, total: 2 });
      if (signal?.aborted) throw new CancelledError();
      return downloaded;
    };
    const answers = { "hub/list": listing, "hub/download": download };
    const { workbench, seen } = fakeWorkbench(answers, { inputs: [repo], confirms: [true], cancels: 1 });
    let changes = 0;
    workbench.modelStore.onDidChange(() => changes++);
    await downloadModel(workbench);
    assert.deepEqual(seen.progress[1], {
      title: "Downloading openai-community/gpt2",
      reports: [{ stage: "downloading", done: 1, total: 2 }],
    });
    assert.deepEqual(seen.told, []);
    assert.ok(seen.log.some((line) => line.includes("kept for the next try")));
    assert.equal(changes, 1);
  });

  it("sends the token of this hub, says so, and shows it nowhere", async () => {
    const answers = { "hub/list": listing, "hub/download": downloaded };
    const { workbench, seen } = fakeWorkbench(answers, { inputs: ["hf_secret", repo], confirms: [true] });
    await setHubToken(workbench);
    await downloadModel(workbench);
    assert.deepEqual(
      seen.asked.map(({ params }) => params.token),
      ["hf_secret", "hf_secret"],
    );
    assert.match(seen.confirmations[0]?.detail ?? "", /and your token are sent there/);
    assert.ok(!JSON.stringify([seen.told, seen.log, seen.confirmations, seen.progress]).includes("hf_secret"));
  });

  it("lists again when told to, without asking for the name again, and with the token that is set by then", async () => {
    let tries = 0;
    const list = () => {
      if (tries++ === 0) throw cut;
      return listing;
    };
    const { workbench, seen } = fakeWorkbench({ "hub/list": list }, { inputs: [repo, "hf_late"], confirms: [false] });
    await downloadModel(workbench);
    const [refused] = seen.told;
    await setHubToken(workbench);
    await refused?.actions.find(({ title }) => title === "Try Again")?.run();
    assert.deepEqual(
      seen.asked.map(({ method, params }) => [method, params.repo, params.token]),
      [
        ["hub/list", repo, undefined],
        ["hub/list", repo, "hf_late"],
      ],
    );
    assert.match(seen.confirmations[0]?.detail ?? "", /and your token are sent there/);
  });

  it("reports what the hub says, and asks nothing of it before a name is typed", async () => {
    const dismissed = fakeWorkbench({}, { inputs: [undefined] });
    await downloadModel(dismissed.workbench);
    assert.deepEqual([methods(dismissed.seen), dismissed.seen.told], [[], []]);
    const list = () => {
      throw cut;
    };
    const { workbench, seen } = fakeWorkbench({ "hub/list": list }, { inputs: [repo] });
    await downloadModel(workbench);
    assert.equal(seen.told[0]?.kind, "error");
    assert.deepEqual(seen.confirmations, []);
  });
});
