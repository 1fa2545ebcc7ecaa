/** Texts as YAML scalars, in few lines and without surprises. Pure. */

/** Words that YAML, or what calls itself so, takes for something else than text. */
const words = /^(true|false|null|yes|no|on|off|y|n|nan|inf|infinity)$/i;
/** Letters first, then what cannot end a plain scalar. */
const plain = /^[\p{L}][\p{L}\p{N}_-]*( [\p{L}\p{N}_-]+)*$/u;
/** As paths are written. */
const path = /^(\.{1,2}\/)*[\p{L}\p{N}_-][\p{L}\p{N}_.-]*(\/[\p{L}\p{N}_-][\p{L}\p{N}_.-]*)*\.[\p{L}]+$/u;

/** A text as a scalar, in flow style too: plain where that is safe, else in double quotes. */
export function scalar(text: string, inFlow = false): string {
  if (plain.test(text) && !words.test(text)) return text;
  if (!inFlow && path.test(text)) return text;
  if (/^[\p{L}][\p{L}\p{N}_-]*,( [\p{L}\p{N}_-]+)+$/u.test(text) && !inFlow) return text;
  // JSON's strings are YAML's, but for characters that JSON leaves bare and YAML does not print.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A map in one line. */
export function flowMap(entries: readonly (readonly [string, string])[]): string {
  return `{ ${entries.map(([key, value]) => `${scalar(key, true)}: ${scalar(value, true)}`).join(", ")} }`;
}
