import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getL10nJson } from "@vscode/l10n-dev";
import * as z from "zod";
import { commandIds } from "../../src/extension/commands/commandIds";
import { configSection, parseConfig, settingKeys } from "../../src/extension/config";

const root = join(__dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readJson = (path: string): unknown => JSON.parse(read(path));

const command = z.object({
  command: z.string(),
  title: z.string(),
  category: z.string(),
  icon: z.string().optional(),
  enablement: z.string().optional(),
});
const view = z.object({ id: z.string(), name: z.string(), icon: z.string(), when: z.string().optional() });
const property = z.object({
  scope: z.string(),
  default: z.unknown(),
  markdownDescription: z.string(),
  order: z.int(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
});
const manifest = z
  .object({
    main: z.string(),
    icon: z.string(),
    l10n: z.string(),
    engines: z.object({ vscode: z.string() }),
    devDependencies: z.record(z.string(), z.string()),
    activationEvents: z.array(z.string()),
    extensionKind: z.array(z.string()),
    capabilities: z.object({
      untrustedWorkspaces: z.object({ supported: z.string(), restrictedConfigurations: z.array(z.string()) }),
      virtualWorkspaces: z.object({ supported: z.string() }),
    }),
    contributes: z.object({
      commands: z.array(command),
      menus: z.record(
        z.string(),
        z.array(z.object({ command: z.string(), when: z.string(), group: z.string().optional() })),
      ),
      viewsContainers: z.object({
        activitybar: z.array(z.object({ id: z.string(), title: z.string(), icon: z.string() })),
      }),
      views: z.record(z.string(), z.array(view)),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string() })),
      configuration: z.array(z.object({ properties: z.record(z.string(), property) })),
      walkthroughs: z.array(
        z.object({
          steps: z.array(
            z.object({
              description: z.string(),
              media: z.object({ markdown: z.string() }),
              completionEvents: z.array(z.string()),
            }),
          ),
        }),
      ),
    }),
  })
  .parse(readJson("package.json"));
const texts = z.record(z.string(), z.string()).parse(readJson("package.nls.json"));

const { contributes } = manifest;
const contributedCommands = contributes.commands.map(({ command: id }) => id);
const settings = new Map(contributes.configuration.flatMap(({ properties }) => Object.entries(properties)));
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

/** Every TypeScript file below `folder`. */
function sources(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path: join(folder, path), text: read(join(folder, path)) }));
}

/** Commands that need a row of the Models view. */
const onRows = ["deleteModel", "loadModel", "quantizeModel", "revealModel", "showModelDetails"].map(
  (name) => `gptWorkbench.${name}`,
);

function sorted(values: Iterable<string>): string[] {
  return [...values].sort((a, b) => a.localeCompare(b));
}

describe("package.json", () => {
  it("contributes exactly the commands that have a handler", () => {
    // The handlers are a table total over commandIds by type, so the ids stand for the registrations.
    assert.deepEqual(sorted(contributedCommands), sorted(commandIds));
    const registering = sources("src/extension").filter(({ text }) => text.includes(".registerCommand("));
    assert.deepEqual(
      registering.map(({ path }) => path),
      [join("src/extension/commands/registerCommands.ts")],
    );
    for (const { category } of contributes.commands) assert.equal(category, "GPT Workbench");
  });

  it("refers only to commands it contributes: menus, walkthrough links and events", () => {
    const known = new Set(contributedCommands);
    const inMenus = Object.values(contributes.menus).flatMap((entries) => entries.map(({ command: id }) => id));
    const descriptions = Object.values(texts).join("\n");
    const links = [...descriptions.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id ?? "");
    const events = steps.flatMap(({ completionEvents }) => completionEvents);
    const inEvents = events.filter((event) => event.startsWith("onCommand:")).map((event) => event.slice(10));
    for (const id of [...inMenus, ...links, ...inEvents]) assert.ok(known.has(id), id);
    assert.ok(links.length >= 3 && inEvents.length >= 3);
  });

  it("keeps internal commands out of the palette, and shows the text commands only on a selection", () => {
    const hidden = (contributes.menus.commandPalette ?? []).filter(({ when }) => when === "false");
    const internal = ["acceptInlineCompletion", "openSample", "replaceToken", "showStatusMenu"].map(
      (name) => `gptWorkbench.${name}`,
    );
    assert.deepEqual(sorted(hidden.map(({ command: id }) => id)), sorted([...internal, ...onRows]));
    const inEditor = contributes.menus["editor/context"] ?? [];
    const shown = "resourcePath in gptWorkbench.surprisalShown";
    assert.equal(inEditor.length, 4);
    for (const { command: id, when } of inEditor) {
      const toggle = id === "gptWorkbench.toggleSurprisal"; // also takes away what is shown
      assert.equal(when, toggle ? `editorHasSelection || ${shown}` : "editorHasSelection");
    }
    assert.ok(
      read("src/extension/surprisal/editorSurprisal.ts").includes('"setContext", "gptWorkbench.surprisalShown"'),
    );
  });

  it("offers the commands on a model in its row's menu, each where it can be done", () => {
    const inRow = contributes.menus["view/item/context"] ?? [];
    for (const id of onRows)
      assert.ok(
        inRow.some(({ command: other }) => other === id),
        id,
      );
    const words = inRow.flatMap(({ when }) =>
      [...when.matchAll(/viewItem =~ \/\\b(\w+)\\b\//g)].map(([, word]) => word),
    );
    assert.ok(words.length >= inRow.length - 1, "all but the problem's are for rows of models");
    const source = read("src/extension/views/modelRow.ts");
    for (const word of words) assert.ok(source.includes(`"${word}"`), `no row has the word ${word}`);
    const menus = [...inRow, ...(contributes.menus["view/title"] ?? [])];
    for (const { when } of menus) assert.ok(when.startsWith("view == gptWorkbench.models"), when);
  });

  it("gives every command that a menu shows as a button an icon", () => {
    const icons = new Map(contributes.commands.map(({ command: id, icon }) => [id, icon]));
    const buttons = Object.values(contributes.menus)
      .flat()
      .filter(({ group }) => group !== undefined && /^(navigation|inline)/.test(group));
    assert.ok(buttons.length >= 6);
    for (const { command: id } of buttons) assert.match(icons.get(id) ?? "", /^\$\([\w-]+\)$/, id);
  });

  it("has one place in the activity bar, whose views exist in code and whose icon is drawn in one colour", () => {
    const [container, ...others] = contributes.viewsContainers.activitybar;
    assert.ok(container);
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(contributes.views), [container.id]);
    const views = contributes.views[container.id] ?? [];
    const code = read("src/extension/views/modelsView.ts");
    for (const { id, name } of views) {
      assert.ok(code.includes(`"${id}"`), id);
      assert.match(name, /^%.+%$/);
    }
    for (const { view: id } of contributes.viewsWelcome) assert.ok(views.some((one) => one.id === id));
    const svg = read(container.icon);
    assert.ok(svg.includes('fill="currentColor"'));
    assert.deepEqual([...svg.matchAll(/fill="([^"]+)"/g)].length, 1);
  });

  it("shows the ways to a model while the store is empty: links to a folder and to a hub", () => {
    const [welcome] = contributes.viewsWelcome;
    const text = texts[(welcome?.contents ?? "").replaceAll("%", "")] ?? "";
    assert.match(text, /\(command:gptWorkbench\.addModel\)/);
    assert.match(text, /\(command:gptWorkbench\.downloadModel\)/);
    const views = Object.values(contributes.views).flat();
    const when = views.find(({ id }) => id === welcome?.view)?.when ?? "";
    assert.ok(when && read("src/extension/views/modelsView.ts").includes(`"setContext", "${when}"`), when);
  });

  it("contributes exactly the settings that config.ts reads", () => {
    assert.deepEqual(sorted(settings.keys()), sorted(settingKeys.map((key) => `${configSection}.${key}`)));
  });

  it("has defaults that config.ts accepts", () => {
    const result = parseConfig((key) => settings.get(`${configSection}.${key}`)?.default);
    assert.equal(result.kind, "ok", JSON.stringify(result));
  });

  for (const [key, { minimum, maximum, enum: values }] of settings) {
    const defaults = (name: string) => settings.get(`${configSection}.${name}`)?.default;
    const accepts = (value: unknown) =>
      parseConfig((name) => (`${configSection}.${name}` === key ? value : defaults(name))).kind === "ok";
    if (minimum !== undefined && maximum !== undefined) {
      it(`has the limits of config.ts: ${key}`, () => {
        assert.ok(accepts(minimum) && accepts(maximum));
        assert.ok(!accepts(minimum - 1) && !accepts(maximum + 1));
      });
    } else if (values) {
      it(`has the values of config.ts: ${key}`, () => {
        for (const value of values) assert.ok(accepts(value));
        assert.ok(!accepts("other"));
      });
    }
  }

  it("lets a workspace that is not trusted name neither model nor device, nor turn inline completions on", () => {
    const restricted = sorted(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
    const files = ["gptWorkbench.device", "gptWorkbench.model", "gptWorkbench.modelDevices"];
    assert.deepEqual(restricted, sorted([...files, "gptWorkbench.inlineCompletions.enabled"]));
    for (const key of files) assert.equal(settings.get(key)?.scope, "machine-overridable");
    // What decides where a download comes from and goes to, and whether text of a workspace that is not trusted is
    // read, is the machine's: no workspace can set it, trusted or not.
    const machines = ["hub.endpoint", "models.folder", "inlineCompletions.inUntrustedWorkspaces"];
    for (const key of machines.map((name) => `gptWorkbench.${name}`)) {
      assert.equal(settings.get(key)?.scope, "machine");
    }
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, "limited");
  });

  it("runs next to the files and their GPU before it runs next to the window", () => {
    assert.deepEqual(manifest.extensionKind, ["workspace", "ui"]);
  });

  it("activates for the status bar item and for a restored panel; VS Code adds the commands by itself", () => {
    assert.deepEqual(manifest.activationEvents, [
      "onStartupFinished",
      "onWebviewPanel:gptWorkbench.inspector",
      "onWebviewPanel:gptWorkbench.reliability",
      "onWebviewPanel:gptWorkbench.compare",
    ]);
  });

  it("has a text for every %key%, and no text without one", () => {
    const keys = [...read("package.json").matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? "");
    assert.deepEqual(sorted(new Set(keys)), sorted(Object.keys(texts)));
    for (const [key, text] of Object.entries(texts)) assert.ok(text.trim(), key);
  });

  it("leaves no visible text untranslatable", () => {
    for (const { title } of contributes.commands) assert.match(title, /^%.+%$/);
    for (const { markdownDescription } of settings.values()) assert.match(markdownDescription, /^%.+%$/);
  });

  it("builds against the VS Code it says it needs", () => {
    assert.equal(`^${manifest.devDependencies["@types/vscode"]}`, manifest.engines.vscode);
  });

  it("has a 128 pixel PNG icon, and every file it names", () => {
    const png = readFileSync(join(root, manifest.icon));
    assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [128, 128]);
    for (const { media } of steps) assert.ok(existsSync(join(root, media.markdown)), media.markdown);
    assert.ok(existsSync(join(root, "media/walkthrough/sample.txt")));
  });
});

describe("l10n", () => {
  it("has every text of the sources in its bundle: if not, `npm run l10n`", async function () {
    this.timeout(120_000);
    const files = sources("src").map(({ text }) => ({ contents: text, extension: ".ts" }));
    assert.deepEqual(readJson(join(manifest.l10n, "bundle.l10n.json")), await getL10nJson(files));
  });

  it("takes texts from VS Code where VS Code is at hand, else from the same bundle through @vscode/l10n", () => {
    for (const { path, text } of sources("src/extension")) {
      const knowsVSCode = /^import (\* as vscode|type \* as vscode)/m.test(text);
      // extension.ts gives @vscode/l10n its bundle.
      if (knowsVSCode && !path.endsWith("extension.ts")) assert.ok(!text.includes('"@vscode/l10n"'), path);
    }
  });
});

describe(".vscodeignore", () => {
  const patterns = read(".vscodeignore")
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith("#"));
  const kept = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));

  it("is a whitelist: everything out, then what is kept, then no source maps", () => {
    assert.equal(patterns[0], "**");
    assert.deepEqual(
      patterns.filter((pattern) => !pattern.startsWith("!")),
      ["**", "**/*.map"],
    );
    assert.equal(patterns.at(-1), "**/*.map");
  });

  it("keeps what the extension needs", () => {
    for (const needed of [
      "package.json",
      "package.nls*.json",
      "LICENSE",
      `${manifest.l10n.replace("./", "")}/*.json`,
      manifest.icon,
      "media/activity.svg",
      "media/walkthrough/*",
      "media/models/starter/*",
      "media/prompts/*",
      "media/promptFile.schema.json",
      "out/*.js",
      "out/*.wasm",
      "out/webview/**",
      "node_modules/onnxruntime-node/bin/napi-v6/**",
    ]) {
      assert.ok(kept.includes(needed), needed);
    }
  });

  it("keeps nothing of the sources, the tests or the tools", () => {
    for (const pattern of kept)
      assert.doesNotMatch(pattern, /^(\*|src|test|samples|docs|\.|node_modules\/(?!onnxruntime))/);
  });
});
