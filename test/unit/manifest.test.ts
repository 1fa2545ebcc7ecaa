import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getL10nJson } from "@vscode/l10n-dev";
import * as z from "zod";
import { probabilitiesInput, promptInput } from "../../src/extension/chat/tools";
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
        z.array(
          z
            .object({ command: z.string().optional(), submenu: z.string().optional() })
            .extend({ when: z.string(), group: z.string().optional() }),
        ),
      ),
      submenus: z.array(z.object({ id: z.string(), label: z.string() })),
      keybindings: z.array(z.object({ command: z.string(), key: z.string(), mac: z.string(), when: z.string() })),
      languageModelChatProviders: z.array(z.object({ vendor: z.string(), displayName: z.string() })),
      languageModelTools: z.array(
        z.object({
          name: z.string(),
          displayName: z.string(),
          userDescription: z.string(),
          modelDescription: z.string(),
          inputSchema: z.object({ required: z.array(z.string()), properties: z.record(z.string(), z.unknown()) }),
        }),
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

/** The commands that a menu names, without its submenus. */
function commandsOf(menu: readonly { command?: string | undefined }[] = []): string[] {
  return menu.flatMap(({ command: id }) => id ?? []);
}

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

/** Commands that need a run of the History view. */
const onRuns = [
  ...["compareRuns", "compareWithSelectedRun", "deleteRun", "openRun"],
  ...["openRunRecord", "revealRun", "runAgain", "selectRunForCompare"],
].map((name) => `gptWorkbench.${name}`);

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
    const inMenus = Object.values(contributes.menus).flatMap(commandsOf);
    const keys = contributes.keybindings.map(({ command: id }) => id);
    const descriptions = Object.values(texts).join("\n");
    const links = [...descriptions.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id ?? "");
    const events = steps.flatMap(({ completionEvents }) => completionEvents);
    const inEvents = events.filter((event) => event.startsWith("onCommand:")).map((event) => event.slice(10));
    for (const id of [...inMenus, ...keys, ...links, ...inEvents]) assert.ok(known.has(id), id);
    assert.ok(links.length >= 3 && inEvents.length >= 3);
  });

  it("keeps internal commands out of the palette, and shows the text commands only on a selection", () => {
    const hidden = (contributes.menus.commandPalette ?? []).filter(({ when }) => when === "false");
    const internal = [
      ...["acceptInlineCompletion", "openData", "openSample", "replaceToken", "showStatusMenu"],
      ...["changeLabel", "keepLabel"],
    ].map((name) => `gptWorkbench.${name}`);
    assert.deepEqual(sorted(commandsOf(hidden)), sorted([...internal, ...onRows, ...onRuns]));
    const shown = "resourcePath in gptWorkbench.surprisalShown";
    const [submenu] = contributes.submenus;
    assert.deepEqual(
      (contributes.menus["editor/context"] ?? []).map(({ submenu: id, when }) => [id, when]),
      [[submenu?.id, `editorHasSelection || ${shown}`]],
    );
    const inEditor = contributes.menus[submenu?.id ?? ""] ?? [];
    assert.equal(inEditor.length, 8);
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
    for (const id of onRows) assert.ok(commandsOf(inRow).includes(id), id);
    const ofModels = inRow.filter(({ when }) => when.startsWith("view == gptWorkbench.models"));
    const words = ofModels.flatMap(({ when }) =>
      [...when.matchAll(/viewItem =~ \/\\b(\w+)\\b\//g)].map(([, word]) => word),
    );
    assert.ok(words.length >= ofModels.length - 1, "all but the problem's are for rows of models");
    const source = read("src/extension/views/modelRow.ts");
    for (const word of words) assert.ok(source.includes(`"${word}"`), `no row has the word ${word}`);
    const menus = [...inRow, ...(contributes.menus["view/title"] ?? [])];
    for (const { when } of menus) assert.match(when, /^view == gptWorkbench\.(models|history|datasets)( |$)/);
  });

  it("offers the commands on a run in its row's menu", () => {
    const inRow = contributes.menus["view/item/context"] ?? [];
    const ofRuns = inRow.filter(({ when }) => when.startsWith("view == gptWorkbench.history"));
    assert.deepEqual(
      sorted(new Set(commandsOf(ofRuns))),
      sorted([
        ...onRuns,
        ...["resumeTraining", "resumeComparison", "exportComparisonReport"].map((name) => `gptWorkbench.${name}`),
      ]),
    );
    const rows = read("src/extension/history/historyRows.ts");
    for (const word of ["run", "damagedRun"]) assert.ok(rows.includes(`contextValue: "${word}"`));
    const trainings = read("src/extension/history/trainingRows.ts");
    for (const word of ["training", "unfinishedTraining"]) assert.ok(trainings.includes(`"${word}"`));
    const comparisons = read("src/extension/history/comparisonRows.ts");
    for (const word of ["comparison", "unfinishedComparison"]) assert.ok(comparisons.includes(`"${word}"`));
    const several =
      /viewItem =~ \/\^\(run\|training\|unfinishedTraining\|comparison\|unfinishedComparison(\|damagedRun)?\)\$\//;
    for (const { when } of ofRuns)
      assert.match(
        when,
        new RegExp(`viewItem == (run|unfinishedTraining|comparison|unfinishedComparison)( |$)|${several.source}`),
      );
    const view = read("src/extension/history/historyView.ts");
    for (const [name] of JSON.stringify(contributes.menus).matchAll(/gptWorkbench\.run(SelectedForCompare|sByFile)/g)) {
      assert.ok(view.includes(`"${name}"`), name);
    }
  });

  it("binds keys to text commands only, each where an editor has the focus, and documents them", () => {
    const page = read("docs/prompt-commands.md");
    for (const { command: id, key, mac, when } of contributes.keybindings) {
      assert.match(key, /^ctrl\+k /);
      assert.equal(mac, key.replaceAll("ctrl", "cmd"));
      assert.equal(when, "editorTextFocus");
      const title = texts[`${id.replace("gptWorkbench", "command")}.title`] ?? "";
      const row = page.split("\n").find((line) => line.startsWith("|") && line.includes(title));
      assert.ok(row?.toLowerCase().includes(`\`${key}\``), `${id} in docs/prompt-commands.md`);
    }
  });

  it("gives language models the tools that are registered, with the input that they check", () => {
    const code = read("src/extension/chat/registerTools.ts");
    const schemas = [probabilitiesInput, promptInput];
    assert.equal(contributes.languageModelTools.length, schemas.length);
    for (const [i, { name, inputSchema, modelDescription, ...shown }] of contributes.languageModelTools.entries()) {
      assert.ok(code.includes(`registerTool("${name}"`), name);
      assert.match(name, /^[\w-]+$/);
      assert.ok(modelDescription.length > 50);
      for (const text of [shown.displayName, shown.userDescription]) assert.match(text, /^%.+%$/);
      const { shape } = schemas[i] ?? assert.fail();
      assert.deepEqual(sorted(Object.keys(inputSchema.properties)), sorted(Object.keys(shape)));
      const needed = Object.entries(shape).filter(([, type]) => !type.safeParse(undefined).success);
      assert.deepEqual(sorted(inputSchema.required), sorted(needed.map(([key]) => key)));
    }
    const [provider] = contributes.languageModelChatProviders;
    assert.ok(read("src/extension/chat/chatProvider.ts").includes(`"${provider?.vendor}"`));
  });

  it("gives every command that a menu shows as a button an icon", () => {
    const icons = new Map(contributes.commands.map(({ command: id, icon }) => [id, icon]));
    const buttons = Object.values(contributes.menus)
      .flat()
      .filter(({ group }) => group !== undefined && /^(navigation|inline)/.test(group));
    assert.ok(buttons.length >= 6);
    for (const id of commandsOf(buttons)) assert.match(icons.get(id) ?? "", /^\$\([\w-]+\)$/, id);
  });

  it("has one place in the activity bar, whose views exist in code and whose icon is drawn in one colour", () => {
    const [container, ...others] = contributes.viewsContainers.activitybar;
    assert.ok(container);
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(contributes.views), [container.id]);
    const views = contributes.views[container.id] ?? [];
    const code = ["views/modelsView", "history/historyView", "training/datasetsView"]
      .map((name) => read(`src/extension/${name}.ts`))
      .join("\n");
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
      "onWebviewPanel:gptWorkbench.training",
      "onWebviewPanel:gptWorkbench.comparison",
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
    this.timeout(300_000);
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
      "media/compareFile.schema.json",
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
