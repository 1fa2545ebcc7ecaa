/** Hazards of templates and instructions: white space where it changes what the model expects, and cues that differ. Pure. */
import * as l10n from "@vscode/l10n";
import { type Linted, matchesIn, saidAt } from "./lintPlaces";
import type { PromptProblem } from "./promptText";

/** Looks at the templates and the instructions. */
export function lintTemplates(linted: Linted): PromptProblem[] {
  const variants = linted.variants.map((_, index) => index);
  return [
    ...variants.flatMap((index) => spaceBeforeAnswer(linted, index)),
    ...variants.flatMap((index) => spaceAtEnd(linted, index)),
    ...variants.flatMap((index) => mixedInTemplate(linted, index)),
    ...variants.flatMap((index) => mixedInInstruction(linted, index)),
    ...mixedAcrossVariants(linted),
  ];
}

// Written white space: in double quotes line breaks and tabs are escaped. `{{-` takes away what stands in front of it.
const writtenSpace = String.raw`(?:\\[nt]|\s)*`;
const answer = String.raw`\{\{\s*answer\b`;

/** The query ends before the white space in front of the answer. One space or line break is part of the answer's first token. */
function spaceBeforeAnswer({ variants, reading }: Linted, index: number): PromptProblem[] {
  const space = /(\s*)\{\{\s*answer\b/.exec(variants[index]?.template ?? "")?.[1] ?? "";
  if (space.length < 2) return [];
  const path = ["variants", index, "template"];
  const [written] = matchesIn(reading, path, new RegExp(`(${writtenSpace})(?=${answer})`, "g")).filter(([all]) => all);
  const message = l10n.t(
    "{0} characters of white space stand before the answer. One space or line break is what models have seen most: more of them makes every answer less probable.",
    space.length,
  );
  const problem = { severity: "warning", code: "lint.trailingSpace", message } as const;
  // Text that is indented: a line break brings its own white space with it.
  const single = written && !/[\n\\]/.test(written[0]) ? { replacement: " " } : {};
  return [
    reading.problemAt(
      path,
      { ...problem, ...single },
      written && { start: written.index, end: written.index + written[0].length },
    ),
  ];
}

/** A template engine drops one line break at the end. All else stands between demonstrations, beside the separator. */
function spaceAtEnd({ file, variants, reading }: Linted, index: number): PromptProblem[] {
  const variant = variants[index];
  if (!variant) return [];
  const problem = { severity: "info", code: "lint.spaceAtEnd" } as const;
  const found: PromptProblem[] = [];
  if (/[ \t]$|\s\n$/.test(variant.template)) {
    const message = l10n.t(
      "The template ends in white space. It stands before the separator after each demonstration.",
    );
    found.push(reading.problemAt(["variants", index, "template"], { ...problem, message }));
  }
  const path = saidAt(file, index, "instruction");
  if (path && /\s$/.test(variant.instruction) && /^\s/.test(variant.separator)) {
    const message = l10n.t("The instruction ends in white space, and the separator begins with some more.");
    found.push(reading.problemAt(path, { ...problem, message }));
  }
  return found;
}

const delimiter = "=>|->|→|[:=–—-]";
/** What stands between a cue, or a field, and the field behind it. A minus between two fields is a calculation. */
const cuePattern = new RegExp(
  String.raw`(?:(?<=\}\})([ \t]*)(=>|->|→)|([\p{L}][\p{L}\p{N} ]{0,40}?)([ \t]*)(${delimiter}))${writtenSpace}(?=\{\{)`,
  "gu",
);

interface Cue {
  /** The word in front of it; empty after a field. */
  readonly name: string;
  /** White space between the two. */
  readonly space: string;
  readonly delimiter: string;
}

function cuesIn(text: string): readonly Cue[] {
  return [...text.matchAll(cuePattern)].map(cueOf);
}

function cueOf([, spaceOfField = "", ofField, name = "", space = "", ofName = ""]: RegExpExecArray): Cue {
  return ofField ? { name: "", space: spaceOfField, delimiter: ofField } : { name, space, delimiter: ofName };
}

/** The first of the cues whose delimiter most have. */
function usual(cues: readonly Cue[]): Cue | undefined {
  const count = (cue: Cue) => cues.filter((other) => other.delimiter === cue.delimiter).length;
  return cues.toSorted((a, b) => count(b) - count(a))[0];
}

function mixedInTemplate({ variants, reading }: Linted, index: number): PromptProblem[] {
  const meant = usual(cuesIn(variants[index]?.template ?? ""));
  if (meant === undefined) return [];
  const path = ["variants", index, "template"];
  return matchesIn(reading, path, cuePattern)
    .map((match) => ({ match, cue: cueOf(match) }))
    .filter(({ cue }) => cue.delimiter !== meant.delimiter)
    .map(({ match, cue: { name, space, delimiter: other } }) => {
      const message = l10n.t(
        'The template writes "{0}" here and "{1}" elsewhere. Keep to one.',
        other,
        meant.delimiter,
      );
      const start = match.index + name.length;
      const range = { start, end: start + space.length + other.length };
      return reading.problemAt(path, mixed(message, meant.space + meant.delimiter), range);
    });
}

/** An instruction that shows how an answer looks should show it as the template writes it. */
function mixedInInstruction({ file, variants, reading }: Linted, index: number): PromptProblem[] {
  const path = saidAt(file, index, "instruction");
  const cues = cuesIn(variants[index]?.template ?? "").filter(({ name }) => name);
  if (!path) return [];
  return cues.flatMap((cue) => {
    const name = cue.name.trim();
    const pattern = new RegExp(String.raw`(?<!\p{L})${name}([ \t]*(?:=>|->|→|[:=])|[ \t]+[–—-](?=\s))`, "gu");
    return matchesIn(reading, path, pattern)
      .filter((match) => match[1]?.trim() !== cue.delimiter)
      .map((match) => {
        const written = match[1]?.trim() ?? "";
        const [own, other] = [name + cue.space + cue.delimiter, name + match[1]];
        const message = l10n.t('The instruction writes "{0}", the template "{1}". Write it alike.', other, own);
        const end = match.index + match[0].length;
        return reading.problemAt(path, mixed(message, cue.delimiter), { start: end - written.length, end });
      });
  });
}

/** Not wrong, but then two things differ when variants are compared. */
function mixedAcrossVariants({ variants, reading }: Linted): PromptProblem[] {
  const usuals = variants.map(({ template }) => usual(cuesIn(template)));
  const first = usuals.findIndex((one) => one !== undefined);
  return usuals.flatMap((own, index) => {
    const other = usuals[first];
    if (own === undefined || other === undefined || own.delimiter === other.delimiter) return [];
    const message = l10n.t(
      'Cues end in "{0}" here and in "{1}" in the variant "{2}": their difference may come from that.',
      own.delimiter,
      other.delimiter,
      variants[first]?.name ?? "",
    );
    const problem = { severity: "info", code: "lint.delimitersDiffer", message } as const;
    return [reading.problemAt(["variants", index, "template"], problem)];
  });
}

function mixed(message: string, replacement: string) {
  return { severity: "warning", code: "lint.mixedDelimiters", message, replacement } as const;
}
