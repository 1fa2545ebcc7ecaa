import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { askAblation } from "../../../runtime/analysisPanelProtocol";
import type { Ablated } from "../../../runtime/analysisProtocol";
import type { ScoredToken } from "../../../runtime/protocol";
import { differenceLegend, scaleLegend } from "../../shared/scaleLegend";
import { type GridPlace, gridTarget } from "../gridKeys";
import { questionStatus } from "../questionStatus";
import type { ExportableView, Scores, ViewContext, ViewPicture, ViewTable } from "../viewContext";
import { ablationDrawing, ablationTable } from "./ablationExport";
import { type PartsGrid, partAt, partId, partsGrid } from "./ablationGrid";
import {
  type BatchChoice,
  batchSection,
  currentPart,
  placeLine,
  placesText,
  strongestTable,
  togetherSection,
  type Wording,
  watchable,
  watchedField,
} from "./ablationSections";
import { AblationMemory, layerParts, partKey, type Watched, type WatchedEffects } from "./effects";
import { Measuring } from "./measuring";
import { choosePlaces, mostPlaces, type PlaceChoice } from "./samplePlaces";

/** What was measured of the text that is shown; another state is another text. */
const known = new WeakMap<Scores, AblationMemory>();

/** So many of the strongest single effects are measured on several places when no set was chosen. */
const batchedEffects = 5;

/** What is asked about: the watched token and what is known of it. */
interface Subject {
  readonly text: Scores;
  readonly token: ScoredToken;
  readonly watched: Watched;
  readonly effects: WatchedEffects;
}

/** Switches heads and MLPs off, and shows what that does to a token. */
@customElement("gptw-ablation")
export class AblationView extends LitElement implements ExportableView {
  @property({ attribute: false }) context: ViewContext | undefined;

  @state() private watchedId: number | null = null;
  @state() private active: GridPlace = { row: 0, column: 0 };
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private choice: BatchChoice = { kind: "sample", seed: 1, count: mostPlaces };

  #memory = new AblationMemory();
  readonly #measuring = new Measuring(
    async (items, sets, signal) => {
      const { context } = this;
      if (!context) return { kind: "cancelled" };
      return context.actions.ask(askAblation, { text: context.state.text, items, sets }, signal);
    },
    () => this.requestUpdate(),
  );

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override disconnectedCallback(): void {
    this.#measuring.forget();
    super.disconnectedCallback();
  }

  /** What was measured about the watched token. */
  currentTable(): ViewTable | null {
    const subject = this.#subject();
    return subject && ablationTable(subject.effects, subject.watched, watchedToken(subject));
  }

  /** The grid. */
  async currentPicture(): Promise<ViewPicture | null> {
    const subject = this.#subject();
    if (!subject || !this.context) return null;
    return { drawing: ablationDrawing(this.#grid(subject, this.context), subject.watched, watchedToken(subject)) };
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("context") || !this.context) return;
    const before = changed.get("context");
    const { state: text, selected } = this.context;
    if (before?.state !== text) this.#startOver(text);
    if (before?.state !== text || before?.selected !== selected) this.#watch(null);
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const subject = this.#subject();
    if (!subject) return html`<p class="hint section">${choosePlace(context.selected)}</p>`;
    const wording: Wording = { formats: context.formats, language: document.documentElement.lang };
    const part = partAt(this.active, subject.text.model.nHead);
    return html`<div class="ablation">
      <div class="toolbar">
        ${placeLine(subject.text.tokens, subject.watched.place, context.formats)}
        ${watchedField(subject.token, subject.watched.id, context.formats, (id) => this.#watch(id))}
        ${this.#sweepButton(subject)}
      </div>
      <p class="hint ablation-why">${l10n.t("Attention shows where a head looks; switching it off shows whether the prediction needs it: a head can look hard at a token and change nothing.")}</p>
      ${this.#status(context)}
      ${partsGrid(this.#grid(subject, context))}
      <div class="toolbar">${scaleLegend(differenceLegend([l10n.t("p falls, bits"), l10n.t("p rises")], context.formats))}</div>
      ${currentPart(part, subject.effects, this.chosen.has(partKey(part)), wording, {
        measure: () => this.#measure(part),
        toggle: () => this.#toggle(part),
      })}
      ${strongestTable(subject.effects, wording)}
      ${this.#together(subject, wording)}
      ${this.#several(subject, wording)}
    </div>`;
  }

  #sweepButton({ text, watched, effects }: Subject): TemplateResult {
    const measuring = this.#measuring;
    if (measuring.run) {
      return html`<vscode-button class="stop" appearance="primary" @click=${() => measuring.stop()}>${l10n.t("Stop")}</vscode-button>`;
    }
    const parts = allParts(text);
    const missing = parts.filter((part) => effects.of(part) === undefined);
    const label = missing.length > 0 ? l10n.t("All Heads and MLPs") : l10n.t("All {0} Parts Measured", parts.length);
    const sweep = () => measuring.sweep(effects, watched, missing);
    return html`<vscode-button class="sweep" appearance="primary" ?disabled=${missing.length === 0} @click=${sweep}>${label}</vscode-button>`;
  }

  #status({ progress, actions }: ViewContext): TemplateResult {
    const { run, pending, error } = this.#measuring;
    const steps = run ? ({ stage: "analyzing", done: run.done, total: run.total } as const) : null;
    return questionStatus({
      text: run ? `${run.text} ${l10n.t("{0} of {1}", run.done, run.total)}` : l10n.t("Measuring…"),
      busy: run !== null || pending.size > 0,
      error,
      progress: progress?.stage === "loading" ? progress : (steps ?? progress),
      openLog: actions.openLog,
      retry: () => this.#measuring.retry(),
    });
  }

  #together({ text, watched, effects }: Subject, wording: Wording): TemplateResult {
    const parts = this.#chosenParts(text);
    return togetherSection(effects, parts, this.#measuring.run !== null, wording, {
      measure: () => this.#measuring.together(effects, watched, parts),
      clear: () => {
        this.chosen = new Set();
      },
    });
  }

  #several(subject: Subject, wording: Wording): TemplateResult {
    const { text, watched } = subject;
    const sets = this.#batchSets(subject);
    const { choice } = this;
    const places: PlaceChoice =
      choice.kind === "sample" ? { ...choice, kind: "sample" } : { kind: "token", id: watched.id };
    const same = choosePlaces(text.tokens, { kind: "token", id: watched.id }).length;
    const { run, batch } = this.#measuring;
    return batchSection({ choice, same, sets: sets.length, busy: run !== null, result: batch }, wording, {
      change: (part) => {
        this.choice = { ...this.choice, ...part };
      },
      measure: () => {
        const items = choosePlaces(text.tokens, places);
        void this.#measuring.several(items, sets, placesText(places, items.length));
      },
    });
  }

  #grid({ text, effects }: Subject, { formats }: ViewContext): PartsGrid {
    return {
      layers: text.model.nLayer,
      heads: text.model.nHead,
      effects,
      pending: this.#measuring.pending,
      chosen: this.chosen,
      active: this.active,
      formats,
      onClick: (event) => this.#onClick(event),
      onKeydown: (event) => this.#onKeydown(event),
    };
  }

  /** Null while no token is chosen that has a probability. */
  #subject(): Subject | null {
    const { context } = this;
    const place = context?.selected ?? 0;
    const token = context?.state.tokens[place];
    if (!context || !token?.prediction || place < 1) return null;
    const id = watchable(token).some((one) => one.id === this.watchedId) ? (this.watchedId ?? token.id) : token.id;
    const watched = { place, id };
    return { text: context.state, token, watched, effects: this.#memory.effects(watched) };
  }

  #startOver(text: Scores): void {
    this.#memory = known.get(text) ?? new AblationMemory();
    known.set(text, this.#memory);
    this.#measuring.startOver();
    this.active = { row: 0, column: 0 };
    this.chosen = new Set();
  }

  /** Watches another token, null for the text's own; ends what is under way about the one before. */
  #watch(id: number | null): void {
    this.#measuring.forget();
    this.watchedId = id;
  }

  #chosenParts(text: Scores): readonly Ablated[] {
    return allParts(text).filter((part) => this.chosen.has(partKey(part)));
  }

  /** The chosen parts together, then each alone; with none chosen the strongest so far. */
  #batchSets({ text, effects }: Subject): readonly (readonly Ablated[])[] {
    const parts = this.#chosenParts(text);
    if (parts.length > 1) return [parts, ...parts.map((part) => [part])];
    if (parts.length === 1) return [parts];
    return effects.strongest.slice(0, batchedEffects).map(({ part }) => [part]);
  }

  #toggle(part: Ablated): void {
    const next = new Set(this.chosen);
    if (!next.delete(partKey(part))) next.add(partKey(part));
    this.chosen = next;
  }

  #measure(part: Ablated): void {
    const subject = this.#subject();
    if (subject) void this.#measuring.one(subject.effects, subject.watched, part);
  }

  #onClick(event: MouseEvent): void {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>(".part") : null;
    if (!cell || !this.context) return;
    const place = { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
    const part = partAt(place, this.context.state.model.nHead);
    void this.#activate(place);
    if (event.ctrlKey || event.metaKey) this.#toggle(part);
    else this.#measure(part);
  }

  #onKeydown(event: KeyboardEvent): void {
    const { context } = this;
    if (!context || event.altKey || event.metaKey || event.shiftKey) return;
    const { nHead, nLayer } = context.state.model;
    const part = partAt(this.active, nHead);
    const target = gridTarget(event, this.active, { rows: nLayer, columns: nHead + 1, page: nHead });
    if (event.key === "Enter") this.#measure(part);
    else if (event.key === " ") this.#toggle(part);
    else if (target) void this.#activate(target);
    else return;
    event.preventDefault();
  }

  async #activate(place: GridPlace): Promise<void> {
    this.active = place;
    await this.updateComplete;
    const cell = this.querySelector<HTMLElement>(`#${partId(place)}`);
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function allParts({ model }: Scores): readonly Ablated[] {
  return Array.from({ length: model.nLayer }, (_, layer) => layerParts(layer, model.nHead)).flat();
}

function watchedToken({ token, watched }: Subject) {
  return watchable(token).find(({ id }) => id === watched.id) ?? token;
}

function choosePlace(selected: number | null): string {
  return selected === null
    ? l10n.t("Choose a token in the tab Tokens first: its probability is what is watched.")
    : l10n.t("Nothing stands before the first token: it has no probability to watch. Choose another one.");
}
