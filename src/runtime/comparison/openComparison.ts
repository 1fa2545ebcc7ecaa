/** A comparison file with its data, models and arms: checked, and ready to be planned and run. */
import type { ComparisonParams } from "../comparisonRecord";
import type { Device, DeviceChoice } from "../protocol";
import type { ComparisonInput } from "./comparisonInput";

/** What goes on while a comparison is opened. */
export interface OpenComparisonOptions {
  readonly signal: AbortSignal;
  /** The device that a choice stands for; throws `deviceUnavailable`. */
  readonly chooseDevice: (choice: DeviceChoice) => Promise<Device>;
  /** Bytes of data read, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads what the parameters name.
 * @throws RuntimeError `invalidPrompt` with line and column of a comparison or prompt file that cannot be used, `invalidDataset` with the
 * row, `invalidRequest` for arms that there are not; what opening a model throws; `CancelledError`.
 */
export function openComparison(_params: ComparisonParams, _options: OpenComparisonOptions): Promise<ComparisonInput> {
  throw new Error("follows");
}
