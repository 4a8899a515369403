import { relative } from 'node:path';

/** Says which suite begins and how many follow, where Jest can't: its own status line needs a terminal. */
export default class Progress {
  #left = 0;

  onRunStart({ numTotalTestSuites }) {
    this.#left = numTotalTestSuites;
  }

  onTestFileStart({ path }) {
    this.#left--;
    if (process.stderr.isTTY) return;
    process.stderr.write(`RUNS ${relative(import.meta.dirname, path)}, ${this.#left} more to come\n`);
  }
}
