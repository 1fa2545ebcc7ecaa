/** Templates: what they may hold, what is wrong with them and where, and what they give. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readPromptText } from "../../../../src/runtime/prompt/promptText";
import { checkTemplate, PromptTemplate, templateVariables } from "../../../../src/runtime/prompt/template";
import { placeInYaml } from "../../../../src/runtime/prompt/templatePlaces";

const fields = new Set(["text", "choices", "n"]);
const problems = (text: string, known: ReadonlySet<string> | null = fields, withAnswer = true) =>
  checkTemplate(text, known, withAnswer).map(({ code, start, end }) => [code, text.slice(start, end)]);

describe("prompt templates", () => {
  it("finds nothing wrong with fields, loops, conditions and filters", () => {
    for (const text of [
      "{{ text }} {{ answer }}",
      "{% for c in choices %}{{ loop.index }}. {{ c }}\n{% endfor %}{{ answer }}",
      "{{ choices | join(', ') }}{% if n == 2 and text %}x{% else %}y{% endif %} {{ answer }}",
      "{{ text | trim | upper }} {{ choices[0] }} {{ text[:3] }} {{ 'a' if n is defined else 'b' }} {{ answer }}",
      "{# a comment about {{ nothing }} #}{{ answer }}",
    ]) {
      assert.deepEqual(problems(text), [], text);
    }
  });

  it("names unknown variables at their place", () => {
    assert.deepEqual(problems("{{ text }} {{ txt }} {{ answer }}"), [["template.unknownVariable", "txt"]]);
    const second = "'{{ c }}' {{ text.c }} {% for c in choices %}{{ c }}{% endfor %}{{ c }}{{ answer }}";
    const [first, last] = checkTemplate(second, fields, true);
    assert.deepEqual([first?.start, last?.start], [second.indexOf("c }}'"), second.lastIndexOf("c }}")]);
    assert.deepEqual(problems("{{ anything }} {{ answer }}", null), []);
  });

  it("wants the answer once, as it is", () => {
    assert.deepEqual(problems("{{ text }}"), [["template.answerMissing", "{{ text }}"]]);
    const twice = checkTemplate("{{ answer }} {{ answer }}", fields, true);
    assert.deepEqual(
      twice.map(({ code, start }) => [code, start]),
      [["template.answerTwice", 16]],
    );
    for (const text of [
      "{{ answer | upper }}",
      "{% if answer %}{% endif %}",
      "{{ answer ~ 'x' }}",
      "{{ answer[0] }}",
    ]) {
      assert.equal(problems(text)[0]?.[0], "template.answerChanged", text);
    }
    assert.deepEqual(problems("Say {{ answer }}.", fields, false), [["template.answerChanged", "answer"]]);
  });

  it("has no calls, assignments, macros or filters that lengthen", () => {
    for (const text of [
      "{% for i in range(1000000000) %}x{% endfor %}{{ answer }}",
      "{% set x = 1 %}{{ answer }}",
      "{% macro f() %}x{% endmacro %}{{ answer }}",
      "{{ text.replace('a', 'b') }}{{ answer }}",
      "{{ text | replace('a', 'aaaaaaaaaa') }}{{ answer }}",
      "{{ namespace(a=1) }}{{ answer }}",
      "{% for a in choices %}{% for b in choices %}{% for c in choices %}{% endfor %}{% endfor %}{% endfor %}{{ answer }}",
    ]) {
      assert.equal(problems(text)[0]?.[0], "template.unsupported", text);
      assert.throws(() => new PromptTemplate(text, true), SyntaxError);
    }
  });

  it("says where a template that cannot be read is open", () => {
    assert.deepEqual(problems("a {{ text }}\nb {{ answer\n"), [["template.syntax", "{{ answer"]]);
    assert.equal(problems("{% if text %}{{ answer }}")[0]?.[0], "template.syntax");
  });

  it("splits an example around its answer, whose white space it owns", () => {
    const template = new PromptTemplate("Q: {{ text }}\nA:\n {{ answer }}!\n", true);
    assert.deepEqual(template.example({ text: "  <b>&amp; {{ text }} {% x %} " }, {}), {
      before: "Q:   <b>&amp; {{ text }} {% x %} \nA:",
      space: "\n ",
      after: "!",
    });
    assert.deepEqual(new PromptTemplate("{{ answer }}", true).example({}, {}), { before: "", space: "", after: "" });
  });

  it("tells of items that leave the answer out", () => {
    const template = new PromptTemplate("{% if n == 1 %}{{ answer }}{% endif %}", true);
    assert.equal(template.example({ n: 1 }, {}).before, "");
    assert.throws(() => template.example({ n: 2 }, {}), /leaves out the answer/);
  });

  it("gives any text back as it is, whatever is in it", () => {
    const template = new PromptTemplate("<{{ text }}> {{ answer }}.", true);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!/[\uE0A1-\uE0A3]/.test(text));
        assert.deepEqual(template.example({ text }, {}), { before: `<${text}>`, space: " ", after: "." });
      }),
    );
  });

  it("never throws for what a template holds", () => {
    const part = fc.constantFrom(
      "{{",
      "}}",
      "{%",
      "%}",
      "{#",
      "#}",
      " answer ",
      "for a in b",
      "endfor",
      "|",
      "(",
      ")",
      "'",
      "[",
      "text",
      "~",
      "**",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        for (const { start, end } of checkTemplate(text, fields, true)) {
          assert.ok(start >= 0 && start <= end && end <= text.length);
        }
        templateVariables(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe("places of templates in YAML", () => {
  const place = (yaml: string, text: string, what: string) => {
    const start = text.indexOf(what);
    const range = placeInYaml(readPromptText(yaml), yaml, ["variants", 0, "template"], text, {
      start,
      end: start + what.length,
    });
    return yaml.slice(range.start, range.end);
  };
  const file = (template: string) => `task: completion\nvariants:\n  - name: a\n    template: ${template}\n`;

  it("finds them in every style", () => {
    const text = "R: {{ text }}\n\n  O: {{ answr }}\n";
    for (const yaml of [
      file("|\n      R: {{ text }}\n\n        O: {{ answr }}\n"),
      file("|-\n        R: {{ text }}\r\n\r\n          O: {{ answr }}\r\n"),
      file(">\n      R: {{ text }}\n\n        O: {{ answr }}\n"),
    ]) {
      assert.equal(place(yaml, text, "answr"), "answr", yaml);
    }
    assert.equal(place(file('"{{ text }}: {{ answr }}"'), "{{ text }}: {{ answr }}", "answr"), "answr");
    assert.equal(place(file("'{{ text }} {{ answr }}'"), "{{ text }} {{ answr }}", "answr"), "answr");
    assert.equal(place(file("a {{ answr }}"), "a {{ answr }}", "answr"), "answr");
  });

  it("takes the whole value where escapes hide them", () => {
    assert.equal(place(file('"\\u0041 {{ answr }}"'), "A {{ answr }}", "answr"), '"\\u0041 {{ answr }}"');
  });
});
