/** What ships for prompt files: the JSON Schema, a template for each task, and the samples. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { analyzePrompt } from "../../../../src/extension/promptFiles/analysis";
import { promptFileJsonSchema, promptSchema } from "../../../../src/extension/promptFiles/promptSchema";
import type { SchemaNode } from "../../../../src/extension/yamlFiles/schemaTree";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import { resolveVariant, taskNames } from "../../../../src/runtime/prompt/promptFile";
import { PromptTemplate } from "../../../../src/runtime/prompt/template";

const root = join(__dirname, "../../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const names = (folder: string) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".prompt.yaml"));

describe("the JSON Schema of prompt files", () => {
  it("is what the code says: `npm run schema` renews it", () => {
    assert.deepEqual(
      JSON.parse(read("media/promptFile.schema.json")),
      JSON.parse(JSON.stringify(promptFileJsonSchema())),
    );
  });

  it("describes every key, and every value of every enumeration", () => {
    const bare: string[] = [];
    const visit = (node: SchemaNode, path: string) => {
      for (const [key, value] of Object.entries(node.properties ?? {})) {
        const child = value as SchemaNode;
        if (!child.description) bare.push(`${path}.${key}`);
        if (child.enum && (child.enumDescriptions as string[] | undefined)?.length !== child.enum.length)
          bare.push(`${path}.${key} values`);
        visit(child, `${path}.${key}`);
      }
      for (const child of [node.items, node.additionalProperties, ...(node.anyOf ?? [])])
        if (typeof child === "object" && child !== null && !Array.isArray(child))
          visit(child as SchemaNode, `${path}.*`);
    };
    visit(promptFileJsonSchema(), "");
    assert.deepEqual(bare, []);
  });

  it("is found along paths", () => {
    assert.ok(promptSchema.keysAt([]).has("variants"));
    assert.deepEqual(
      [...promptSchema.keysAt(["variants", 3, "demonstrations", "from"]).keys()],
      ["file", "columns", "limit"],
    );
    assert.deepEqual([...promptSchema.enumAt(["task"]).keys()], [...taskNames]);
    assert.deepEqual(promptSchema.at(["variants", "x"]), []);
    assert.deepEqual(promptSchema.at(["constructor"]), []);
  });
});

for (const folder of ["media/prompts", "samples/prompts"]) {
  describe(`the prompt files in ${folder}`, () => {
    it("are one or more for each task, named after it", () => {
      const tasks = names(folder).map((name) => analyzePrompt(read(`${folder}/${name}`)).reading.file?.task);
      assert.deepEqual(new Set(tasks), new Set(taskNames));
      if (folder.startsWith("media")) {
        assert.deepEqual(new Set(names(folder)), new Set(taskNames.map((task) => `${task}.prompt.yaml`)));
      }
    });

    it("have no problems, not even hints", () => {
      for (const name of names(folder)) {
        const { problems } = analyzePrompt(read(`${folder}/${name}`));
        assert.deepEqual(
          problems.map(({ line, code, message }) => `${name}:${line} ${code} ${message}`),
          [],
        );
      }
    });

    it("load with their data, and every template renders each input and each demonstration", async () => {
      for (const name of names(folder)) {
        const path = join(root, folder, name);
        const workspace = join(root, folder.split("/")[0] ?? "");
        const loaded = await loadPrompt({ path, text: read(`${folder}/${name}`), root: workspace });
        assert.ok(loaded.items.length > 0, name);
        for (const [index, variant] of loaded.variants.entries()) {
          const template = new PromptTemplate(variant.template, true);
          for (const item of [...loaded.items, ...(loaded.pools[index] ?? [])]) {
            const { before, space, after } = template.example(item, {});
            assert.match(before, /\S$/, name);
            assert.match(space, /^[ \n]$/, name);
            assert.equal(after, "", name);
          }
        }
      }
    });

    it("have two variants or more, inputs, and a right answer for each inline input", () => {
      for (const name of names(folder)) {
        const { file } = analyzePrompt(read(`${folder}/${name}`)).reading;
        assert.ok(file && file.variants.length >= 2 && file.input, name);
        const [first] = file.variants.map((own) => resolveVariant(file, own));
        const items = Array.isArray(file.input) ? file.input : [];
        for (const item of items)
          assert.ok(first && Object.hasOwn(item, first.answer), `${name}: ${JSON.stringify(item)}`);
      }
    });
  });
}

describe("the samples", () => {
  it("show zero-, one- and few-shot settings", () => {
    const ks = names("samples/prompts").flatMap((name) => {
      const { file } = analyzePrompt(read(`samples/prompts/${name}`)).reading;
      return file?.variants.map((own) => resolveVariant(file, own).demonstrations?.k ?? 0) ?? [];
    });
    assert.ok(ks.includes(0) && ks.includes(1) && ks.some((k) => k >= 4));
  });

  it("are named in their README", () => {
    const readme = read("samples/README.md");
    for (const name of names("samples/prompts")) assert.ok(readme.includes(name), name);
  });
});
