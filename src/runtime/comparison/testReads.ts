/** How often each test set was read by any comparison: `testReads.json` in the folder of runs. Two processes may write it. */

/** Who reads: counted once for every run and arm, however often the run is gone on with. */
export interface TestReader {
  /** The run's id. */
  readonly run: string;
  /** The arm's name. */
  readonly arm: string;
}

/** How often the test set was read. */
export function countTestReads(_runs: string, _testSha256: string): Promise<number> {
  throw new Error("follows");
}

/** Notes that an arm of a run reads the test set, unless that is noted already. Gives how often it was read now. */
export function noteTestRead(_runs: string, _testSha256: string, _reader: TestReader): Promise<number> {
  throw new Error("follows");
}
