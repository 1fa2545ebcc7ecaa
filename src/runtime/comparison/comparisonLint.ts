/** What a comparison file of the right form may still say wrongly. Pure: knows neither data nor models. */
import * as l10n from "@vscode/l10n";
import { taskFields } from "../trainingDataProtocol";
import type { YamlPath } from "../yamlText";
import { leastLabels, lintArm } from "./armLint";
import { type ComparisonArm, type ComparisonFile, comparisonDefaults } from "./comparisonFile";
import { lacksMetric, metricsOf } from "./comparisonMetrics";
import { type Finding, wrong } from "./finding";

/** Everything that is wrong with a file, but for its templates. */
export function lintComparison(file: ComparisonFile): Finding[] {
  return [
    ...lintData(file),
    ...lintMetrics(file),
    ...lintNames(file),
    ...file.arms.flatMap((arm, i) => lintArm(arm, ["arms", i], file)),
    ...lintCurve(file),
    ...lintAssertions(file),
  ];
}

/** A template or an instruction, with the names that it may use. */
export interface ShownText {
  readonly text: string;
  readonly path: YamlPath;
  /** Null when they are the columns of a file that was not read. */
  readonly fields: ReadonlySet<string> | null;
  readonly withAnswer: boolean;
}

/** Templates and instructions that the file says. */
export function shownTexts({ arms, data: { task } }: ComparisonFile): ShownText[] {
  const fields = task === "generation" ? null : new Set([...inputNames(task), "labels"]);
  return arms.flatMap(({ prompt }, i) => {
    const { instruction, template = [] } = prompt ?? {};
    const path = ["arms", i, "prompt"];
    const templates = Array.isArray(template) ? template : [template];
    return [
      ...templates.map((text, n) => ({
        ...{ text, fields, withAnswer: true },
        path: [...path, "template", ...(Array.isArray(template) ? [n] : [])],
      })),
      ...(instruction === undefined
        ? []
        : [
            {
              ...{ text: instruction, fields: new Set(["labels"]), withAnswer: false },
              path: [...path, "instruction"],
            },
          ]),
    ];
  });
}

/** Fields of an item of a labelled task, without the answer. */
export function inputNames(task: keyof typeof taskFields): readonly string[] {
  return taskFields[task].filter((name) => name !== "label");
}

/** Whether an arm has something to choose on dev. */
export function choosesOnDev({ prompt, finetune }: ComparisonArm): boolean {
  return [...Object.values(prompt ?? {}), ...choiceLists(finetune)].some(
    (value) => Array.isArray(value) && value.length > 1,
  );
}

function choiceLists(finetune: ComparisonArm["finetune"]): unknown[] {
  const { targetModules: _, ...rest } = finetune ?? {};
  return Object.values(rest);
}

function lintData({ data, arms }: ComparisonFile): Finding[] {
  const { task, columns = {}, labels, split } = data;
  const found: Finding[] = [];
  if (task !== "generation")
    for (const field of Object.keys(columns)) {
      if (taskFields[task].includes(field)) continue;
      const message = l10n.t(
        'Items of {0} have no field "{1}". They have: {2}.',
        task,
        field,
        taskFields[task].join(", "),
      );
      found.push(wrong(["data", "columns", field], "data.field", message, true));
    }
  if (task === "generation" && labels !== undefined)
    found.push(wrong(["data", "labels"], "data.labels", l10n.t("Texts that are written have no labels."), true));
  const { dev, test } = { ...comparisonDefaults.split, ...split };
  if (data.test === undefined && test === 0)
    found.push(wrong(["data", "split", "test"], "data.test", l10n.t("Nothing is left to measure with.")));
  if ((data.dev === undefined ? dev : 0) + (data.test === undefined ? test : 0) >= 1)
    found.push(
      wrong(["data", "split"], "data.split", l10n.t("dev and test together must leave something to learn from.")),
    );
  const chooser = arms.find(choosesOnDev);
  if (data.dev === undefined && dev === 0 && chooser) {
    const message = l10n.t('The arm "{0}" chooses among settings, but there is nothing to choose by.', chooser.name);
    found.push(wrong(["data", "split", "dev"], "data.dev", message));
  }
  return found;
}

function lintMetrics({ metrics = [], data: { task } }: ComparisonFile): Finding[] {
  return metrics.flatMap((metric, i) => {
    const path = ["metrics", i];
    const lack = lacksMetric(task, metric);
    if (lack !== null) return [wrong(path, "metric", lack)];
    return metrics.indexOf(metric) < i ? [wrong(path, "twice", l10n.t('"{0}" stands here twice.', metric))] : [];
  });
}

function lintNames({ arms }: ComparisonFile): Finding[] {
  const names = arms.map(({ name }) => name);
  return names.flatMap((name, i) => {
    if (names.indexOf(name) === i) return [];
    return [wrong(["arms", i, "name"], "arm.name", l10n.t('There is another arm called "{0}".', name))];
  });
}

function lintCurve({ curve = {}, arms, data }: ComparisonFile): Finding[] {
  const found: Finding[] = [];
  const shots = arms.some(takesDemonstrations);
  if (curve.k && !shots)
    found.push(wrong(["curve", "k"], "curve", l10n.t("No arm takes demonstrations: give one a k above 0."), true));
  if (curve.labels && !shots && !arms.some(({ finetune }) => finetune)) {
    const message = l10n.t("No arm learns from labels: none is trained, and none takes demonstrations.");
    found.push(wrong(["curve", "labels"], "curve", message, true));
  }
  const least = leastLabels(
    arms.some(({ finetune }) => finetune),
    data.task,
  );
  for (const [i, at] of (curve.labels ?? []).entries())
    if (at < least) {
      const message = l10n.t("Arms that are trained have no point here: they need {0} labelled items or more.", least);
      found.push({ severity: "warning", code: "curve.few", path: ["curve", "labels", i], message });
    }
  for (const axis of ["labels", "k"] as const)
    for (const [i, value] of (curve[axis] ?? []).entries())
      if (curve[axis]?.indexOf(value) !== i)
        found.push(wrong(["curve", axis, i], "twice", l10n.t('"{0}" stands here twice.', value)));
  return found;
}

/** Whether an arm has demonstrations, as far as the file says it: a prompt file may have some. */
function takesDemonstrations({ prompt }: ComparisonArm): boolean {
  if (!prompt) return false;
  if (prompt.k === undefined) return prompt.file !== undefined;
  return Array.isArray(prompt.k) ? prompt.k.some((k) => k > 0) : prompt.k > 0;
}

function lintAssertions(file: ComparisonFile): Finding[] {
  const names = file.arms.map(({ name }) => name);
  const metrics = metricsOf(file);
  return (file.assertions ?? []).flatMap((assertion, i) => {
    const path = ["assertions", i];
    const others = { arm: assertion.arm, ...otherArm(assertion) };
    const unknown = Object.entries(others)
      .filter(([, name]) => !names.includes(name))
      .map(([key, name]) => {
        const message = l10n.t('There is no arm "{0}". There is: {1}.', name, names.join(", "));
        return wrong([...path, key], "assertion.arm", message);
      });
    const { metric } = assertion;
    if (metric !== undefined && !metrics.includes(metric))
      unknown.push(wrong([...path, "metric"], "metric", missingMetric(file, metric)));
    if (Object.values(others).slice(1).includes(assertion.arm))
      unknown.push(wrong(path, "assertion.same", l10n.t("An arm cannot be compared with itself.")));
    if ("atLeast" in assertion || "atMost" in assertion || "noWorseThan" in assertion || "betterThan" in assertion)
      return unknown;
    const message = l10n.t("Say what has to hold: atLeast, atMost, noWorseThan or betterThan.");
    return [...unknown, wrong(path, "assertion.empty", message)];
  });
}

function missingMetric({ data: { task } }: ComparisonFile, metric: Parameters<typeof lacksMetric>[1]): string {
  return lacksMetric(task, metric) ?? l10n.t('"{0}" is not measured: add it to metrics.', metric);
}

function otherArm(assertion: NonNullable<ComparisonFile["assertions"]>[number]): Record<string, string> {
  if ("noWorseThan" in assertion) return { noWorseThan: assertion.noWorseThan };
  return "betterThan" in assertion ? { betterThan: assertion.betterThan } : {};
}
