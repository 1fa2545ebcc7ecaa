/** The units of a comparison, made once: each costs hashes over what it hangs on. */
import type { ComparisonUnit } from "../comparisonRecord";
import type { ComparisonInput } from "./comparisonInput";
import { chooseUnits, curveUnits, testUnits } from "./comparisonUnits";

type Units = readonly ComparisonUnit[];

/** Units by arm, and by what the arm chose. */
export class UnitPlan {
  readonly #input: ComparisonInput;
  readonly #made = new Map<string, Units>();

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

  #once(key: string, make: () => Units): Units {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }
}
