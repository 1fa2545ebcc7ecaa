/** The units of a comparison, made once: each costs hashes over what it hangs on. */
import type { ComparisonUnit } from "../comparisonRecord";
import type { ComparisonInput } from "./comparisonInput";
import { chooseUnits, curveUnits, testUnits } from "./comparisonUnits";

type Units = readonly ComparisonUnit[];

/** Units by arm, and by what the arm chose. */
export class UnitPlan {
  readonly #input: ComparisonInput;
  readonly #made = new Map<string, Units>();
  readonly #tries = new Map<number, readonly (readonly string[])[]>();

  constructor(input: ComparisonInput) {
    this.#input = input;
  }

  /** See `chooseUnits`. */
  choose(arm: number): Units {
    return this.#once(`choose ${arm}`, () => chooseUnits(this.#input, arm));
  }

  /** See `testUnits`. */
  test(arm: number, chosen: number): Units {
    return this.#once(`test ${arm} ${chosen}`, () => testUnits(this.#input, arm, chosen));
  }

  /** See `curveUnits`. */
  curve(arm: number, chosen: number): Units {
    return this.#once(`curve ${arm} ${chosen}`, () => curveUnits(this.#input, arm, chosen));
  }

  /** Ids of the units of `choose`, by the number of their choice. */
  tries(arm: number): readonly (readonly string[])[] {
    const known = this.#tries.get(arm);
    if (known) return known;
    const choices = this.#input.arms[arm]?.choices ?? [];
    const places = new Map(choices.map((choice, place) => [JSON.stringify(choice), place]));
    const found = choices.map((): string[] => []);
    for (const { id, choice } of this.choose(arm)) found[places.get(JSON.stringify(choice)) ?? -1]?.push(id);
    this.#tries.set(arm, found);
    return found;
  }

  #once(key: string, make: () => Units): Units {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }
}
