import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { yamlCursorAt } from "../../../../src/extension/yamlFiles/yamlCursor";
import { atCursor } from "../promptFiles/support";

/** The cursor as `kind path word`. */
function told(marked: string): string | null {
  const { text, offset } = atCursor(marked);
  const cursor = yamlCursorAt(text, offset);
  if (!cursor) return null;
  assert.equal(text.slice(cursor.start, offset), cursor.word);
  return `${cursor.kind} ${cursor.path.join(".")} <${cursor.word}>`;
}

describe("the cursor in a YAML text", () => {
  it("stands at keys of every level", () => {
    assert.equal(told("¦"), "key  <>");
    assert.equal(told("ta¦"), "key  <ta>");
    assert.equal(told("scoring:\n  ¦"), "key scoring <>");
    assert.equal(told("scoring:\n  rule: sum\n  cal¦\ninput: 3"), "key scoring <cal>");
    assert.equal(told("scoring:\n  rule: sum\n¦"), "key  <>");
    assert.equal(told("variants:\n  - name: a\n    demonstrations:\n      ¦\n"), "key variants.0.demonstrations <>");
    assert.equal(told("variants:\n  - name: a\n  - name: b\n    te¦"), "key variants.1 <te>");
    assert.equal(told("variants:\n- name: a\n- ¦"), "key variants.1 <>");
    assert.equal(told("variants:\n- name: a\n  labels:\n    a: b\n- n¦"), "key variants.1 <n>");
  });

  it("stands at values", () => {
    assert.equal(told("task: ¦"), "value task <>");
    assert.equal(told("- - a: x¦"), "value 0.0.a <x>");
    assert.equal(told('model: "some wh¦ere"'), 'value model <"some wh>');
    assert.equal(told("a: 1\n'b c': d¦"), "value b c <d>");
    assert.equal(told("task:¦"), "key  <task:>");
  });

  it("stands in flow collections of one line", () => {
    assert.equal(told("demonstrations: { k: 4, sam¦ }"), "key demonstrations <sam>");
    assert.equal(told("demonstrations: { k: 4, sampler: ra¦ }"), "value demonstrations.sampler <ra>");
    assert.equal(told("input: [{ text: 'a, b', label: p¦"), "value input.0.label <p>");
    assert.equal(told("input:\n  - { text: a }\n  - { text: b, ¦"), "key input.1 <>");
    assert.equal(told("a: [x, y, ¦"), "value a.2 <>");
    assert.equal(told("- { a: { b: 1 }, c¦"), "key 0 <c>");
  });

  it("stands in block scalars, and not in comments", () => {
    assert.equal(told("variants:\n  - template: |-\n      Q: {{ te¦ }}"), "text variants.0.template <Q: {{ te>");
    assert.equal(told("a: |\n  x: y\n\n  z¦"), "text a <z>");
    assert.equal(told("a: |\n  x: y\nb¦"), "key  <b>");
    assert.equal(told("# a: ¦"), null);
    assert.equal(told("a: 1 # b¦"), null);
    assert.equal(told('a: "# b¦"'), 'value a <"# b>');
  });

  it("knows the other keys of its map", () => {
    const { text, offset } = atCursor("a:\n  - x: 1\n    ¦\n    y: 2\n  - z: 3\n");
    assert.deepEqual(yamlCursorAt(text, offset)?.keys, ["x", "y"]);
    const own = atCursor("task: x\nta¦sk: y\nother: 1\n");
    assert.deepEqual(yamlCursorAt(own.text, own.offset)?.keys, ["task", "other"]);
  });

  it("finds the path of every value that the parser finds", () => {
    const key = fc.constantFrom("a", "b", "c d", "e-f");
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("x", "y z", 3),
        fc.dictionary(key, tie("node"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
        fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(key, value, { minKeys: 1, noNullPrototype: true }), (data) => {
        const text = parseDocument(JSON.stringify(data)).toString({ lineWidth: 0, collectionStyle: "block" });
        const document = parseDocument(text);
        const leaves: [string, number][] = [];
        collect(document.toJS(), [], (path) => {
          const node = document.getIn(path, true) as { range?: [number, number, number] };
          if (typeof path.at(-1) === "string" && node.range) leaves.push([path.join("/"), node.range[1]]);
        });
        for (const [path, end] of leaves) assert.equal(yamlCursorAt(text, end)?.path.join("/"), path, text);
      }),
    );
  });
});

function collect(node: unknown, path: (string | number)[], leaf: (path: (string | number)[]) => void): void {
  if (Array.isArray(node)) node.forEach((one, index) => void collect(one, [...path, index], leaf));
  else if (typeof node === "object" && node !== null)
    for (const [key, one] of Object.entries(node)) collect(one, [...path, key], leaf);
  else leaf(path);
}
