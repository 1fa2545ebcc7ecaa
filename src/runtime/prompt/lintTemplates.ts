/** Hazards of templates and instructions: white space where it changes what the model expects, and cues that differ. Pure. */
import * as l10n from "@vscode/l10n";
import { type Linted, matchesIn, rangeOfMatch, saidAt } from "./lintPlaces";
import type { PromptProblem, YamlPath } from "./promptText";

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
  return [reading.problemAt(path, { ...problem, ...single }, written && rangeOfMatch(written))];
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
  String.raw`(?:(?<=\}\})[ \t]*(=>|->|→)|([\p{L}][\p{L}\p{N} ]{0,40}?)[ \t]*(${delimiter}))${writtenSpace}(?=\{\{)`,
  "gu",
);

interface Cue {
  readonly name: string;
  readonly delimiter: string;
}

function cuesIn(text: string): readonly Cue[] {
  return [...text.matchAll(cuePattern)].map(cueOf);
}

function cueOf(match: RegExpExecArray): Cue {
  return { name: match[2] ?? "", delimiter: match[1] ?? match[3] ?? "" };
}

/** The delimiter that most cues have; of equals the first. */
function usual(cues: readonly Cue[]): string | undefined {
  const counts = new Map<string, number>();
  for (const cue of cues) counts.set(cue.delimiter, (counts.get(cue.delimiter) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function mixedInTemplate({ variants, reading }: Linted, index: number): PromptProblem[] {
  const meant = usual(cuesIn(variants[index]?.template ?? ""));
  if (meant === undefined) return [];
  const path = ["variants", index, "template"];
  return matchesIn(reading, path, cuePattern)
    .filter((match) => cueOf(match).delimiter !== meant)
    .map((match) => {
      const { delimiter: other } = cueOf(match);
      const message = l10n.t('The template writes "{0}" here and "{1}" elsewhere. Keep to one.', other, meant);
      const range = rangeOfMatch(match, match[1] === undefined ? 3 : 1);
      return reading.problemAt(path, mixed("warning", message, meant), range);
    });
}

/** An instruction that shows how an answer looks should show it as the template writes it. */
function mixedInInstruction({ file, variants, reading }: Linted, index: number): PromptProblem[] {
  const path = saidAt(file, index, "instruction");
  const cues = cuesIn(variants[index]?.template ?? "").filter(({ name }) => name);
  if (!path) return [];
  return cues.flatMap((cue) => {
    const pattern = new RegExp(String.raw`\b${cue.name.trim()}(?:[ \t]*(=>|->|→|[:=])|[ \t]+([–—-])(?=\s))`, "gu");
    return matchesIn(reading, path, pattern)
      .filter((match) => (match[1] ?? match[2]) !== cue.delimiter)
      .map((match) => differentInInstruction(linted(reading, path), match, cue));
  });
}

type Place = { readonly reading: Linted["reading"]; readonly path: YamlPath };

function linted(reading: Linted["reading"], path: YamlPath): Place {
  return { reading, path };
}

function differentInInstruction({ reading, path }: Place, match: RegExpExecArray, cue: Cue): PromptProblem {
  const other = match[1] ?? match[2] ?? "";
  const message = l10n.t(
    'The instruction writes "{0}{1}", the template "{0}{2}". Write it alike.',
    cue.name.trim(),
    other,
    cue.delimiter,
  );
  return reading.problemAt(
    path,
    mixed("warning", message, cue.delimiter),
    rangeOfMatch(match, match[1] === undefined ? 2 : 1),
  );
}

/** Not wrong, but then two things differ when variants are compared. */
function mixedAcrossVariants({ variants, reading }: Linted): PromptProblem[] {
  const usuals = variants.map(({ template }) => usual(cuesIn(template)));
  const first = usuals.findIndex((one) => one !== undefined);
  return usuals.flatMap((own, index) => {
    if (own === undefined || own === usuals[first]) return [];
    const names = [variants[index]?.name ?? "", variants[first]?.name ?? ""];
    const message = l10n.t(
      'Cues end in "{0}" here and in "{1}" in the variant "{2}": their difference may come from that.',
      own,
      usuals[first] ?? "",
      names[1] ?? "",
    );
    const problem = { severity: "info", code: "lint.delimitersDiffer", message } as const;
    return [reading.problemAt(["variants", index, "template"], problem)];
  });
}

function mixed(severity: "warning", message: string, replacement: string) {
  return { severity, code: "lint.mixedDelimiters", message, replacement };
}
