import assert from "node:assert/strict";
import { panelHtml } from "../../../../src/extension/panels/html";

const options = {
  element: "gptw-inspector",
  nonce: "n0nce",
  cspSource: "https://*.example.test",
  scriptUri: "https://x.example.test/inspector.js",
  styleUri: "https://x.example.test/inspector.css",
  l10nJson: "{}",
  lang: "en",
  title: "GPT Inspector",
} as const;

describe("panelHtml", () => {
  it("lets nothing in but our script and style", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(panelHtml(options))?.[1];
    assert.equal(
      policy,
      "default-src 'none'; style-src https://*.example.test 'nonce-n0nce' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; font-src https://*.example.test; img-src data:; script-src 'nonce-n0nce'",
    );
  });

  it("has one script, with the nonce, no inline code or style, and the nonce where the page finds it", () => {
    const html = panelHtml(options);
    assert.deepEqual(html.match(/<script[^>]*>/g), [
      '<script nonce="n0nce" src="https://x.example.test/inspector.js">',
    ]);
    assert.match(html, /<script[^>]*><\/script>/);
    assert.match(html, /<meta name="csp-nonce" content="n0nce">/);
    assert.match(html, /<gptw-inspector><\/gptw-inspector>/);
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/);
  });

  it("escapes whatever it is given", () => {
    const evil = `"'><script>alert(1)</script>&`;
    for (const key of ["nonce", "cspSource", "scriptUri", "styleUri", "l10nJson", "lang", "title"] as const) {
      const html = panelHtml({ ...options, [key]: evil });
      assert.ok(!html.includes("alert(1)</script>"), key);
      assert.ok(html.includes("&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"), key);
    }
  });

  it("carries the l10n bundle so that the page reads it back", () => {
    const bundle = { 'It is "{0}"': "C'est « {0} » & <plus>" };
    const html = panelHtml({ ...options, l10nJson: JSON.stringify(bundle) });
    const attribute = /data-l10n="([^"]*)"/.exec(html)?.[1] ?? "";
    const read = attribute
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
    assert.deepEqual(JSON.parse(read), bundle);
  });
});
